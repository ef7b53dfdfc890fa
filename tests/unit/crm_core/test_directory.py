# SPDX-License-Identifier: Apache-2.0
"""Who is who in memory, and what call events teach it."""

from array import array
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.call import (
    Call,
    CallEnded,
    CallMerged,
    Direction,
    Leg,
    LegAnswered,
    LegEnded,
    LegKind,
    LegRang,
)
from crm_core.domain.directory.number_index import GONE, NumberIndex
from crm_core.domain.directory.owner_table import OwnerTable
from crm_core.domain.directory.presence import RESERVED_FOR
from tests.support.routing import ANNA, BORIS, CLARA, DID, MARIA, NOW, OLGA, PHONES, a_house, an_operator

CALL = Call(
    id=UUID(int=900),
    pbx="main",
    boot="",
    linkedids=("1.1",),
    direction=Direction.INBOUND,
    caller=PHONES[OLGA],
    caller_name=None,
    dialled=DID,
    started_at=NOW,
)
RINGS = Leg(uniqueid="1.2", device="PJSIP/101", party="101", kind=LegKind.OPERATOR, rang_at=NOW)
TALKS = replace(RINGS, answered_at=NOW + timedelta(seconds=5))
DONE = replace(TALKS, ended_at=NOW + timedelta(seconds=65), talk_s=60.0, end_reason="hangup")
SILENT = replace(RINGS, ended_at=NOW + timedelta(seconds=15), end_reason="no_answer")


def call(*legs, **more):
    return replace(CALL, legs=legs, **more)


def rang(leg=RINGS):
    return LegRang(call=call(leg), leg=leg, at=NOW)


def ended(leg):
    return LegEnded(call=call(leg), leg=leg, at=leg.ended_at)


def over(*legs):
    return CallEnded(call=call(*legs, ended_at=NOW + timedelta(seconds=66)), at=NOW + timedelta(seconds=66))


@given(
    st.lists(st.tuples(st.integers(10**7, 10**8), st.integers(0, 1000)), max_size=50),
    st.lists(st.tuples(st.integers(10**7, 10**8), st.integers(-1, 1000)), max_size=50),
)
def test_the_index_is_a_dict(loaded, later):
    index, model = NumberIndex(), {}
    for number, owner in loaded:
        model.setdefault(number, owner)
    index.load(array("q", [number for number, _ in loaded]), array("i", [owner for _, owner in loaded]))
    for number, owner in [*later, *((number, 7) for number, _ in loaded[:3])]:
        index.put(number, owner)
        model[number] = owner
    assert all(index.get(number) == owner for number, owner in model.items())
    assert index.get(5) == GONE
    assert index.numbers_of([7]) == {number for number, owner in model.items() if owner == 7}
    assert set(index.every()) == {number for number, owner in model.items() if owner != GONE}


@given(st.sets(st.uuids(), max_size=40), st.lists(st.tuples(st.uuids(), st.text()), max_size=20))
def test_the_table_finds_every_row(first, later):
    table, names = OwnerTable(1), {}
    ids = sorted(one.bytes for one in first)
    table.append_many(ids, [str(one) for one in ids], [-1] * len(ids), [-1] * len(ids))
    names |= {one: str(one.bytes) for one in first}
    for one, name in later:
        table.add(one, name)
        names[one] = name
    assert len(table) == len(names)
    for one, name in names.items():
        row = table.find(one.bytes)
        assert (table.id(row), table.name(row)) == (one, name)
    assert table.find(b"x" * 16) == -1


def test_rows_out_of_order_are_refused():
    table = OwnerTable(0)
    with pytest.raises(ValueError, match="order of their ids"):
        for one in (b"b" * 16, b"a" * 16):
            table.append_many([one], ["x"], [-1], [-1])


def test_a_ringing_operator_is_in_a_call_until_it_ends():
    directory = a_house()
    directory.note_call_event(rang())
    assert directory.presence.person(ANNA).calls
    assert not directory.presence.person(BORIS).calls
    directory.note_call_event(ended(SILENT))
    assert not directory.presence.person(ANNA).calls


def test_an_event_told_twice_changes_nothing():
    directory = a_house()
    for event in (rang(), rang(), ended(DONE), ended(DONE), over(DONE), over(DONE)):
        directory.note_call_event(event)
    assert not directory.presence.person(ANNA).calls
    assert directory.presence.person(ANNA).last_talk_at == DONE.ended_at


def test_a_call_whose_leg_was_never_told_to_end():
    directory = a_house()
    directory.note_call_event(LegAnswered(call=call(TALKS), leg=TALKS, at=NOW))
    directory.note_call_event(over(TALKS))
    assert not directory.presence.person(ANNA).calls


