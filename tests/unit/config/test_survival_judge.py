# SPDX-License-Identifier: Apache-2.0
"""What `make survival` makes of the clocks of callers and phones."""

import pytest

from config.bench._telephony import Invite
from tests.survival.judge import People, judge

PEOPLE = People(
    managers={"+1": "201", "+2": "202", "+3": "203", "+4": "240"},
    away=frozenset({"240"}),
    in_queue=frozenset({"203"}),
)
SENT = {who: Invite(who, 10.0, "did") for who in ("+1", "+2", "+3", "+4", "+9")}
WELL = {"+1": ("201", 10.1), "+2": ("202", 10.1), "+4": ("203", 10.4), "+9": ("203", 10.4)}


def seen(answered=5, **rang):
    rung = {who: Invite(who, at, phone) for who, (phone, at) in {**WELL, **rang}.items()}
    return judge(SENT, rung, answered, PEOPLE, 0.1)


def test_all_well():
    one = seen()
    assert (one.calls, one.failed, one.waited, one.known, one.reached, one.disturbed) == (5, 0, 1, 2, 2, 0)
    assert one.extra_s == pytest.approx((0.0, 0.0))
    assert one.holds


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(seen(answered=4), id="a call that nobody took"),
        pytest.param(
            seen(**{"+1": ("203", 10.1)}), id="a known caller whose manager was there rang elsewhere"
        ),
        pytest.param(seen(**{"+4": ("240", 10.1)}), id="a manager who is away was rung"),
        pytest.param(seen(**{"+2": ("202", 10.7)}), id="too late"),
    ],
)
def test_what_does_not_hold(one):
    assert not one.holds
