# SPDX-License-Identifier: Apache-2.0
"""Of every recorded call the parts make up the whole, and agree with what the tracker summed up as it went."""

from itertools import pairwise

import pytest

from crm_core.domain.call_parts import Part, operator_seconds, seconds, stretches, waited
from pbx_bridge.call_tracker import CallTracker
from pbx_bridge.replay import Calls
from tests.support.recordings_of_ami import PROFILE, WHOLE, events_of, frames_of, recording

MILLISECONDS = 0.05  # legs begin and end at the events that tell it, a moment from those that the sums go by


def whole_calls(name):
    tracker, calls = CallTracker(PROFILE, pbx="pbx", of_pbx=True), Calls()
    for event in events_of(frames_of(recording(name))):
        calls.note(tracker.feed(event))
    return calls.list()


@pytest.mark.parametrize("name", WHOLE)
def test_the_clients_timeline_is_cut_into_parts_without_a_gap(name):
    for call in whole_calls(name):
        if call.started_at is None or call.ended_at == call.started_at:
            continue
        parts = stretches(call)
        assert (parts[0].started_at, parts[-1].ended_at) == (call.started_at, call.ended_at)
        assert all(
            one.ended_at == other.started_at and one.part is not other.part for one, other in pairwise(parts)
        )


@pytest.mark.parametrize("name", WHOLE)
def test_the_parts_agree_with_the_sums(name):
    for call in whole_calls(name):
        if call.started_at is None:
            continue
        sums = seconds(call)
        assert sum(sums.values()) == pytest.approx((call.ended_at - call.started_at).total_seconds())
        assert sums[Part.TALK] == pytest.approx(call.talk_s, abs=MILLISECONDS)
        assert sums[Part.HOLD] == pytest.approx(call.hold_s, abs=MILLISECONDS)
        assert waited(call) == pytest.approx(call.wait_s, abs=MILLISECONDS)
        assert operator_seconds(call.legs) >= call.talk_s - MILLISECONDS or any(
            leg.kind == "external" for leg in call.legs
        )
