# SPDX-License-Identifier: Apache-2.0
"""Recorded calls of which CEL was kept too: the witnesses agree, and either one may be damaged."""

import random
from uuid import UUID

import pytest

from crm_core.domain.call import LegKind
from crm_core.domain.correction import corrected, made
from crm_core.domain.differences import differences
from tests.support.recordings_of_cel import NAMES, events_beside, paired, rows_of, tracked, witnessed

ONE_SECOND = 1.0
WHOLE = [name for name in NAMES if not name.startswith("connected")]  # AMI saw the beginning
# Of these one slice takes all that would give the loss away: the client, who came into a talk that was there before;
# a first talk, short as it was.
CLIENT_IN_A_SLICE = {"conference_that_colleagues_began"}
TALK_IN_A_SLICE = CLIENT_IN_A_SLICE | {
    "blind_transfer_by_ami_action_answered",
    "blind_transfer_twice",
    "redirected_by_ami_answered",
}
SLICES = (1, 2, 5, 13, 34, 89)
ANY = UUID(int=7)
HOLD_EVENTS = {"Hold", "Unhold", "MusicOnHoldStart", "MusicOnHoldStop"}


def total(call):
    return call.talk_s + call.hold_s


def talked(call):
    return {(leg.uniqueid, leg.device): total(leg) for leg in call.legs if leg.uniqueid}


def assert_same_legs(fixed, good, within):
    ours, theirs = talked(fixed), talked(good)
    for leg in ours.keys() | theirs.keys():
        assert ours.get(leg, 0.0) == pytest.approx(theirs.get(leg, 0.0), abs=within), leg


def slices_of(things):
    for size in SLICES:
        for start in range(0, max(1, len(things) - size + 1), max(1, size // 2)):
            yield things[:start] + things[start + size :], things[start : start + size]


@pytest.mark.parametrize("name", NAMES)
def test_two_witnesses_of_a_recorded_call_agree(name):
    calls, said = tracked(events_beside(name)), witnessed(rows_of(name))
    assert len(calls) == len(said)
    for call, other in paired(calls, said):
        if "start_unseen" in call.uncertain:  # recorded from the middle on: the witness knows more
            continue
        assert differences(call, other) == ()
        assert corrected(call, other) is call
        assert other.whole
        assert len(other.recordings) == len(call.recordings)


@pytest.mark.parametrize("name", NAMES)
def test_rows_out_of_order_and_doubled_tell_the_same(name):
    rows = rows_of(name)
    want = _by_start(witnessed(rows))
    for seed in range(5):
        mixed = rows * 2
        random.Random(seed).shuffle(mixed)
        assert _by_start(witnessed(mixed)) == want


def _by_start(calls):
    """Of two that are settled at once either may be told first."""
    return sorted(calls, key=lambda call: call.started_at)


@pytest.mark.parametrize("name", sorted({*WHOLE} - CLIENT_IN_A_SLICE))
def test_whatever_slice_of_ami_is_lost_cel_puts_the_talk_right(name):
    events, said = events_beside(name), witnessed(rows_of(name))
    whole = [call for call, _ in paired(tracked(events), said)]
    assert not any(call.uncertain for call in whole), "damaged as it is"
    for left, lost in slices_of(events):
        for good, (call, other) in zip(whole, paired(tracked(left), said), strict=True):
            fixed = corrected(call, other) if call else made(other, ANY, "")
            assert (
                abs(total(fixed) - total(good)) <= ONE_SECOND + other.alone_s
            )  # hold or not, AMI would know
            seen = not any(one.name in HOLD_EVENTS for one in lost) and other.alone_s < ONE_SECOND
            if seen and "hold" not in fixed.uncertain:
                assert fixed.talk_s == pytest.approx(good.talk_s, abs=ONE_SECOND)
            assert_same_legs(fixed, good, ONE_SECOND + sum(leg.alone_s for leg in other.legs) + 0.1)
            assert fixed.ended_at
            assert fixed.disposition
            for what in ("direction", "answered_by", "missed"):
                assert getattr(fixed, what) == getattr(good, what), what
            assert fixed.caller in {good.caller, None}
            assert [one.kind for one in fixed.transfers if one.completed] == [
                one.kind for one in good.transfers if one.completed
            ]
            assert differences(fixed, other) == ()


@pytest.mark.parametrize("name", sorted({*WHOLE} - TALK_IN_A_SLICE))
def test_whatever_slice_of_cel_is_lost_a_call_that_ami_saw_whole_stays_right(name):
    calls, rows = tracked(events_beside(name)), rows_of(name)
    for left, _ in slices_of(rows):
        for call, said in paired(calls, witnessed(left)):
            if call is None or call.uncertain:
                continue
            fixed = corrected(call, said)
            assert fixed.talk_s == pytest.approx(call.talk_s, abs=ONE_SECOND)
            assert (fixed.disposition, fixed.answered_by) == (call.disposition, call.answered_by)
            assert (len(fixed.legs), len(fixed.transfers)) == (len(call.legs), len(call.transfers))


@pytest.mark.parametrize("name", NAMES)
def test_a_call_that_ami_never_saw_is_made_of_cel_alone(name):
    for good, said in paired(tracked(events_beside(name)), witnessed(rows_of(name))):
        call = made(said, ANY, "boot")
        if "start_unseen" in good.uncertain:
            continue
        assert (call.direction, call.missed, call.caller) == (good.direction, good.missed, good.caller)
        assert call.talk_s <= total(good) + ONE_SECOND
        assert ("hold" in call.uncertain) is (good.answered_at is not None)
        assert "attempts" in call.uncertain
        assert "gap" not in call.uncertain
        assert (call.answered_at is None) is (good.answered_at is None)
        outside = [leg for leg in call.legs if leg.kind is LegKind.EXTERNAL]
        assert len(outside) == len([leg for leg in good.legs if leg.kind is LegKind.EXTERNAL])
