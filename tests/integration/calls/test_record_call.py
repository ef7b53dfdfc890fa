# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from crm_core.domain.call import (
    CallEnded,
    CallHeld,
    CallMerged,
    CallStarted,
    CallTransferred,
    Direction,
    LegAnswered,
    LegEnded,
    LegKind,
    LegRang,
    Transfer,
    TransferKind,
)
from crm_core.domain.client import PhoneNumber
from crm_core.domain.ids import new_id
from crm_core.domain.lead import LeadStatus
from crm_core.domain.narrowed import LeadFilter
from crm_core.domain.people import Device, DeviceKind, Extension, OwnNumber
from crm_core.domain.recording import RecordingState
from crm_core.usecases.mark_lead import mark_lead
from crm_core.usecases.record_call import record_call
from tests.support.calls import (
    OLGA,
    PBX,
    T0,
    a_call,
    a_leg,
    a_world,
    add_company,
    add_contact,
    at,
    ended,
    talking,
)


@pytest.fixture
async def world(store):
    return await a_world(store)


async def record(world, *events):
    for event in events:
        await record_call(event, world.store, world.feed, world.directory)


def answered_events(call, extension="101"):
    leg = call.legs[0]
    now = talking(call, extension)
    over = ended(now, extension=extension)
    return [
        CallStarted(call=replace(call, legs=()), at=T0),
        LegRang(call=call, at=at(2), leg=leg),
        LegAnswered(call=now, at=at(5), leg=now.legs[0]),
        LegEnded(call=over, at=at(65), leg=over.legs[0]),
        CallEnded(call=over, at=at(65)),
    ]


async def kept_of(world, call):
    async with world.store.read() as tx:
        return await tx.calls.get(call.id), await tx.communications.get(call.id)


async def test_an_answered_call_of_a_client_is_one_communication(world):
    olga = await add_contact(world.store)
    call = a_call()
    await record(world, *answered_events(call))
    kept, communication = await kept_of(world, call)
    assert kept.call == replace(ended(talking(call)), recordings=())
    assert kept.answered_user_id == world.anna.id
    assert (communication.contact_id, communication.user_id) == (olga.id, world.anna.id)
    assert (communication.place, communication.duration_s) == ("+74951112233", 60.0)
    assert communication.started_at == T0
    assert world.feed.data("communication")[-1]["contact_id"] == str(olga.id)


async def test_replaying_everything_changes_nothing(world):
    await add_contact(world.store)
    call = a_call()
    events = answered_events(call)
    await record(world, *events)
    before = await kept_of(world, call)
    await record(world, *events, *events[2:3], *events)
    assert await kept_of(world, call) == before


async def test_an_old_snapshot_does_not_reopen_an_ended_call(world):
    call = a_call()
    events = answered_events(call)
    await record(world, *events)
    sent = len(world.feed.sent)
    await record(world, events[2])
    kept, _ = await kept_of(world, call)
    assert kept.call.ended_at == at(65)
    assert len(world.feed.sent) == sent


async def test_the_person_is_who_had_the_phone_at_that_time(world):
    """101 was Anna's until the day before yesterday; then Boris took over her phone and number."""
    moved = at(-86400 * 2)
    async with world.store.begin() as tx:
        for device in await tx.people.devices():
            if device.device == "PJSIP/101":
                await tx.people.end_device(device.id, moved)
        for extension in await tx.people.extensions():
            if extension.extension == "101":
                await tx.people.end_extension(extension.id, moved)
        new = {"user_id": world.boris.id, "pbx": PBX, "valid_from": moved}
        await tx.people.add_device(Device(id=new_id(T0), device="PJSIP/101", kind=DeviceKind.DESK, **new))
        await tx.people.add_extension(Extension(id=new_id(T0), extension="101", **new))
    call = a_call()
    await record(world, CallEnded(call=ended(talking(call)), at=at(65)))
    kept, _ = await kept_of(world, call)
    assert kept.answered_user_id == world.boris.id
    old = a_call(
        "1794000000.7", started_at=at(-86400 * 30), legs=(a_leg(rang=-86400 * 30, answered=-86400 * 30 + 1),)
    )
    await record(world, CallEnded(call=ended(old), at=None))
    kept, _ = await kept_of(world, old)
    assert kept.legs[0].user_id == world.anna.id


