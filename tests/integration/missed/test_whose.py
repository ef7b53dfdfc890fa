# SPDX-License-Identifier: Apache-2.0
"""Whose a missed caller is, when people say who they are: items are re-keyed and joined."""

from dataclasses import replace

import pytest

from crm_core.domain.absence import Absence
from crm_core.domain.audit import Actor
from crm_core.domain.client import ClientKind
from crm_core.domain.ids import new_id
from crm_core.domain.lead import LeadStatus
from crm_core.domain.missed import MissedRules, MissedState, OwnerRule
from crm_core.domain.missed_views import MissedView
from crm_core.domain.people import OwnNumber, Team
from crm_core.domain.received import ReceivedClient
from crm_core.usecases.add_phone_number import add_phone_number
from crm_core.usecases.claim_missed import claim_missed
from crm_core.usecases.complete_lead import complete_lead
from crm_core.usecases.dismiss_person import dismiss
from crm_core.usecases.mark_lead import mark_lead
from crm_core.usecases.merge_lead import merge_lead
from crm_core.usecases.move_communication import move_back, move_communication
from crm_core.usecases.reopen_lead import reopen_lead
from crm_core.usecases.save_task import create_task
from crm_core.usecases.trail import Trail
from crm_core.usecases.upsert_clients import upsert_clients
from tests.support.calls import OLGA, T0, a_world, add_contact, at
from tests.support.missed import OTHER, answered_at, called_back, listed, missed_at, record, the_item

ANNA = Actor("anna")
DID = "+74951112233"


@pytest.fixture
async def world(store):
    return await a_world(store)


async def the_lead(world):
    async with world.store.read() as tx:
        return await tx.leads.of_number(OLGA)


async def take(world, item):
    return await claim_missed(world.store, world.anna, item.id, ANNA, at(60))


async def test_a_lead_that_becomes_a_contact_takes_its_item_along_and_back(world):
    await record(world, missed_at(0, "1795165200.1"), missed_at(50, "1795165250.1"))
    await take(world, await the_item(world))
    lead = await the_lead(world)
    olga = await complete_lead(world.store, world.sofia, lead.id, name="Olga", now=at(70))
    item = await the_item(world)
    assert (item.contact_id, item.attempts, item.claimed_by) == (olga.id, 2, world.anna.id)
    await reopen_lead(world.store, world.sofia, lead.id, now=at(80))
    item = await the_item(world)
    assert (item.contact_id, item.key, item.attempts, item.claimed_by) == (None, OLGA, 2, world.anna.id)


async def test_a_lead_that_is_a_contact_with_an_item_of_their_own_joins_it(world):
    contact = await add_contact(world.store, e164=OTHER)
    await record(world, missed_at(0, "1795165200.1", caller=OTHER), missed_at(50, "1795165250.1"))
    (elder, younger) = sorted(await listed(world), key=lambda item: item.first_at)
    await take(world, younger)
    await merge_lead(world.store, world.sofia, (await the_lead(world)).id, contact_id=contact.id, now=at(70))
    item = await the_item(world)
    assert (item.id, item.attempts, item.claimed_by) == (elder.id, 2, world.anna.id)
    await record(world, called_back(100, "1795165300.1"))
    assert (await the_item(world)).state is MissedState.REACHED


async def test_spam_is_not_called_back(world):
    await record(world, missed_at(0, "1795165200.1"))
    lead = await the_lead(world)
    await mark_lead(world.store, world.anna, lead.id, status=LeadStatus.SPAM, now=at(60))
    item = await the_item(world)
    assert (item.state, item.reason) == (MissedState.GAVE_UP, "spam")
    await record(world, missed_at(100, "1795165300.1"))
    assert await listed(world) == []


async def test_a_call_that_was_anothers_is_the_others_attempt(world):
    await add_contact(world.store)
    boris = await add_contact(world.store, "Boris Client", OTHER)
    call = missed_at(0, "1795165200.1")
    await record(world, call)
    await take(world, await the_item(world))
    moving = (world.store, world.feed, world.sofia, call.id)
    await move_communication(*moving, contact_id=boris.id, now=at(70))
    item = await the_item(world)
    assert (item.contact_id, item.claimed_by) == (boris.id, world.anna.id)
    await move_back(*moving, now=at(80))
    assert (await the_item(world)).contact_id != boris.id


