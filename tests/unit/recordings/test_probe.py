# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.call import TalkSegment
from crm_core.domain.recording import RecordingState
from recordings.probe import judge, place

T0 = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def at(seconds):
    return T0 + timedelta(seconds=seconds)


def talk(start, end):
    return TalkSegment(started_at=at(start), ended_at=None if end is None else at(end), party="101")


def verdict(duration, closed, call_ended, *talks, loud=5000):
    span = place(duration, at(closed), None if call_ended is None else at(call_ended))
    return judge(int(duration * 8000), loud, span, talks).state


@pytest.mark.parametrize(
    ("duration", "closed", "call_ended", "talks", "state"),
    [
        (60, 65, 65, [(5, 65)], RecordingState.READY),
        (57, 65, 65, [(5, 65)], RecordingState.READY),  # first audio 3 s late, as with slow phones
        (58, 63.5, 65, [(5, 65)], RecordingState.READY),  # within what is still in a buffer
        (40, 45, 65, [(5, 65)], RecordingState.TRUNCATED),  # stopped 20 s before the talk did
        (60, 125, 65, [(5, 65)], RecordingState.READY),  # a copy a minute later
        (40, 125, 65, [(5, 65)], RecordingState.TRUNCATED),  # and shorter than the talk
        (
            20,
            65,
            65,
            [(5, 20), (46, 65)],
            RecordingState.TRUNCATED,
        ),  # the first part before the transfer is gone
        (60, 65, None, [(5, 65)], RecordingState.READY),
        (10, 15, 20, [], RecordingState.READY),  # only a menu was heard
        (10, 15, 20, [(5, None)], RecordingState.READY),
        (0, 15, 20, [(5, 15)], RecordingState.EMPTY),
    ],
)
def test_what_a_file_is_worth(duration, closed, call_ended, talks, state):
    assert verdict(duration, closed, call_ended, *(talk(*one) for one in talks)) is state


@pytest.mark.parametrize(("closed", "sure"), [(65, True), (66.5, True), (125, False)])
def test_a_file_closed_after_its_call_ends_with_it(closed, sure):
    """A busy PBX closes it a moment late: what is shown at a second of it is what was heard in that second."""
    span = place(60, at(closed), at(65))
    assert (span.started_at, span.ended_at, span.sure) == (at(5), at(65), sure)


def test_silence_is_its_own_class():
    assert verdict(60, 65, 65, talk(5, 65), loud=8) is RecordingState.SILENT


@given(st.floats(0.1, 3600), st.floats(0, 3600), st.floats(0.0, 1.9))
def test_a_file_that_covers_the_talk_is_never_called_truncated(length, before, late):
    """Whatever was recorded before the talk, and up to 2 s lost at its end."""
    span = place(length + before, at(before + length - late), at(before + length))
    segment = talk(before - late, before + length)
    assert judge(1, 5000, span, [segment]).state is RecordingState.READY


@given(st.floats(5, 3600), st.floats(2.1, 3600))
def test_a_file_that_stops_early_is_always_called_truncated(length, lost):
    span = place(length, at(length), at(length + lost))
    assert judge(1, 5000, span, [talk(0, length + lost)]).state is RecordingState.TRUNCATED
