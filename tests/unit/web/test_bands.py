# SPDX-License-Identifier: Apache-2.0
"""What is laid over a waveform."""

from dataclasses import replace
from uuid import UUID

from crm_core.domain.call import TalkSegment
from crm_core.domain.recording import Recording, RecordingPause, RecordingState
from tests.support.calls import at
from web.bands import Band, bands

ID = UUID(int=1)


def a_recording(start=10.0, stop=70.0):
    return Recording(
        id=ID, call_id=ID, pbx="main", linkedid="1", uniqueid="1", state=RecordingState.READY,
        source_name="x", created_at=at(80), started_at=at(start), ended_at=at(stop),
    )  # fmt: skip


def a_talk(start, stop, party="101"):
    return TalkSegment(started_at=at(start), ended_at=None if stop is None else at(stop), party=party)


def a_pause(start, stop=None):
    ended = None if stop is None else at(stop)
    return RecordingPause(id=ID, call_id=ID, actor="anna", user_id=ID, started_at=at(start), ended_at=ended)


def test_one_person_who_had_all_of_it_is_no_news():
    assert bands(a_recording(), [a_talk(12, 70)], []) == []


def test_who_talked_when_in_seconds_of_the_recording():
    talks = [a_talk(5, 30), a_talk(40, None, "102"), a_talk(35, 36)]
    told = bands(a_recording(), talks, [], {"101": "Anna"})
    assert told == [Band(0.0, 20.0, "Anna", 0), Band(25.0, 26.0, "Anna", 0), Band(30.0, 60.0, "102", 1)]


def test_pauses_lie_over_it_and_one_that_never_ended_goes_to_the_end():
    told = bands(a_recording(), [a_talk(10, 70)], [a_pause(20, 30), a_pause(60), a_pause(100, 120)])
    assert [(one.begin, one.end, one.is_pause) for one in told] == [
        (0.0, 60.0, False),
        (10.0, 20.0, True),
        (50.0, 60.0, True),
    ]


def test_without_times_nothing_can_be_placed():
    unplaced = replace(a_recording(), started_at=None, ended_at=None)
    assert bands(unplaced, [a_talk(1, 2)], [a_pause(1)]) == []
