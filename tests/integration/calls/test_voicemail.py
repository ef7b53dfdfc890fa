# SPDX-License-Identifier: Apache-2.0
"""Messages: how they come into the inbox, whose they are, who may do what with them."""

from dataclasses import replace

import pytest

from crm_core.domain.call import CallEnded, Disposition, Leg, LegKind
from crm_core.domain.call_history import Cursor
from crm_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.people import OwnNumber, Role, Team, User
from crm_core.domain.recording import Recording, RecordingState
from crm_core.domain.voicemail import VoicemailFilter, VoicemailState
from crm_core.usecases.access_call import access_call
from crm_core.usecases.assign_voicemail import assign_voicemail
from crm_core.usecases.close_voicemail import close_voicemail
from crm_core.usecases.dismiss_person import dismiss
from crm_core.usecases.play_recording import play_recording
from crm_core.usecases.record_call import record_call
from crm_core.usecases.reopen_voicemail import reopen_voicemail
from crm_core.usecases.trail import Trail
from tests.support.builders import ANNA
from tests.support.calls import T0, a_call, a_world, add_contact, at

DID = "+74951112233"


@pytest.fixture
async def world(store):
    return await a_world(store)


def a_message(**more):
    """Rang, greeted at 20, spoke from 29 to 40."""
    leg = Leg(
        uniqueid="",
        device=None,
        party="default",
        kind=LegKind.VOICEMAIL,
        answered_at=at(29),
        ended_at=at(40),
        end_reason="message_left",
    )
    call = a_call(**more)
    return replace(
        call, legs=(*call.legs, leg), disposition=Disposition.VOICEMAIL, missed=True, ended_at=at(40)
    )


async def left(world, call=None):
    call = call or a_message()
    await record_call(CallEnded(call=call, at=call.ended_at), world.store, world.feed, world.directory)
    return call


async def a_colleague(world, login):
    user = User(id=new_id(T0), login=login, name=login.title(), role=Role.OPERATOR, created_at=T0)
    async with world.store.begin() as tx:
        await tx.people.add_user(user, "x")
    return user


async def a_team(world, *members):
    team = Team(id=new_id(T0), name="retail", members=frozenset(one.id for one in members))
    async with world.store.begin() as tx:
        await tx.people.add_team(team)
        number = OwnNumber(id=new_id(T0), e164=DID, label="Main", kind="did", team_id=team.id)
        await tx.people.add_own_number(number)
    return team


async def inbox(world, **which):
    async with world.store.read() as tx:
        return await tx.voicemails.page(VoicemailFilter(**which), None, 50)


async def test_a_message_of_a_client_waits_for_their_manager(world):
    olga = await add_contact(world.store, manager=world.anna)
    call = await left(world)
    (row,) = await inbox(world, state=VoicemailState.OPEN)
    one = row.voicemail
    assert (one.id, one.mailbox, one.did, one.left_at) == (call.id, "default", DID, at(40))
    assert (one.began_at, one.assigned_to, row.contact_id) == (at(29), world.anna.id, olga.id)
    (told,) = world.feed.data("voicemail")
    assert told == {
        "id": str(call.id),
        "state": "open",
        "assigned_to": str(world.anna.id),
        "by": None,
    }


async def test_told_again_it_is_one_message_and_what_was_done_with_it_stays(world):
    call = await left(world)
    await close_voicemail(world.store, world.feed, world.anna, call.id, now=at(100))
    await left(world, replace(call, ended_at=at(41)))
    (row,) = await inbox(world)
    assert (row.voicemail.closed_by, row.voicemail.left_at) == (world.anna.id, at(41))
    assert len(world.feed.data("voicemail")) == 2  # left, closed


async def test_a_call_without_a_message_is_not_in_the_inbox(world):
    call = replace(a_message(), disposition=Disposition.ABANDONED)
    await left(world, call)
    assert await inbox(world) == []


