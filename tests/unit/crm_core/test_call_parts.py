# SPDX-License-Identifier: Apache-2.0
"""The client's own timeline, whatever a call is made of, is a partition; the operators' time is another sum."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.call import Call, Direction, Leg, LegKind, Pause, PauseKind, TalkSegment
from crm_core.domain.call_parts import Part, operator_seconds, seconds, stretches, waited

BEGAN = datetime(2026, 10, 24, 23, 59, 50, tzinfo=UTC)


def at(seconds_):
    return None if seconds_ is None else BEGAN + timedelta(seconds=seconds_)


def a_call(ended=60.0, legs=(), talks=(), pauses=()):
    return Call(
        id=UUID(int=1), pbx="main", boot="", linkedids=("1.1",), direction=Direction.INBOUND, caller="+79160000001",
        caller_name=None, dialled="101", started_at=BEGAN, ended_at=at(ended), legs=tuple(legs),
        talks=tuple(TalkSegment(started_at=at(one), ended_at=at(other), party="101") for one, other in talks),
        pauses=tuple(Pause(kind=kind, started_at=at(one), ended_at=at(other)) for kind, one, other in pauses),
    )  # fmt: skip


def a_leg(kind=LegKind.OPERATOR, rang=None, answered=None, ended=None, **sums):
    return Leg(
        uniqueid="1.2", device=None, party="101", kind=kind, rang_at=at(rang), answered_at=at(answered),
        ended_at=at(ended), **sums,
    )  # fmt: skip


def parts(call, now=None):
    return [(one.part.value, one.seconds) for one in stretches(call, now)]


def test_a_menu_a_queue_a_talk_with_a_hold_and_a_question_afterwards():
    call = a_call(
        legs=[a_leg(LegKind.QUEUE, rang=5, ended=20), a_leg(rang=8, answered=20.1, ended=50)],
        talks=[(20.1, 50)],
        pauses=[(PauseKind.HOLD, 30, 35)],
    )
    assert parts(call) == [
        ("menu", 5), ("wait", 15), ("ring", pytest.approx(0.1)), ("talk", pytest.approx(9.9)), ("hold", 5),
        ("talk", 15), ("menu", 10),
    ]  # fmt: skip


def test_phones_that_ring_in_turn_then_a_message():
    call = a_call(
        legs=[
            a_leg(rang=0.1, ended=20),
            a_leg(rang=20.3, ended=40),
            a_leg(LegKind.VOICEMAIL, answered=44, ended=59.8),
        ]
    )
    assert parts(call) == [
        ("ring", 40),
        ("menu", 4),
        ("voicemail", pytest.approx(15.8)),
        ("menu", pytest.approx(0.2)),
    ]


def test_parked_is_waiting():
    call = a_call(
        talks=[(0, 20), (40, 60)], pauses=[(PauseKind.PARKED, 20, 35)], legs=[a_leg(rang=35, answered=40)]
    )
    assert parts(call) == [("talk", 20), ("wait", 15), ("ring", 5), ("talk", 20)]


def test_a_call_that_goes_on_is_told_up_to_now():
    call = a_call(ended=None, legs=[a_leg(rang=0, answered=10)], talks=[(10, None)])
    assert parts(call, at(30)) == [("ring", 10), ("talk", 20)]
    assert waited(call, at(30)) == 10
    assert stretches(call) == ()


def test_without_times_there_is_nothing_to_tell():
    assert stretches(a_call(ended=0)) == ()
    assert sum(seconds(a_call(ended=-5)).values()) == 0


def test_two_colleagues_in_one_consultation_count_twice():
    legs = [
        a_leg(talk_s=30, hold_s=5),
        a_leg(talk_s=10, hold_s=0),
        a_leg(LegKind.EXTERNAL, talk_s=40, hold_s=0),
    ]
    assert operator_seconds(legs, wrap_up=15) == 60


moments = st.floats(-10, 120, allow_nan=False).map(lambda value: round(value, 3))
spans = st.tuples(moments, st.one_of(st.none(), moments))


@st.composite
def calls(draw):
    kinds = st.sampled_from(LegKind)
    legs = draw(st.lists(st.builds(a_leg, kinds, rang=st.none() | moments, answered=st.none() | moments,
                                   ended=st.none() | moments), max_size=6))  # fmt: skip
    pauses = draw(st.lists(st.tuples(st.sampled_from(PauseKind), moments, st.none() | moments), max_size=4))
    return a_call(draw(st.floats(0.001, 100)), legs, draw(st.lists(spans, max_size=4)), pauses)


@given(calls())
def test_every_timeline_is_a_partition(call):
    cut = stretches(call)
    assert (cut[0].started_at, cut[-1].ended_at) == (call.started_at, call.ended_at)
    assert all(
        one.ended_at == other.started_at and one.part is not other.part for one, other in pairwise(cut)
    )
    assert all(one.seconds > 0 for one in cut)
    whole = (call.ended_at - call.started_at).total_seconds()
    assert sum(seconds(call).values()) == pytest.approx(whole)
    assert 0 <= waited(call) <= whole + 1e-6


@given(calls())
def test_a_talk_is_never_longer_than_what_the_tracker_said_of_talks_and_holds(call):
    longest = sum(((one.ended_at or call.ended_at) - one.started_at).total_seconds() for one in call.talks
                  if (one.ended_at or call.ended_at) > one.started_at)  # fmt: skip
    assert seconds(call)[Part.TALK] <= longest + 1e-6
