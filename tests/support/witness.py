# SPDX-License-Identifier: Apache-2.0
"""What CEL says of the calls of tests/support/calls.py."""

from crm_core.domain.call import Direction, LegKind, TalkSegment
from crm_core.domain.witness import WitnessedCall, WitnessedLeg
from tests.support.calls import OLGA, PBX, T0, at


def a_witnessed_leg(extension="101", *, rang=2.0, answered=None, ended=None, talk=0.0, **fields):
    return WitnessedLeg(
        uniqueid=f"u{extension}",
        device=f"PJSIP/{extension}",
        party=extension,
        kind=LegKind.OPERATOR,
        began_at=at(rang),
        answered_at=None if answered is None else at(answered),
        ended_at=None if ended is None else at(ended),
        talk_s=talk,
        end_reason="hangup",
        **fields,
    )


def a_witnessed_call(linkedid="1795165200.1", *, answered=5.0, after=65.0, extension="101", **fields):
    """Answered after 5 s and talked to the end; `answered=None`: nobody did."""
    talk = 0.0 if answered is None else after - answered
    talked = (
        {}
        if answered is None
        else {
            "answered_at": at(answered),
            "answered_by": extension,
            "final_party": extension,
            "talk_s": talk,
            "talks": (TalkSegment(started_at=at(answered), ended_at=at(after), party=extension),),
        }
    )
    told = {
        "linkedids": (linkedid,),
        "direction": Direction.INBOUND,
        "caller": OLGA,
        "caller_name": None,
        "dialled": "+74951112233",
        "started_at": T0,
        "ended_at": at(after),
        "legs": (a_witnessed_leg(extension, answered=answered, ended=after, talk=talk),),
        **talked,
        **fields,
    }
    return WitnessedCall(pbx=PBX, **told)
