# SPDX-License-Identifier: Apache-2.0
"""Queues and their members, as QueueStatus tells them."""

from datetime import UTC, datetime

import pytest

from config.pbx_care import queues_told
from pbx_bridge.ami_event import AmiEvent


def member(**fields):
    usual = {"Queue": "retail", "Name": "101", "Paused": "0", "Membership": "static"}
    return AmiEvent("QueueMember", usual | fields, datetime(2026, 11, 22, tzinfo=UTC))


@pytest.mark.parametrize(
    ("fields", "device", "fixed"),
    [
        ({"Location": "PJSIP/101", "StateInterface": "PJSIP/101"}, "PJSIP/101", True),
        ({"Location": "PJSIP/101", "StateInterface": "hint:101@rolodial-available"}, "PJSIP/101", True),
        ({"Location": "Local/101@from-queue/n", "StateInterface": "PJSIP/101"}, "PJSIP/101", True),
        ({"Location": "PJSIP/201", "StateInterface": "", "Membership": "dynamic"}, "PJSIP/201", False),
        ({"Location": "PJSIP/201", "StateInterface": "", "Membership": "realtime"}, "PJSIP/201", True),
    ],
)
def test_a_member_is_the_phone_that_is_rung(fields, device, fixed):
    queue = AmiEvent("QueueParams", {"Queue": "retail", "Strategy": "ringall", "Calls": "2"}, None)
    [told] = queues_told("main", [queue, member(**fields)])
    assert (told.name, told.waiting) == ("retail", 2)
    assert [(one.device, one.fixed) for one in told.members] == [(device, fixed)]