async def test_a_talk_that_was_with_another_settles_theirs_and_opens_the_first_again(world):
    olga = await add_contact(world.store)
    boris = await add_contact(world.store, "Boris Client", OTHER)
    talk = answered_at(100, "1795165300.1")
    await record(world, missed_at(0, "1795165200.1"), missed_at(10, "1795165210.1", caller=OTHER), talk)
    assert [item.contact_id for item in await listed(world)] == [boris.id]
    await move_communication(world.store, world.feed, world.sofia, talk.id, contact_id=boris.id, now=at(200))
    assert [item.contact_id for item in await listed(world)] == [olga.id]
    assert [item.contact_id for item in await listed(world, MissedView.CLOSED)] == [boris.id]


@pytest.mark.parametrize("way", ["by hand", "import"])
async def test_a_number_that_a_client_gets_brings_its_item(world, way):
    olga = await add_contact(world.store, e164=OTHER)
    await record(world, missed_at(0, "1795165200.1"))
    if way == "by hand":
        await add_phone_number(world.store, ClientKind.CONTACT, olga.id, OLGA, ANNA, at(60))
    else:
        told = ReceivedClient(name="Olga Petrova", phones=(OTHER, OLGA))
        await upsert_clients(world.store, [told], ANNA, at(60))
    assert (await the_item(world)).contact_id == olga.id


async def test_a_client_who_was_talked_to_already_is_settled_as_soon_as_they_are_known(world):
    olga = await add_contact(world.store, e164=OTHER)
    await record(world, missed_at(0, "1795165200.1"), called_back(50, "1795165250.1", OTHER))
    assert len(await listed(world)) == 1
    await add_phone_number(world.store, ClientKind.CONTACT, olga.id, OLGA, ANNA, at(200))
    item = await the_item(world)
    assert (item.state, item.closed_at) == (MissedState.REACHED, at(55))


@pytest.mark.parametrize(
    ("rule", "whose"), [(OwnerRule.MANAGER, "boris"), (OwnerRule.LAST_RUNG, "anna"), (OwnerRule.TEAM, None)]
)
async def test_the_house_says_whose_it_is(world, rule, whose):
    team = Team(id=new_id(T0), name="retail", members=frozenset({world.anna.id}))
    async with world.store.begin() as tx:
        await tx.people.save_team(team)
        await tx.people.save_own_number(OwnNumber(id=new_id(T0), e164=DID, label="Main", team_id=team.id))
        await tx.settings.save_missed_rules(MissedRules(owner=rule))
    await add_contact(world.store, manager=world.boris)
    await record(world, missed_at(0, "1795165200.1"))
    item = await the_item(world)
    people = {None: None, "anna": world.anna.id, "boris": world.boris.id}
    assert (item.owner_id, item.team_id) == (people[whose], None if whose else team.id)
    async with world.store.begin() as tx:
        await tx.people.remove_team(team.id)
    assert (await the_item(world)).is_nobodys is (whose is None)


async def test_a_manager_who_is_away_leaves_it_to_their_deputy_and_one_who_left_to_nobody(world):
    away = Absence(
        id=new_id(T0),
        user_id=world.boris.id,
        starts_at=at(-60),
        ends_at=at(3600),
        deputy_id=world.sofia.id,
        created_at=at(-60),
    )
    async with world.store.begin() as tx:
        await tx.absences.add(away)
        await tx.people.save_user(replace(world.anna, archived_at=T0))
    await add_contact(world.store, manager=world.boris)
    await add_contact(world.store, "Ivan", OTHER, manager=world.anna)
    await record(world, missed_at(0, "1795165200.1"), missed_at(5, "1795165205.1", caller=OTHER))
    assert [item.owner_id for item in await listed(world)] == [world.sofia.id, None]


@pytest.mark.parametrize("with_heir", [True, False])
async def test_whom_somebody_had_taken_who_left_us_others_can_take(world, with_heir):
    """And what was theirs to do is the heir's."""
    await add_contact(world.store, manager=world.anna)
    await record(world, missed_at(0, "1795165200.1"))
    by = Actor("anna", world.anna.id)
    item = await the_item(world)
    await claim_missed(world.store, world.anna, item.id, by, at(60))
    fields = {"text": "Send the offer", "due_on": at(0).date()}
    task = await create_task(world.store, world.anna, fields, by, at(0))
    heir = world.boris.id if with_heir else None
    trail = Trail(Actor("sofia"), at(100))
    async with world.store.begin() as tx:
        await dismiss(tx, world.anna.id, heir, trail)
        await trail.write(tx)
    left = await the_item(world)
    assert (left.owner_id, left.claimed_by, left.state) == (heir, None, MissedState.MISSED)
    await claim_missed(world.store, world.boris, item.id, Actor("boris", world.boris.id), at(200))
    async with world.store.read() as tx:
        assert (await tx.tasks.get(task.id)).user_id == (heir or world.anna.id)
