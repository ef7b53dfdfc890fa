# SPDX-License-Identifier: Apache-2.0
"""A recording of a call: what is known of its file, from the moment we expect it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class RecordingState(StrEnum):
    WAITING = "waiting"  # expected, or there but not matched or not worked on yet
    READY = "ready"
    EMPTY = "empty"  # closed without one frame of audio
    SILENT = "silent"  # audio of nothing: no RTP was seen
    TRUNCATED = "truncated"  # shorter than the talk it should hold
    DAMAGED = "damaged"  # cannot be read; the file is kept as it came
    MISSING = "missing"  # an answered, recorded call whose file never came
    REMOVED = "removed"  # by retention: it was kept for as long as the house wants

    @property
    def playable(self) -> bool:
        return self in {RecordingState.READY, RecordingState.SILENT, RecordingState.TRUNCATED}


_STEREO = 2
SILENCE = 16  # A-law's silence is +-8; nothing that anybody hears is below
_EDGE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Peaks:
    """The loudest of each window, 0..255. A file of one channel has it all under `client`."""

    client: Sequence[int]
    operator: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    id: UUID
    call_id: UUID | None  # None: not matched to a call yet
    pbx: str
    linkedid: str
    uniqueid: str  # of the recorded (the client's) channel
    state: RecordingState
    source_name: str  # the file's name in the spool, never a path
    created_at: datetime
    detail: str | None = None
    storage_key: str | None = None
    media_type: str | None = None
    bytes: int | None = None
    duration_s: float | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    peaks: Peaks | None = None
    loudest: tuple[int, ...] = ()  # the greatest sample of each channel: (client, operator)

    @property
    def silent_side(self) -> str | None:
        """Who is not heard at all while the other side is: 'client' or 'operator'."""
        if len(self.loudest) != _STEREO or max(self.loudest) <= SILENCE:
            return None
        client, operator = self.loudest
        return "client" if client <= SILENCE else "operator" if operator <= SILENCE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPause:
    """A stretch that is silent by will: while card data was said. `ended_at` None: until the end of the call."""

    id: UUID
    call_id: UUID
    actor: str
    user_id: UUID | None
    started_at: datetime
    ended_at: datetime | None = None


def is_paused_through(recording: Recording, pauses: Sequence[RecordingPause]) -> bool:
    """Whether pauses leave nothing of it: its silence was asked for."""
    begin, end = recording.started_at, recording.ended_at
    if begin is None or end is None:
        return False
    reached = begin
    for pause in sorted(pauses, key=lambda one: one.started_at):
        if pause.started_at > reached + _EDGE:
            return False
        reached = max(reached, pause.ended_at or end)
    return bool(pauses) and reached >= end - _EDGE
