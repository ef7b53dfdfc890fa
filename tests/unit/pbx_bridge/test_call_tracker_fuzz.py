# SPDX-License-Identifier: Apache-2.0
"""Recorded calls with headers lost, doubled, strange or of another event: nothing raises, nothing stays behind."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest

from crm_core.domain.call import CallEnded
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.call_tracker import CallTracker
from pbx_bridge.call_tracker.clock import JITTER
from tests.support.damage import events_in, resync
from tests.support.recordings_of_ami import NAMES, PROFILE

ROUNDS = 6  # of each recording
STRANGE = (
    "", "<unknown>", "anonymous", "Привет\ufffd", 'a\\n\\"b: c', "a\nb", "9" * 5000, "-1", "nan", "inf", "1e308",
    "٣٤", "0", "99999999999", "Local/1@c-1;1", "PJSIP/101-1", "99999999:00:00", "ROLODIAL_MESSAGE=100000000",
)  # fmt: skip


def strange(rng, event, others):
    """The event with one of its lines gone, doubled, or saying something else."""
    lines = event._text.split("\r\n")
    place = rng.randrange(len(lines))
    header = lines[place].partition(": ")[0]
    elsewhere = rng.choice(rng.choice(others)._text.split("\r\n")).partition(": ")[2]
    how = rng.randrange(4)
    if how == 0:
        del lines[place]
    elif how == 1:
        lines.insert(place, rng.choice(lines))
    else:
        lines[place] = f"{header}: {rng.choice(STRANGE) if how == 2 else elsewhere}"
    return AmiEvent(event.name, None, event.at, "\r\n".join(lines))


def damaged(rng, events):
    told = [event for event in events if event._text]
    mixed = []
    for event in events:
        chance = rng.random()
        if chance < 0.03:
            continue
        mixed += [event] * (2 if chance < 0.06 else 1)
        if event._text and chance > 0.85:
            mixed[-1] = strange(rng, event, told)
    one = rng.randrange(len(mixed) - 1)
    mixed[one], mixed[one + 1] = mixed[one + 1], mixed[one]
    if rng.random() < 0.3:  # away for a while
        begin = rng.randrange(len(events))
        end = min(begin + rng.randrange(20), len(events))
        mixed = [*mixed[:begin], *resync(events[:end]), *mixed[end:]]
    if rng.random() < 0.1:
        boot = {"CoreStartupDate": "2026-01-01", "CoreStartupTime": str(rng.random())}
        mixed.insert(begin := rng.randrange(len(mixed)), AmiEvent("Response", boot, mixed[begin].at))
    return mixed


def assert_sound(tracker):
    """Whatever was told, what is remembered fits together."""
    state = tracker._state
    for uniqueid, channel in state.channels.items():
        assert state.calls[channel.call.serial] is channel.call
        assert channel.call.channels[uniqueid] is channel
        if channel.bridge:
            assert state.bridges[channel.bridge.id].members[uniqueid] is channel
    for call in state.calls.values():
        assert call.channels
        assert {id(state.by_linkedid[linkedid]) for linkedid in call.linkedids} == {id(call)}
    assert all(bridge.members or bridge.holding for bridge in state.bridges.values())


def runs_forward(events):
    times = [event.at for event in events if event.at]
    return all(two > one - timedelta(seconds=JITTER) for one, two in pairwise(times))


def assert_possible(event, *, in_order):
    call = event.call
    for part in (call, *call.legs):
        assert part.talk_s >= 0
        assert part.hold_s >= 0
    assert (call.wait_s or 0) >= 0
    if isinstance(event, CallEnded) and call.ended_at:
        assert call.disposition
        assert not in_order or call.started_at is None or call.started_at <= call.ended_at
        assert [leg for leg in call.legs if leg.ended_at is None] == []


@pytest.mark.parametrize("name", NAMES)
def test_whatever_events_say_nothing_raises_and_nothing_stays_open(name):
    events = events_in(name)
    for seed in range(ROUNDS):
        rng = random.Random(f"{name} {seed}")
        tracker = CallTracker(PROFILE, pbx="pbx")
        said = damaged(rng, events)
        in_order = runs_forward(said)
        for event in said:
            for told in tracker.feed(event):
                assert_possible(told, in_order=in_order)
            assert_sound(tracker)
        for told in [*tracker.finish(), *tracker.close_all()]:
            assert_possible(told, in_order=in_order)
        assert (tracker.channels, tracker.open_calls()) == (0, ())