async def test_an_unknown_caller_becomes_one_lead_however_often_they_call(world):
    first, second = a_call(caller="+79990001122"), a_call("1795165300.1", caller="8 (999) 000-11-22")
    await record(
        world, CallEnded(call=ended(first), at=at(65)), CallEnded(call=ended(talking(second)), at=at(65))
    )
    _, one = await kept_of(world, first)
    _, two = await kept_of(world, second)
    assert one.lead_id == two.lead_id is not None
    async with world.store.read() as tx:
        lead = await tx.leads.get(one.lead_id)
    assert (lead.e164, lead.status) == ("+79990001122", LeadStatus.OPEN)


@pytest.mark.parametrize(
    "caller", [None, "anonymous", "'; DROP TABLE call; --", "${SHELL(x)}", "9" * 300, "x\r\ny"]
)
async def test_a_withheld_or_hostile_number_is_kept_as_a_call_and_nothing_else(world, caller):
    call = a_call(caller=caller)
    await record(world, *answered_events(call))
    kept, communication = await kept_of(world, call)
    assert kept.call.caller == caller
    assert communication is None
    async with world.store.read() as tx:
        assert await tx.leads.page(LeadFilter(), None, 10) == []


async def test_our_own_number_is_never_a_client(world):
    async with world.store.begin() as tx:
        await tx.people.add_own_number(OwnNumber(id=new_id(T0), e164="+79160000009", label="Anna's mobile"))
    call = a_call(caller="+79160000009")
    world.directory.clients.set_own(["+79160000009"])
    await record(world, *answered_events(call))
    _, communication = await kept_of(world, call)
    assert communication is None


async def test_a_number_shared_by_people_of_one_company_is_one_communication_of_the_company(world):
    company = await add_company(world.store)
    await add_contact(world.store, "Maria", company=company)
    await add_contact(world.store, "Pavel", company=company)
    call = a_call()
    await record(world, *answered_events(call))
    _, communication = await kept_of(world, call)
    assert (communication.contact_id, communication.company_id) == (None, company.id)


async def test_an_internal_call_is_no_communication_and_raises_no_card(world):
    call = a_call(caller="102", direction=Direction.INTERNAL, dialled="101")
    await record(world, *answered_events(call))
    kept, communication = await kept_of(world, call)
    assert kept is not None
    assert communication is None
    assert world.feed.sent == []


async def test_outbound_to_a_stranger_makes_no_lead_but_finds_one(world):
    legs = (a_leg(),)
    out = a_call(caller="101", dialled="+79990001122", direction=Direction.OUTBOUND, legs=legs)
    await record(world, CallEnded(call=ended(talking(out)), at=at(65)))
    assert (await kept_of(world, out))[1] is None
    await record(world, CallEnded(call=ended(a_call("1795165300.5", caller="+79990001122")), at=at(65)))
    again = replace(out, id=new_id(T0), linkedids=("1795165400.1",))
    await record(world, CallEnded(call=ended(again), at=at(65)))
    _, communication = await kept_of(world, again)
    assert communication.lead_id is not None
    assert communication.user_id == world.anna.id


async def test_calls_of_a_spammer_stay_out_of_statistics(world):
    first = a_call(caller="+79990001122")
    await record(world, CallEnded(call=ended(first), at=at(65)))
    lead_id = (await kept_of(world, first))[1].lead_id
    await mark_lead(world.store, world.anna, lead_id, status=LeadStatus.SPAM, now=at(100))
    second = a_call("1795165300.1", caller="+79990001122")
    await record(world, CallEnded(call=ended(second), at=at(165)))
    for call in (first, second):
        _, communication = await kept_of(world, call)
        assert (communication.lead_id, communication.in_statistics) == (lead_id, False)


async def test_what_the_operator_wrote_survives_the_end_of_the_call(world):
    await add_contact(world.store)
    call = a_call()
    events = answered_events(call)
    await record(world, *events[:3])
    _, communication = await kept_of(world, call)
    async with world.store.begin() as tx:
        await tx.communications.save(replace(communication, result="order", note="wants 20 boxes"))
    await record(world, *events[3:])
    _, after = await kept_of(world, call)
    assert (after.result, after.note, after.duration_s) == ("order", "wants 20 boxes", 60.0)


