# SPDX-License-Identifier: Apache-2.0
"""What the bench reads out of SIPp's log of messages."""

import pytest

from config.bench._telephony import Invite, invites_in
from config.bench.figure import Figure, Limit

LOG = """\
----------------------------------------------- 2026-11-22 17:11:01.961972
UDP message received [1004] bytes :

INVITE sip:201@127.0.0.63:23959 SIP/2.0
From: "Olga" <sip:+79263000000@127.0.0.1>;tag=a2
CSeq: 1 INVITE

----------------------------------------------- 2026-11-22 17:11:01.982000
UDP message sent [300] bytes :

SIP/2.0 180 Ringing
From: "Olga" <sip:+79263000000@127.0.0.1>;tag=a2
CSeq: 1 INVITE

----------------------------------------------- 2026-11-22 17:11:02.000001
UDP message received [1004] bytes :

INVITE sip:202@127.0.0.63:23959 SIP/2.0
From: <sip:+79263000001@127.0.0.1>;tag=a3
CSeq: 1 INVITE
"""


def test_an_answer_to_an_invite_is_no_invite():
    assert list(invites_in(LOG)) == [
        Invite("+79263000000", pytest.approx(61861.961972), "201"),
        Invite("+79263000001", pytest.approx(61862.000001), "202"),
    ]


@pytest.mark.parametrize(("share", "holds"), [(0.2, True), (0.25, True), (0.26, False)])
def test_a_share_of_the_reference_is_held_against_its_ratio(share, holds):
    limit = Limit(ratio=0.25)
    figure = Figure(name="share", value=share * 8, reference=8, unit="ms", must=limit, goal=limit)
    assert figure.holds is holds
