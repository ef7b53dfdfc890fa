# SPDX-License-Identifier: Apache-2.0
"""The item of a missed caller as a state machine: pure."""

from dataclasses import replace
from uuid import UUID

import pytest

from crm_core.domain.call import Direction, Disposition, Leg, LegKind
from crm_core.domain.call_history import KeptCall, KeptLeg
from crm_core.domain.communication import Communication, CommunicationKind
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.missed import (
    Attempt,
    AttemptKind,
    Caller,
    MissedItem,
    MissedRules,
    MissedState,
    SettledError,
    Talk,
    attempt_of,
    caller_of,
    counted,
    given_up,
    is_talk,
    joined,
    released,
    reopened,
    settled,
)
from crm_core.domain.missed_views import MissedSeen
from tests.support.calls import OLGA, T0, a_call, a_leg, at, ended, talking

ANNA, BORIS, RETAIL, CONTACT, COMPANY = (UUID(int=n) for n in range(1, 6))


def an_item(**more):
    return MissedItem(
        **{
            "id": UUID(int=99),
            "key": OLGA,
            "e164": OLGA,
            "contact_id": None,
            "company_id": None,
            "did": None,
            "state": MissedState.MISSED,
            "kind": AttemptKind.CALL,
            "attempts": 1,
            "tries": 0,
            "first_at": T0,
            "last_at": T0,
            "due_at": at(1800),
            "updated_at": T0,
        }
        | more
    )


def an_attempt(seconds=0, kind=AttemptKind.CALL, **more):
    return Attempt(**{"id": UUID(int=500 + seconds), "kind": kind, "at": at(seconds), "e164": OLGA} | more)


def kept(call, users=(ANNA,)):
    legs = tuple(KeptLeg(leg, user) for leg, user in zip(call.legs, users, strict=False))
    answered = next((one.user_id for one in legs if one.leg.answered_at), None)
    return KeptCall(call=call, legs=legs, client_e164=OLGA, answered_user_id=answered)


# --- who ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ids", "key", "keys", "heard_by"),
    [
        ({}, OLGA, (OLGA,), (OLGA,)),
        ({"company_id": COMPANY}, str(COMPANY), (str(COMPANY), OLGA), (str(COMPANY), OLGA)),
        (
            {"contact_id": CONTACT, "company_id": COMPANY},
            str(CONTACT),
            (str(CONTACT), OLGA),
            (str(CONTACT), str(COMPANY), OLGA),
        ),
    ],
)
def test_a_caller_is_a_contact_else_a_company_else_a_number(ids, key, keys, heard_by):
    caller = Caller(e164=OLGA, **ids)
    assert (caller.key, caller.keys, caller.heard_by) == (key, keys, heard_by)


def test_the_communication_says_who_called_and_a_withheld_number_is_nobody():
    call = kept(ended(a_call()))
    told = Communication(
        id=call.call.id, kind=CommunicationKind.CALL, started_at=T0, updated_at=T0, contact_id=CONTACT
    )
    assert caller_of(call, told).key == str(CONTACT)
    assert caller_of(call, None).key == OLGA
    assert caller_of(replace(call, client_e164=None), told) is None


# --- what a call says ---------------------------------------------------------------------------
def test_what_a_call_adds_to_the_ledger():
    missed, answered = ended(a_call()), ended(talking(a_call()))
    ours = replace(missed, direction=Direction.OUTBOUND, missed=False, disposition=Disposition.BUSY)
    voicemail = replace(missed, disposition=Disposition.VOICEMAIL)
    internal = replace(missed, direction=Direction.INTERNAL, missed=False)
    told = [
        attempt_of(kept(one), T0, None) for one in (missed, voicemail, ours, answered, internal, a_call())
    ]
    assert [one and one.kind for one in told] == [
        AttemptKind.CALL,
        AttemptKind.VOICEMAIL,
        AttemptKind.TRIED,
        None,
        None,
        None,
    ]
    assert attempt_of(replace(kept(missed), client_e164=None), T0, None) is None


def test_for_whom_it_rang_the_last_one_last_and_each_once():
    legs = (a_leg("102", rang=9), a_leg("101", rang=2), a_leg("102", rang=20))
    call = ended(a_call(legs=legs))
    assert attempt_of(kept(call, (BORIS, ANNA, BORIS)), T0, None).rung == (ANNA, BORIS)


