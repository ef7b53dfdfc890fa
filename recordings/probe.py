# SPDX-License-Identifier: Apache-2.0
"""What a recorded file is worth: pure rules over its length, its loudness, when it was closed, and who talked when.

The length of a file is not talk time: it begins with the first audio, so it is placed by its end. That is its own last
write, or the end of the call if that was earlier: a busy PBX closes the file a moment after the hangup, and a copy may
come much later, which leaves us less sure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm_core.domain.call import TalkSegment
from crm_core.domain.coverage import TOLERANCE
from crm_core.domain.recording import SILENCE, RecordingState


@dataclass(frozen=True, slots=True)
class Span:
    """When the audio was taken. `sure` is false when the end had to be assumed."""

    started_at: datetime
    ended_at: datetime
    sure: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    state: RecordingState
    detail: str = ""


def place(duration_s: float, last_write: datetime, call_ended: datetime | None) -> Span:
    end = min(last_write, call_ended or last_write)
    return Span(end - timedelta(seconds=duration_s), end, sure=last_write <= end + TOLERANCE)


def judge(frames: int, loudest: int, span: Span, talks: Sequence[TalkSegment]) -> Verdict:
    if frames == 0:
        return Verdict(RecordingState.EMPTY)
    uncovered = _uncovered(span, talks)
    if uncovered:
        return Verdict(RecordingState.TRUNCATED, uncovered)
    if loudest <= SILENCE:
        return Verdict(RecordingState.SILENT)
    return Verdict(RecordingState.READY)


def _uncovered(span: Span, talks: Sequence[TalkSegment]) -> str:
    """What is missing of the talk, in words; '' when every segment is covered."""
    closed = [(talk.started_at, talk.ended_at) for talk in talks if talk.ended_at is not None]
    for start, end in closed:
        if end > span.ended_at + TOLERANCE and end > start:
            return f"ends {_seconds(end - span.ended_at)} before the talk does"
        if end <= span.started_at - TOLERANCE:
            return f"begins {_seconds(span.started_at - end)} after a part of the talk"
    if closed and not span.sure:
        # Placed by the call's end: what is missing shows at the beginning, though late first audio looks alike.
        missing = span.started_at - min(start for start, _ in closed)
        if missing > TOLERANCE:
            return f"{_seconds(missing)} shorter than the talk"
    return ""


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.1f} s"
