# SPDX-License-Identifier: Apache-2.0
"""Recorded calls put together at random on one PBX, then damaged: right within a second, or in doubt with a reason."""

from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.call_tracker import CallTracker
from pbx_bridge.call_tracker.reaper import LINGER_S
from pbx_bridge.replay import Calls, in_order
from tests.support.damage import (
    ONE_SECOND,
    changed,
    channels_in,
    doubles,
    events_in,
    gaps,
    resync,
    stepped,
    together,
    verdict,
)
from tests.support.recordings_of_ami import PROFILE, WHOLE, calls_of, difference

REASONS = {"lost_events", "clock", "gap", "start_unseen", "end_unseen", "pbx_restarted"}
FEW = settings(max_examples=60, derandomize=True)
HOURS = timedelta(hours=4)

recording_of = cache(events_in)
names = st.lists(st.sampled_from(WHOLE), min_size=1, max_size=4, unique=True)
offsets = st.lists(st.floats(0, 20), min_size=4, max_size=4)
anywhere = st.floats(0, 1)  # of a recording


class Mixture(list):
    """Events; when a test fails, what they were made of is told rather than each of them."""

    def __repr__(self) -> str:
        return f"<{self.made_of}>"


@st.composite
def mixtures(draw):
    chosen, at = draw(names), [0.0, *draw(offsets)]
    mixture = Mixture(together([recording_of(name) for name in chosen], at[: len(chosen)]))
    mixture.made_of = dict(zip(chosen, at, strict=False))
    return mixture


def at_part(events, where):
    return round(where * (len(events) - 1))


def a_stranger(at):
    fields = {"Event": "Newchannel", "Channel": "PJSIP/trunk-ffffffff", "Uniqueid": "9.9", "Linkedid": "9.9"}
    return AmiEvent("Newchannel", fields, at)


def left_open(events):
    """How many calls are open when everybody has been silent for longer than the tracker waits."""
    tracker = CallTracker(PROFILE, pbx="pbx", of_pbx=True)
    for event in events:
        tracker.feed(event)
    last = max(event.at for event in events if event.at)
    tracker.feed(a_stranger(last + timedelta(seconds=LINGER_S + 1)))
    tracker.finish()
    return [call for call in tracker.open_calls() if "9.9" not in call.linkedids]


def in_seconds(calls):
    return [(call["wait_s"], call["talk_s"], call["hold_s"]) for call in calls]


@given(mixtures(), anywhere)
@FEW
def test_undamaged_calls_between_others_are_never_in_doubt(events, where):
    """With any of their events doubled, or any neighbours of different channels swapped."""
    want, _ = calls_of(events)
    place = at_part(events[:-1], where)
    one, two = events[place : place + 2]
    doubled = verdict("twice", want, [*events[:place], one, changed(one), *events[place + 1 :]])
    assert (doubled.right, doubled.doubted) == (True, False)
    if not channels_in(one) & channels_in(two):
        mixed = [*events[:place], two, one, *events[place + 2 :]]
        swapped = verdict("swapped", want, in_order(iter(mixed)))
        assert (swapped.right, swapped.doubted) == (True, False)
    assert left_open(events) == []


@given(mixtures(), anywhere)
@FEW
def test_a_lost_event_never_keeps_a_call_open_for_ever(events, where):
    place = at_part(events, where)
    still_open = left_open([*events[:place], *events[place + 1 :]])
    assert [call for call in still_open if not call.uncertain] == []
    got, _ = calls_of([*events[:place], *events[place + 1 :]])
    assert all(set(call["uncertain"]) <= REASONS for call in got)
    assert all(min(call["wait_s"] or 0, call["talk_s"], call["hold_s"]) >= 0 for call in got)