def test_a_talk_is_one_as_soon_as_they_hear_each_other():
    call = a_call()
    outside = Leg(uniqueid="x", device=None, party=OLGA, kind=LegKind.EXTERNAL)
    dialled = replace(call, direction=Direction.OUTBOUND, legs=(*talking(call).legs, outside))
    heard = replace(dialled, legs=(*talking(call).legs, replace(outside, answered_at=at(9))))
    assert [is_talk(kept(one)) for one in (call, talking(call), ended(talking(call)), ended(call))] == [
        False,
        True,
        True,
        False,
    ]
    assert [is_talk(kept(one)) for one in (dialled, heard)] == [False, True]
    assert not is_talk(kept(replace(talking(call), direction=Direction.INTERNAL)))


# --- the item -----------------------------------------------------------------------------------
def test_it_counts_what_they_did_and_what_we_did():
    attempts = [
        an_attempt(100, AttemptKind.VOICEMAIL, did="+7495"),
        an_attempt(0),
        an_attempt(50, AttemptKind.TRIED),
    ]
    item = counted(an_item(), attempts, at(200))
    assert (item.attempts, item.tries, item.tried_at, item.kind) == (2, 1, at(50), AttemptKind.VOICEMAIL)
    assert (item.first_at, item.last_at, item.did) == (at(0), at(100), "+7495")


def test_without_an_attempt_of_theirs_nothing_was_missed():
    item = counted(an_item(), [an_attempt(50, AttemptKind.TRIED)], at(200))
    assert (item.state, item.closed_at, item.is_open) == (MissedState.WITHDRAWN, at(200), False)
    assert [state for state in MissedState if state.is_open] == [MissedState.MISSED, MissedState.CLAIMED]


@pytest.mark.parametrize(
    ("direction", "state"),
    [(Direction.OUTBOUND, MissedState.REACHED), (Direction.INBOUND, MissedState.CAME_BACK)],
)
def test_a_talk_settles_and_a_talk_that_was_none_opens_again(direction, state):
    talk = Talk(call_id=UUID(int=7), direction=direction, at=at(60), user_id=ANNA)
    claimed = an_item(state=MissedState.CLAIMED, claimed_by=ANNA, claimed_at=at(10))
    for before in (an_item(), claimed):
        closed = settled(before, talk, at(61))
        assert (closed.state, closed.closed_at, closed.closed_by) == (state, at(60), ANNA)
        assert replace(reopened(closed, at(62)), updated_at=T0) == before
        for do in (lambda item: given_up(item, ANNA, "x", at(63)), lambda item: released(item, at(63))):
            with pytest.raises(SettledError):
                do(closed)


def test_it_is_overdue_only_while_it_is_open():
    item = an_item()
    assert [item.is_overdue(at(1800)), item.is_overdue(at(1801))] == [False, True]
    assert not given_up(item, ANNA, "x", at(9)).is_overdue(at(9999))


def test_of_two_that_are_one_the_first_claim_and_the_sooner_time_count():
    mine = an_item(state=MissedState.CLAIMED, claimed_by=ANNA, claimed_at=at(20), owner_id=ANNA)
    other = an_item(state=MissedState.CLAIMED, claimed_by=BORIS, claimed_at=at(10), due_at=at(600))
    one = joined(mine, other)
    assert (one.claimed_by, one.state, one.due_at, one.owner_id) == (
        BORIS,
        MissedState.CLAIMED,
        at(600),
        ANNA,
    )
    assert joined(an_item(), an_item()).state is MissedState.MISSED
    assert joined(an_item(state=MissedState.GAVE_UP, closed_at=T0), other).state is MissedState.GAVE_UP


def test_who_sees_it():
    theirs = an_item(owner_id=BORIS)
    of_team = an_item(team_id=RETAIL)
    alone, mate = MissedSeen(user_id=ANNA), MissedSeen(user_id=ANNA, mates=frozenset({BORIS}))
    member = MissedSeen(user_id=ANNA, teams=frozenset({RETAIL}))
    assert [MissedSeen().has(theirs), alone.has(theirs), mate.has(theirs)] == [True, False, True]
    assert [alone.has(of_team), member.has(of_team), alone.has(an_item())] == [False, True, True]
    assert alone.has(replace(theirs, claimed_by=ANNA))


@pytest.mark.parametrize("minutes", [0, 10_081])
def test_a_time_that_is_none_is_refused(minutes):
    with pytest.raises(InvalidInputError):
        MissedRules(within_min=minutes)