async def test_two_calls_that_turn_out_to_be_one(world):
    olga = await add_contact(world.store)
    elder, younger = a_call(), a_call("1795165202.9")
    await record(world, *answered_events(elder)[:3], *answered_events(younger)[:3])
    joined = replace(talking(elder), linkedids=(*elder.linkedids, *younger.linkedids))
    await record(world, CallMerged(call=joined, at=at(20), merged=younger.id))
    await record(world, CallEnded(call=ended(joined), at=at(65)))
    kept, communication = await kept_of(world, younger)
    assert kept.call.id == elder.id
    assert set(kept.call.linkedids) == {"1795165200.1", "1795165202.9"}
    assert communication is None
    async with world.store.read() as tx:
        timeline = await tx.communications.timeline(contact_id=olga.id)
        assert [item.communication.id for item in timeline] == [elder.id]
        assert (await tx.calls.by_linkedid(PBX, "1795165202.9")).call.id == elder.id
    await record(world, CallEnded(call=ended(talking(younger)), at=at(65)))  # a late word of the younger
    async with world.store.read() as tx:
        assert (await tx.calls.by_linkedid(PBX, "1795165202.9")).call.id == elder.id


async def test_ring_all_losers_lose_the_card(world):
    call = a_call(legs=(a_leg("101"), a_leg("102")))
    await record(world, *(LegRang(call=call, at=at(2), leg=leg) for leg in call.legs))
    for person in (world.anna, world.boris):
        assert world.feed.kinds(person) == ["pop", "pop.raised", "call"]
    now = talking(call)
    await record(world, LegAnswered(call=now, at=at(5), leg=now.legs[0]))
    assert world.feed.data("pop.closed", world.boris) == [
        {
            "call_id": str(call.id),
            "user_id": str(world.boris.id),
            "reason": "answered_elsewhere",
            "by": "Anna",
        }
    ]
    assert world.feed.data("call", world.anna)[-1]["state"] == "talking"
    assert world.feed.data("pop.closed", world.anna) == []


@pytest.mark.parametrize("is_answered", [True, False])
async def test_a_loser_is_told_why_once_it_is_known(world, is_answered):
    """Asterisk says 'cancelled' to the others a moment before it says who answered."""
    call = a_call(legs=(a_leg("101"), a_leg("102")))
    cancelled = replace(call.legs[1], ended_at=at(5), end_reason="cancelled")
    call_then = replace(call, legs=(call.legs[0], cancelled))
    await record(world, *(LegRang(call=call, at=at(2), leg=leg) for leg in call.legs))
    await record(world, LegEnded(call=call_then, at=at(5), leg=cancelled))
    assert world.feed.data("pop.closed", world.boris) == []
    now = talking(call_then)
    over = ended(
        replace(call, legs=(replace(call.legs[0], ended_at=at(5), end_reason="cancelled"), cancelled))
    )
    then = LegAnswered(call=now, at=at(5), leg=now.legs[0]) if is_answered else CallEnded(call=over, at=at(5))
    await record(world, then)
    (closed,) = world.feed.data("pop.closed", world.boris)
    assert closed["reason"] == ("answered_elsewhere" if is_answered else "caller_left")


async def test_people_shown_the_card_as_next_lose_it_when_another_answers_or_the_caller_leaves(world):
    for linkedid, is_answered in (("1795165200.1", True), ("1795165201.1", False)):
        world.feed.sent.clear()
        call = a_call(linkedid)
        world.directory.pops.note(
            call.id, {"pop": "1", "call_id": str(call.id)}, [world.anna.id, world.boris.id]
        )
        events = answered_events(call)
        await record(world, *(events if is_answered else [CallEnded(call=ended(call), at=at(65))]))
        reason = world.feed.data("pop.closed", world.boris)[0]["reason"]
        assert reason == ("answered_elsewhere" if is_answered else "caller_left")
        assert world.directory.pops.head(call.id) is None