def test_the_younger_of_two_joined_calls_keeps_nobody():
    directory = a_house()
    directory.note_call_event(rang())
    joined = replace(CALL, id=UUID(int=901))
    directory.note_call_event(CallMerged(call=joined, merged=CALL.id, at=NOW))
    assert not directory.presence.person(ANNA).calls


def test_who_talked_last_is_known_to_the_client_and_the_operator():
    directory = a_house()
    directory.note_call_event(ended(DONE))
    party = directory.identify(PHONES[OLGA])
    assert (party.last_operator_id, party.last_talk_at) == (ANNA, DONE.ended_at)
    assert directory.presence.person(ANNA).last_talk_at == DONE.ended_at


def test_an_outbound_call_counts_as_a_talk_too():
    directory = a_house()
    outbound = call(DONE, direction=Direction.OUTBOUND, caller="101", dialled=PHONES[MARIA])
    directory.note_call_event(CallEnded(call=outbound, at=DONE.ended_at))
    assert directory.identify(PHONES[MARIA]).last_operator_id == ANNA


def test_ringing_alone_is_no_talk():
    directory = a_house()
    directory.note_call_event(ended(SILENT))
    assert directory.identify(PHONES[OLGA]).last_operator_id is None
    assert directory.presence.person(ANNA).no_answer_at == SILENT.ended_at


def test_an_answered_call_makes_good_for_one_that_rang_out():
    directory = a_house()
    directory.note_call_event(ended(SILENT))
    directory.note_call_event(ended(DONE))
    assert directory.presence.person(ANNA).no_answer_at is None


def test_an_older_talk_told_later_changes_nothing():
    directory = a_house()
    directory.note_call_event(ended(DONE))
    older = replace(DONE, device="PJSIP/102", party="102", ended_at=NOW - timedelta(days=1))
    directory.note_call_event(ended(older))
    assert directory.identify(PHONES[OLGA]).last_operator_id == ANNA


def test_a_reservation_ends_with_the_leg():
    directory = a_house()
    directory.presence.reserve([ANNA], CALL.id, NOW)
    assert directory.presence.person(ANNA).is_reserved(NOW + RESERVED_FOR - timedelta(milliseconds=1))
    assert not directory.presence.person(ANNA).is_reserved(NOW + RESERVED_FOR)
    directory.note_call_event(ended(SILENT))
    assert not directory.presence.person(ANNA).is_reserved(NOW)


def test_another_calls_leg_does_not_end_a_reservation():
    directory = a_house()
    directory.presence.reserve([ANNA], UUID(int=902), NOW)
    directory.note_call_event(ended(SILENT))
    assert directory.presence.person(ANNA).is_reserved(NOW)


def test_a_person_is_found_by_extension_where_the_device_says_nothing():
    directory = a_house()
    assert directory.presence.who("main", None, "101") == ANNA
    assert directory.presence.who("main", "PJSIP/trunk", "103") == CLARA
    assert directory.presence.who("branch", "PJSIP/101", "101") is None


def test_a_contact_without_a_manager_has_the_companys():
    directory = a_house()
    directory.clients.put_company(UUID(int=4), "Northern Lights LLC", BORIS)
    assert directory.identify(PHONES[MARIA]).manager_id == BORIS


def test_a_number_of_a_company_itself():
    directory = a_house()
    directory.clients.put_number("+74950000004", "company", UUID(int=4))
    party = directory.identify("+7 495 000-00-04")
    assert (party.kind, party.name, party.company_id) == ("company", "Northern Lights LLC", UUID(int=4))
    assert party.turnover["30d"] == 640_000_00


def test_people_who_left_are_known_by_nothing():
    directory = a_house()
    directory.set_people([an_operator(BORIS)], [])
    assert directory.operator_by_extension("main", "101") is None
    assert directory.operator(ANNA) is None
    assert directory.identify(PHONES[OLGA]).manager_id == ANNA


def test_a_pbx_may_have_a_region_of_its_own():
    directory = a_house()
    directory.regions["kyiv"] = "UA"
    assert directory.normalise("044 123 45 67", directory.region_of("kyiv")) == "+380441234567"
    assert directory.region_of("main") == "RU"


def test_times_are_aware():
    directory = a_house()
    directory.note_call_event(ended(DONE))
    assert directory.identify(PHONES[OLGA]).last_talk_at.tzinfo is UTC
    assert directory.identify(PHONES[OLGA]).last_talk_at > datetime(2026, 1, 1, tzinfo=UTC)
