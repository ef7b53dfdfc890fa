# SPDX-License-Identifier: Apache-2.0
"""What reaches us may be cut, doubled, mixed or incomplete; calls stay right, or say that they may not be."""

import copy
from itertools import chain

import pytest

from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.call_tracker import CallTracker
from tests.support.damage import changed, drops, events_in, gaps, swaps
from tests.support.recordings_of_ami import (
    PROFILE,
    WHOLE,
    calls_of,
    difference,
    events_of,
    frames_of,
    recording,
)

# What nobody could know from the rest, as long as nothing else gives it away. FACTS A9 asks for nearly all.
MOST_SILENTLY_WRONG = 0.04
MOST_DOUBTED = 0.15


@pytest.mark.parametrize("name", WHOLE)
def test_doubled_frames_change_nothing(name):
    events = events_in(name)
    doubled = chain.from_iterable((event, copy.copy(event)) for event in events)
    assert calls_of(doubled) == calls_of(events)


@pytest.mark.parametrize("name", ["hold_and_resume", "queue_local_members_answered"])
def test_one_byte_per_segment_changes_nothing(name):
    data = recording(name)
    assert calls_of(events_of(frames_of(data, step=1))) == calls_of(events_of(frames_of(data)))


@pytest.mark.parametrize("name", WHOLE)
def test_a_recording_may_end_anywhere(name):
    events = events_in(name)
    for end in range(len(events)):
        calls, _ = calls_of(events[:end])
        for call in calls:
            assert call["disposition"] != "answered" or call["answered_by"]
            assert min(call["wait_s"] or 0, call["talk_s"], call["hold_s"]) >= 0


@pytest.mark.parametrize("name", WHOLE)
def test_what_was_seen_answered_is_never_missed_however_the_recording_goes_on(name):
    events = events_in(name)
    for start in range(0, len(events), 3):
        calls, _ = calls_of(events[start:])
        for call in calls:
            assert not (call["missed"] and call["answered_at"])


def strangers(count):
    at = None
    for number in range(count):
        uniqueid = f"1500000000.{number}"
        fields = {
            "Event": "Newchannel",
            "Channel": f"PJSIP/trunk-{number:08x}",
            "ChannelState": "4",
            "Uniqueid": uniqueid,
        }
        fields |= {"Linkedid": uniqueid, "CallerIDNum": "+79169999999", "Context": "from-trunk", "Exten": "1"}
        yield AmiEvent("Newchannel", fields, at)
        yield AmiEvent("Hangup", {"Event": "Hangup", "Uniqueid": uniqueid, "Cause": "16"}, at)


@pytest.mark.parametrize("name", WHOLE)
def test_other_calls_in_between_change_nothing(name):
    events = events_in(name)
    foreign = strangers(len(events))
    mixed = chain.from_iterable((event, *(next(foreign) for _ in range(2))) for event in events)
    calls, still_open = calls_of(mixed)
    ours = [call for call in calls if call["caller"] != "+79169999999"]
    want, _ = calls_of(events)
    assert [difference(a, b, 0.0) for a, b in zip(want, ours, strict=True)] == [None] * len(want)
    assert still_open == 0


@pytest.mark.parametrize("name", WHOLE)
def test_neighbours_about_different_channels_may_change_places(name):
    for swapped in swaps(events_in(name)):
        assert (swapped.right, swapped.doubted) == (True, False), swapped


@pytest.mark.parametrize("name", WHOLE)
def test_a_lost_word_of_who_is_in_which_bridge_never_goes_unnoticed(name):
    events = events_in(name)
    bridges = [lost for lost in drops(events) if lost.name.startswith("Bridge")]
    assert [lost for lost in bridges if lost.silently_wrong] == []


@pytest.mark.parametrize("name", WHOLE)
def test_any_one_event_lost_leaves_the_talk_right_or_in_doubt(name):
    assert [one for one in drops(events_in(name)) if one.talk_silently_wrong] == []


@pytest.mark.parametrize("length", [15, 30])
@pytest.mark.parametrize("name", WHOLE)
def test_any_gap_leaves_the_talk_right_or_in_doubt(name, length):
    assert [gap for gap in gaps(events_in(name), length, stride=4) if gap.talk_silently_wrong] == []


def only(name, *wanted):
    """A recording without its events but these names, and what a connection begins with."""
    return [event for event in events_in(name) if event.at is None or event.name in wanted]


def test_a_call_of_which_only_the_end_came_is_kept_in_doubt():
    (call,), still_open = calls_of(only("inbound_phone_off", "Hangup"))
    assert (call["talk_s"], still_open) == (0.0, 0)
    assert "lost_events" in call["uncertain"]


def test_what_ends_while_we_connect_was_there_before_us():
    events = [
        event for event in only("inbound_phone_off", "Hangup") if event.name != "CoreShowChannelsComplete"
    ]
    assert calls_of(events) == ([], 0)


def test_an_end_that_is_told_late_begins_no_call():
    events = events_in("inbound_answered_client_hangs_up")
    want, _ = calls_of(events)
    late = [changed(event) for event in events if event.name == "Hangup"]
    assert calls_of([*events, *late]) == (want, 0)


def test_a_lost_event_leaves_the_call_right_or_in_doubt():
    """Every second one; tools/measure_fold.py leaves out all."""
    lost = [one for name in WHOLE for one in drops(events_in(name), stride=2)]
    others = [one for one in lost if not one.name.startswith("Bridge")]
    silently_wrong = [one for one in others if one.silently_wrong]
    assert len(silently_wrong) <= MOST_SILENTLY_WRONG * len(others), silently_wrong
    assert sum(one.doubted for one in others) <= MOST_DOUBTED * len(others)


@pytest.mark.parametrize(
    "header", ["Uniqueid", "Linkedid", "Channel", "BridgeUniqueid", "DestUniqueid", "Cause", "Exten"]
)
def test_missing_headers_are_survived_and_counted(header):
    for name in ("queue_local_members_answered", "attended_transfer_by_refer_completed", "directed_pickup"):
        tracker = CallTracker(PROFILE, pbx="pbx")
        for event in events_in(name):
            fields = {key: value for key, value in event.fields.items() if key != header}
            tracker.feed(AmiEvent(event.name, fields, event.at))
        assert tracker.skipped > 0 or header in {"Linkedid", "Cause", "Exten"}
