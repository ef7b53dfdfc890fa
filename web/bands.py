# SPDX-License-Identifier: Apache-2.0
"""Who talked when, and where the recording was paused, laid over a recording's waveform."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm_core.domain.call import TalkSegment
from crm_core.domain.recording import Recording, RecordingPause

_SHORTEST_S = 0.2


@dataclass(frozen=True, slots=True)
class Band:
    """From and to in seconds of the recording; `lane` tells people apart, the same person has the same."""

    begin: float
    end: float
    who: str
    lane: int = 0
    is_pause: bool = False


def bands(
    recording: Recording,
    talks: Sequence[TalkSegment],
    pauses: Sequence[RecordingPause],
    names: Mapping[Any, str | None] | None = None,
) -> list[Band]:
    """In order of time; `names` knows extensions and users. Nothing where one person had all of it without a pause."""
    if recording.started_at is None or recording.ended_at is None:
        return []
    begin, end = recording.started_at, recording.ended_at
    lanes: dict[str, int] = {}
    known, told = names or {}, []
    for talk in talks:
        name = known.get(talk.party) or talk.party or ""
        lane = lanes.setdefault(name, len(lanes))
        told += [Band(a, b, name, lane) for a, b in _within(begin, end, talk.started_at, talk.ended_at)]
    for pause in pauses:
        spans = _within(begin, end, pause.started_at, pause.ended_at)
        who = known.get(pause.user_id) or pause.actor
        told += [Band(a, b, who, is_pause=True) for a, b in spans]
    return sorted(told, key=lambda band: band.begin) if len(lanes) > 1 or pauses else []


def _within(
    begin: datetime, end: datetime, start: datetime, stop: datetime | None
) -> Iterator[tuple[float, float]]:
    a = max(0.0, (start - begin).total_seconds())
    b = (min(stop or end, end) - begin).total_seconds()
    if b - a >= _SHORTEST_S:
        yield round(a, 2), round(b, 2)