async def test_the_words_begin_after_the_greeting(world):
    call = await left(world)
    recording = Recording(
        id=new_id(at(41)),
        call_id=call.id,
        pbx="main",
        linkedid=call.linkedids[0],
        uniqueid=call.linkedids[0],
        state=RecordingState.READY,
        source_name="x.raw",
        created_at=at(41),
        storage_key="x.ogg",
        duration_s=39.0,
        started_at=at(1),
        ended_at=at(40),
    )
    async with world.store.begin() as tx:
        await tx.recordings.expect(recording)
        await tx.recordings.save(recording)
    (row,) = await inbox(world)
    assert (row.starts_at_s, row.seconds) == (28.0, 11.0)
    await play_recording(world.store, world.anna, recording.id, now=at(60))
    await play_recording(world.store, world.anna, recording.id, now=at(90))
    (row,) = await inbox(world)
    assert (row.voicemail.heard_at, row.voicemail.heard_by) == (at(60), world.anna.id)


async def test_a_message_to_a_teams_number_is_for_the_team_until_somebody_has_it(world):
    boris, clara = world.boris, await a_colleague(world, "clara")
    await a_team(world, boris)
    call = await left(world)
    assert [row.team for row in await inbox(world, visible_to=boris.id)] == ["retail"]
    assert await inbox(world, visible_to=clara.id) == []
    async with world.store.read() as tx:
        await access_call(tx, boris, call.id)  # so its recording can be heard too
        with pytest.raises(NotFoundError):
            await access_call(tx, clara, call.id)
    with pytest.raises(NotFoundError):
        await assign_voicemail(world.store, world.feed, clara, call.id, clara.id, now=at(60))
    await assign_voicemail(world.store, world.feed, boris, call.id, clara.id, now=at(60))
    assert await inbox(world, visible_to=boris.id) == []
    assert len(await inbox(world, visible_to=clara.id, assigned_to=clara.id)) == 1
    assert world.feed.data("voicemail")[-1]["by"] == str(boris.id)


async def test_two_who_look_at_the_same_message_do_not_both_take_it(world):
    boris = world.boris
    call = await left(world)
    (row,) = await inbox(world)
    seen = row.voicemail.updated_at
    await assign_voicemail(world.store, world.feed, boris, call.id, boris.id, now=at(60), seen=seen)
    sofia = world.sofia
    with pytest.raises(ConflictError):
        await assign_voicemail(world.store, world.feed, sofia, call.id, sofia.id, now=at(61), seen=seen)
    assert [one.voicemail.assigned_to for one in await inbox(world)] == [boris.id]


async def test_nobody_that_is_not_there_is_given_anything(world):
    call = await left(world)
    with pytest.raises(InvalidInputError):
        await assign_voicemail(world.store, world.feed, world.anna, call.id, new_id(T0), now=at(60))


async def test_closed_opened_again_and_all_of_it_is_written_down(world):
    call = await left(world)
    boris = world.boris
    await close_voicemail(world.store, world.feed, world.anna, call.id, now=at(60))
    await close_voicemail(world.store, world.feed, boris, call.id, now=at(70))
    (row,) = await inbox(world, state=VoicemailState.CLOSED)
    assert (row.voicemail.closed_at, row.closer) == (at(60), world.anna.name)
    await reopen_voicemail(world.store, world.feed, boris, call.id, now=at(80))
    async with world.store.read() as tx:
        entries = await tx.audit.of("voicemail", call.id)
        assert await tx.voicemails.count(VoicemailFilter(state=VoicemailState.OPEN), 10) == 1
    assert [(one.at, one.actor.user_id) for one in sorted(entries, key=lambda one: one.at)] == [
        (at(60), world.anna.id),
        (at(80), boris.id),
    ]


async def test_who_leaves_leaves_their_messages_to_the_heir(world):
    await add_contact(world.store, manager=world.anna)
    await left(world)
    boris = world.boris
    async with world.store.begin() as tx:
        trail = Trail(ANNA, at(100))
        await dismiss(tx, world.anna.id, boris.id, trail)
        await trail.write(tx)
    assert [row.voicemail.assigned_to for row in await inbox(world)] == [boris.id]


async def test_pages_by_key_newest_first(world):
    calls = [
        await left(world, replace(a_message(linkedid=f"{n}.1"), ended_at=at(50 + n // 2))) for n in range(7)
    ]
    seen, after = [], None
    async with world.store.read() as tx:
        while rows := await tx.voicemails.page(VoicemailFilter(), after, 3):
            seen += [row.voicemail.id for row in rows]
            last = rows[-1].voicemail
            after = Cursor(last.left_at, last.id)
    assert seen == [one.id for one in sorted(calls, key=lambda c: (c.ended_at, c.id), reverse=True)]