async def test_after_a_blind_transfer_the_new_person_sees_from_whom(world):
    call = talking(a_call())
    head = {"pop": "p", "call_id": str(call.id), "stage": "first", "why": [{"code": "manager", "params": {}}]}
    world.directory.pops.note(call.id, head, [world.anna.id])
    handed = Transfer(kind=TransferKind.BLIND, by="101", to="102", completed=True, at=at(30))
    first = replace(call.legs[0], ended_at=at(30), talk_s=25.0, end_reason="transferred")
    after = replace(call, transfers=(handed,), legs=(first, a_leg("102", rang=31)))
    await record(
        world,
        CallTransferred(call=after, at=at(30), transfer=handed),
        LegEnded(call=after, at=at(30), leg=first),
        LegRang(call=after, at=at(31), leg=after.legs[1]),
    )
    pop = world.feed.data("pop", world.boris)[0]
    assert pop["from"] == {"name": "Anna", "talk_s": 25.0}
    assert pop["why"] == head["why"]
    assert world.feed.kinds(world.boris)[1:] == ["pop", "pop.raised", "call"]
    assert world.feed.data("call", world.anna)[-1]["state"] == "ended"


async def test_after_an_attended_transfer_the_new_person_sees_the_client(world):
    await add_contact(world.store)
    handed = Transfer(kind=TransferKind.ATTENDED, by="101", to="102", completed=True, at=at(30))
    call = talking(a_call())
    given = replace(call.legs[0], talk_s=25.0)
    taken = replace(a_leg("102", rang=20), answered_at=at(22))
    after = replace(call, transfers=(handed,), legs=(given, taken))
    await record(world, CallTransferred(call=after, at=at(30), transfer=handed))
    assert world.feed.data("pop", world.boris)[0]["from"] == {"name": "Anna", "talk_s": 25.0}
    assert world.feed.data("call", world.boris)[-1]["state"] == "talking"


async def test_who_dials_sees_whom_they_call_and_when_it_is_over(world):
    legs = (
        replace(a_leg(), rang_at=None),
        replace(a_leg("x"), party=OLGA, kind=LegKind.EXTERNAL, device="PJSIP/t"),
    )
    call = a_call(caller="101", dialled=OLGA, direction=Direction.OUTBOUND, legs=legs)
    await record(world, LegRang(call=call, at=at(1), leg=legs[1]), LegRang(call=call, at=at(2), leg=legs[1]))
    assert [pop["direction"] for pop in world.feed.data("pop", world.anna)] == ["outbound"]
    await record(world, CallEnded(call=ended(call), at=at(20)))
    assert world.feed.data("call", world.anna)[-1]["state"] == "ended"


async def test_hold_is_shown(world):
    call = talking(a_call())
    await record(world, CallHeld(call=call, at=at(9), leg=call.legs[0]))
    assert world.feed.data("call", world.anna)[-1]["state"] == "held"


async def test_a_recorded_answered_call_waits_for_its_file(world):
    names = ("1795165200.1_1795165200.1.raw", "../../etc/passwd", "/spool/1795165200.1_1795165200.4.raw")
    call = replace(a_call(), recordings=names)
    await record(
        world,
        CallEnded(call=ended(talking(call)), at=at(65)),
        CallEnded(call=ended(talking(call)), at=at(65)),
    )
    async with world.store.read() as tx:
        rows = (await tx.recordings.of_calls([call.id]))[call.id]
    assert [(row.source_name, row.state) for row in rows] == [
        ("1795165200.1_1795165200.1.raw", RecordingState.WAITING),
        ("1795165200.1_1795165200.4.raw", RecordingState.WAITING),
    ]


async def test_an_unanswered_call_expects_no_recording(world):
    call = replace(a_call(), recordings=("1795165200.1_1795165200.1.raw",))
    await record(world, CallEnded(call=ended(call), at=at(65)))
    async with world.store.read() as tx:
        assert await tx.recordings.of_calls([call.id]) == {}


async def test_a_number_on_the_company_itself(world):
    company = await add_company(world.store)
    number = PhoneNumber(id=new_id(T0), e164=OLGA, raw=OLGA, created_at=T0, company_id=company.id)
    async with world.store.begin() as tx:
        await tx.clients.add_phone_numbers([number])
    call = a_call()
    await record(world, *answered_events(call))
    _, communication = await kept_of(world, call)
    assert (communication.contact_id, communication.company_id) == (None, company.id)