@given(mixtures(), anywhere, st.integers(0, 40))
@FEW
def test_a_connection_that_is_cut_and_comes_back_closes_what_has_ended(events, where, length):
    begin = max(1, at_part(events, where))
    end = min(begin + length, len(events))
    got, still_open = calls_of([*events[:begin], *resync(events[:end]), *events[end:]])
    assert still_open == 0
    want, _ = calls_of(events)
    for call in got:
        assert set(call["uncertain"]) <= REASONS
        told = next((one for one in want if one["call_id"] == call["call_id"]), None)
        if not call["uncertain"]:
            assert told is not None
            assert difference(told, call, ONE_SECOND) is None


@pytest.mark.parametrize("name", WHOLE)
def test_a_short_gap_at_any_event_leaves_the_calls_right_or_in_doubt(name):
    assert [gap for gap in gaps(recording_of(name), length=6, stride=3) if gap.silently_wrong] == []


@pytest.mark.parametrize("name", WHOLE)
def test_a_connection_that_is_lost_for_good_leaves_nothing_open(name):
    events = recording_of(name)
    for cut in range(1, len(events), 5):
        calls, still_open = calls_of([*events[:cut], *resync([])])
        assert still_open == 0
        assert all(set(call["uncertain"]) <= REASONS for call in calls)


@pytest.mark.parametrize("name", WHOLE)
def test_an_event_that_is_told_twice_changes_nothing(name):
    assert [one for one in doubles(recording_of(name), stride=3) if not one.right or one.doubted] == []


@given(st.sampled_from(WHOLE), st.integers(-(10**9), 10**9))
@FEW
def test_the_hour_at_which_people_call_does_not_matter(name, shift):
    """Over midnight, at the change to summer time, on a leap day: an epoch knows none of them."""
    events = recording_of(name)
    moved = [changed(event, timedelta(seconds=shift)) for event in events]
    assert in_seconds(calls_of(moved)[0]) == in_seconds(calls_of(events)[0])


@given(st.sampled_from(WHOLE), anywhere, st.sampled_from([-3600, 3600, -86_400, 14_400]))
@FEW
def test_a_clock_that_is_set_makes_no_talk_negative_and_is_told(name, where, step):
    events = recording_of(name)
    place = max(1, at_part(events, where))
    want, _ = calls_of(events)
    got, _ = calls_of(stepped(events, place, timedelta(seconds=step)))
    for call in got:
        assert min(call["wait_s"] or 0, call["talk_s"], call["hold_s"]) >= 0
    told = verdict("clock", want, stepped(events, place, timedelta(seconds=step)))
    assert not told.silently_wrong


def test_a_talk_of_four_hours_is_as_long_as_it_was():
    """By receive times, which run on a monotonic clock, silence of hours is a long talk and no step of a clock."""
    events = recording_of("inbound_answered_client_hangs_up")
    place = 1 + max(at for at, event in enumerate(events) if event.name == "BridgeEnter")
    tracker, calls = CallTracker(PROFILE, pbx="pbx"), Calls()
    for event in stepped(events, place, HOURS):
        calls.note(tracker.feed(event))
    (call,) = calls.list()
    assert call.talk_s == pytest.approx(HOURS.total_seconds() + 2, abs=ONE_SECOND)
    assert call.uncertain == ()


@given(names)
@FEW
def test_two_pbxs_with_the_same_ids_have_calls_of_their_own(chosen):
    events = together([recording_of(name) for name in chosen], [0.0] * len(chosen))
    stories = []
    for pbx in ("one", "two"):
        tracker, calls = CallTracker(PROFILE, pbx=pbx, of_pbx=True), Calls()
        for event in events:
            calls.note(tracker.feed(event))
        stories.append(calls.list())
    ours, theirs = stories
    originated = [one for one in ours if any(id_.startswith("rolodial-") for id_ in one.linkedids)]
    assert {one.id for one in ours} & {one.id for one in theirs} == {one.id for one in originated}
    assert [one.talk_s for one in ours] == [one.talk_s for one in theirs]
