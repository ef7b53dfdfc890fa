# SPDX-License-Identifier: Apache-2.0
"""What a play of a fault holds calls against: Asterisk's own rows, read plainly, and no allowance beyond a second."""

import json
from dataclasses import replace

import pytest

from crm_core.domain.call import Disposition
from tests.chaos.load import load_number
from tests.chaos.truth import Asterisks, Kept, steady, together, wrong_and_silent
from tests.support.calls import a_call, ended, talking


def row(event, at, uniqueid, bridge="", *, channel="PJSIP/trunk-1", linkedid="1.1"):
    told = json.dumps({"bridge_id": bridge}) if bridge else ""
    return {"eventtype": event, "eventtime": str(at), "uniqueid": uniqueid, "linkedid": linkedid,
            "channame": channel, "eventextra": told}  # fmt: skip


TALKED = [
    row("BRIDGE_ENTER", 10.0, "1.2", "b"),
    row("BRIDGE_ENTER", 10.5, "1.1", "b"),
    row("BRIDGE_ENTER", 11.0, "2.1", "other"),
    row("BRIDGE_ENTER", 11.0, "2.2", "other"),
    row("BRIDGE_EXIT", 13.0, "1.1", "b"),
    row("BRIDGE_EXIT", 14.0, "1.2", "b"),
    row("BRIDGE_ENTER", 20.0, "1.1", "c"),
    row("BRIDGE_ENTER", 21.0, "1.3", "c"),
    row("BRIDGE_EXIT", 22.0, "1.3", "c"),
]


def test_a_client_is_with_somebody_while_both_are_in_one_bridge():
    assert together(TALKED, "1.1") == 3.5
    assert together(list(reversed(TALKED)), "1.1") == 3.5
    assert together(TALKED, "9.9") == 0.0


def test_a_clock_that_was_set_in_mid_talk_is_no_time_of_talk():
    off = [0, 0, 3600, 3600, 0, 0, -3600, -3600, 0]  # at each row
    moved = [
        {**one, "eventtime": str(float(one["eventtime"]) + by)} for one, by in zip(TALKED, off, strict=True)
    ]
    assert together(moved, "1.1") != 3.5
    assert together(steady(moved), "1.1") == 3.5


def judged(call, seconds, *, has_rung=True):
    number = load_number("101")
    rows = [row("CHAN_START", 1.0, "1.2", channel="PJSIP/101-0000001")] if has_rung else []
    told = Asterisks(
        frozenset({"1.1"}), frozenset({"1.1"}), frozenset({"1.1"}), {"1.1": seconds}, {"1.1": 9.0}, {}, rows
    )
    return wrong_and_silent(Kept({"1.1": [replace(call, caller=number)]}), told)


TALK = ended(talking(a_call()), talk=2.0)
UNANSWERED = ended(a_call())


@pytest.mark.parametrize(
    ("call", "seconds", "has_rung", "wrong"),
    [
        (TALK, 2.9, True, False),
        (TALK, 3.1, True, True),  # also where the client meant to talk for two
        (replace(TALK, talk_s=6.9), 5.8, True, True),
        (replace(TALK, talk_s=6.9, uncertain=("late",)), 5.8, True, False),
        (UNANSWERED, 0.0, True, False),  # a phone of the test that did not get to answering
        (UNANSWERED, 0.0, False, True),  # nobody rang the manager
        (UNANSWERED, 2.0, True, True),
    ],
)
def test_what_is_a_second_off_must_say_so_and_nobody_goes_unanswered(call, seconds, has_rung, wrong):
    assert call.disposition in {Disposition.ANSWERED, Disposition.CANCELLED}
    assert bool(judged(call, seconds, has_rung=has_rung)) is wrong
