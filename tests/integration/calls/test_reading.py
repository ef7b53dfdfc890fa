# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from crm_core.domain.call import CallEnded, Direction, Disposition
from crm_core.domain.call_history import CallFilter
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.people import Team
from crm_core.domain.recording import Peaks, Recording, RecordingState
from crm_core.usecases.access_call import access_call, access_communication, scope_of
from crm_core.usecases.edit_communication import CommunicationPatch, edit_communication
from crm_core.usecases.play_recording import play_recording
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
    ids,
    talking,
)


@pytest.fixture
async def world(store):
    return await a_world(store)


async def put(world, call):
    await record_call(CallEnded(call=call, at=at(65)), world.store, world.feed, world.directory)
    return call


async def put_many(world, count=7):
    """Every second one answered by Anna, the others missed by Boris; two of each second begin together."""
    made = []
    for number in range(count):
        begun = at(-100 * (number // 2))
        extension = "101" if number % 2 else "102"
        call = a_call(f"17951652{number:02}.1", started_at=begun, legs=(a_leg(extension),))
        made.append(
            await put(world, ended(talking(call, extension) if number % 2 else call, extension=extension))
        )
    return made


EVERYTHING = CallFilter()


async def page(world, which=EVERYTHING, after=None, limit=100):
    async with world.store.read() as tx:
        return await tx.calls.page(which, after, limit)


async def test_pages_hold_every_call_once_newest_first(world):
    made = await put_many(world)
    seen, after = [], None
    while rows := await page(world, after=after, limit=3):
        seen += rows
        after = rows[-1].cursor
    assert [row.id for row in seen] == [
        call.id for call in sorted(made, key=lambda call: (call.started_at, call.id), reverse=True)
    ]


async def test_filters(world):
    made = await put_many(world)
    answered, missed = ids(made[1::2]), ids(made[0::2])
    assert ids(await page(world, CallFilter(missed=True))) == missed
    assert ids(await page(world, CallFilter(disposition=Disposition.ANSWERED))) == answered
    assert ids(await page(world, CallFilter(user_id=world.anna.id))) == answered
    assert ids(await page(world, CallFilter(tail="100-00-01"))) == ids(made)
    for other in ("99", "no digits", "'; --"):
        assert await page(world, CallFilter(tail=other)) == []
    assert ids(await page(world, CallFilter(since=at(-100), until=at(0)))) == ids(made[2:4])
    assert await page(world, CallFilter(direction=Direction.OUTBOUND)) == []
    async with world.store.begin() as tx:
        team = Team(id=new_id(T0), name="retail", members=frozenset({world.boris.id}))
        await tx.people.add_team(team)
    assert ids(await page(world, CallFilter(team_id=team.id))) == missed


async def test_an_operator_sees_their_calls_and_those_of_their_clients(world):
    await add_contact(world.store, manager=world.anna)
    company = await add_company(world.store, manager=world.anna)
    await add_contact(world.store, "Maria", "+79161000003", company=company)
    of_olga = await put(world, ended(talking(a_call(legs=(a_leg("102"),)), "102"), extension="102"))
    of_maria = await put(world, ended(a_call("2.2", caller="+79161000003", legs=())))
    strange = await put(
        world, ended(talking(a_call("3.3", caller="+79990001122", legs=(a_leg("102"),)), "102"))
    )
    mine = await put(world, ended(talking(a_call("4.4", caller="+79990001133"))))
    seen = ids(await page(world, CallFilter(only_users=scope_of(world.anna))))
    assert seen == ids([of_olga, of_maria, mine])
    assert scope_of(world.sofia) is None
    async with world.store.read() as tx:
        for call in (of_olga, of_maria, mine):
            await access_call(tx, world.anna, call.id)
            await access_communication(tx, world.anna, call.id)
        await access_call(tx, world.sofia, strange.id)
        for unseen in (strange.id, new_id(T0)):
            with pytest.raises(NotFoundError):
                await access_call(tx, world.anna, unseen)
            with pytest.raises(NotFoundError):
                await access_communication(tx, world.anna, unseen)


async def test_a_timeline_tells_the_call_its_legs_and_its_recording(world):
    olga = await add_contact(world.store)
    call = await put(world, ended(talking(a_call())))
    recording = await a_recording(world, call)
    async with world.store.read() as tx:
        (item,) = await tx.communications.timeline(contact_id=olga.id)
        assert await tx.communications.timeline(contact_id=olga.id, after=item.cursor) == []
    assert (item.user, item.contact) == ("Anna", "Olga Petrova")
    assert item.call.disposition is Disposition.ANSWERED
    assert item.call.answered_user == "Anna"
    assert item.call.recordings == (recording,)
    assert [kept.user_id for kept in item.legs] == [world.anna.id]


async def a_recording(world, call, **fields):
    made = Recording(
        id=new_id(T0),
        call_id=call.id if call else None,
        pbx=PBX,
        linkedid="1.1",
        uniqueid="1.1",
        state=RecordingState.READY,
        source_name="1.1_1.1.raw",
        created_at=T0,
        storage_key="2026/11/20/x.ogg",
        duration_s=60.0,
        peaks=Peaks([1, 2], [3, 4]),
    )
    made = replace(made, **fields)
    async with world.store.begin() as tx:
        assert await tx.recordings.expect(made)
        assert not await tx.recordings.expect(made)
    return made


async def test_each_listening_is_checked_and_written_down(world):
    call = await put(world, ended(talking(a_call())))
    recording = await a_recording(world, call)
    for person in (world.anna, world.sofia):
        assert (
            await play_recording(world.store, person, recording.id, now=at(100), ip="127.0.0.1") == recording
        )
    with pytest.raises(NotFoundError):
        await play_recording(world.store, world.boris, recording.id, now=at(100))
    async with world.store.read() as tx:
        assert await tx.recordings.last_play(recording.id, world.anna.id) == at(100)
        assert await tx.recordings.last_play(recording.id, world.boris.id) is None
        trail = await tx.audit.of("recording", recording.id)
        assert [entry.actor.name for entry in trail if entry.action == "play"] != []
        assert len(trail) == 2


async def test_ranges_of_one_listening_are_one_play(world):
    call = await put(world, ended(talking(a_call())))
    recording = await a_recording(world, call)
    plays = [(100, False), (101, False), (102, True), (103, False), (102 + 3700, False)]
    for moment, from_start in plays:
        await play_recording(world.store, world.anna, recording.id, now=at(moment), from_start=from_start)
    async with world.store.read() as tx:
        assert len(await tx.audit.of("recording", recording.id)) == 3


@pytest.mark.parametrize("state", [RecordingState.EMPTY, RecordingState.MISSING, RecordingState.DAMAGED])
async def test_there_is_nothing_to_play(world, state):
    call = await put(world, ended(talking(a_call())))
    recording = await a_recording(world, call, state=state)
    with pytest.raises(NotFoundError):
        await play_recording(world.store, world.anna, recording.id, now=at(100))


async def test_a_recording_of_no_known_call_is_for_supervisors(world):
    recording = await a_recording(world, None)
    await play_recording(world.store, world.sofia, recording.id, now=at(100))
    with pytest.raises(NotFoundError):
        await play_recording(world.store, world.anna, recording.id, now=at(100))


async def test_the_result_of_a_call_is_chosen_and_audited(world):
    await add_contact(world.store)
    call = await put(world, ended(talking(a_call())))
    patch = CommunicationPatch(result="order", note=" wants 20 boxes ")
    after = await edit_communication(world.store, world.anna, call.id, patch, now=at(100))
    assert (after.result, after.note) == ("order", "wants 20 boxes")
    await edit_communication(world.store, world.anna, call.id, patch, now=at(101))
    async with world.store.read() as tx:
        assert await tx.communications.get(call.id) == after
        (entry,) = await tx.audit.of("communication", call.id)
        assert (entry.before, entry.after["note"]) == ({"result": None, "note": None}, "wants 20 boxes")
    emptied = await edit_communication(
        world.store, world.anna, call.id, CommunicationPatch(note=""), now=at(102)
    )
    assert (emptied.result, emptied.note) == ("order", None)
    with pytest.raises(NotFoundError):
        await edit_communication(world.store, world.boris, call.id, patch, now=at(103))
    for bad in ("x" * 10_001, "a\0b"):
        with pytest.raises(InvalidInputError):
            await edit_communication(
                world.store, world.anna, call.id, CommunicationPatch(note=bad), now=at(103)
            )


async def test_an_empty_file_of_an_unanswered_call_is_not_shown(world):
    call = await put(world, ended(a_call(caller=OLGA)))
    await a_recording(world, call, state=RecordingState.EMPTY)
    assert (await page(world))[0].recordings == ()


async def test_calls_that_never_ended_are_found(world):
    from crm_core.domain.call import LegAnswered

    now = talking(a_call())
    await record_call(
        LegAnswered(call=now, at=at(5), leg=now.legs[0]), world.store, world.feed, world.directory
    )
    async with world.store.read() as tx:
        assert list(await tx.calls.unfinished(PBX, at(1))) == [now.id]
        assert list(await tx.calls.unfinished(PBX, at(0))) == []
