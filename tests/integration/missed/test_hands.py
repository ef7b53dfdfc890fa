# SPDX-License-Identifier: Apache-2.0
"""Numbers change hands: who called in vain from one is whoever has it now, and is settled if they were reached."""

import random

import pytest

from crm_core.domain.client import ClientKind
from crm_core.domain.missed import MissedState
from crm_core.domain.missed_views import MissedView
from crm_core.domain.received import ReceivedClient
from crm_core.usecases.add_phone_number import add_phone_number
from crm_core.usecases.archive_client import archive_client, restore_client
from crm_core.usecases.claim_missed import claim_missed
from crm_core.usecases.give_up_missed import give_up_missed, reopen_missed
from crm_core.usecases.keep_number import keep_number, share_number_again
from crm_core.usecases.move_communication import move_communication
from crm_core.usecases.remove_phone_number import remove_phone_number
from crm_core.usecases.save_contact import edit_contact
from crm_core.usecases.upsert_clients import upsert_clients
from crm_core.usecases.whose_number import owner_of
from tests.support.builders import ANNA
from tests.support.calls import OLGA, a_world, add_company, add_contact, at
from tests.support.missed import OTHER, called_back, listed, missed_at, record, the_item

THIRD = "+79161000088"
CONTACT = ClientKind.CONTACT


@pytest.fixture
async def world(store):
    return await a_world(store)


async def number_of(world, contact, e164=OLGA):
    async with world.store.read() as tx:
        numbers = (await tx.clients.phone_numbers([contact.id])).get(contact.id, [])
    return next((one for one in numbers if one.e164 == e164), None)


async def give(world, contact, e164=OLGA, second=100):
    return await add_phone_number(world.store, CONTACT, contact.id, e164, ANNA, at(second))


async def take(world, contact, e164=OLGA, second=90):
    await remove_phone_number(world.store, (await number_of(world, contact, e164)).id, ANNA, at(second))


@pytest.fixture
async def two(world):
    """Olga and Boris; each has a number of their own."""
    return await add_contact(world.store), await add_contact(world.store, "Boris", OTHER, manager=world.boris)


async def test_a_number_that_goes_to_another_takes_its_item_along_and_the_other_is_reached(world, two):
    olga, boris = two
    await record(world, missed_at(0, "1795165200.1"), missed_at(40, "1795165240.1"))
    before = await the_item(world)
    await claim_missed(world.store, world.sofia, before.id, ANNA, at(80))
    await take(world, olga)
    alone = await the_item(world)
    assert (alone.id, alone.key, alone.contact_id, alone.attempts) == (before.id, OLGA, None, 2)
    await give(world, boris)
    item = await the_item(world)
    assert (item.id, item.contact_id, item.attempts) == (before.id, boris.id, 2)
    assert (item.owner_id, item.claimed_by, item.due_at) == (
        world.boris.id,
        world.sofia.id,
        before.due_at,
    )
    await record(world, called_back(200, "1795165400.1", OTHER))
    assert (await the_item(world)).state is MissedState.REACHED


async def test_it_joins_the_item_that_the_other_has(world, two):
    olga, boris = two
    await record(world, missed_at(0, "1795165200.1"), missed_at(40, "1795165240.1", caller=OTHER))
    await take(world, olga)
    await give(world, boris)
    item = await the_item(world)
    assert (item.contact_id, item.attempts, item.first_at, item.last_at) == (boris.id, 2, at(0), at(40))


async def test_who_was_reached_meanwhile_is_settled_at_once(world, two):
    _, boris = two
    await record(world, missed_at(0, "1795165200.1"), called_back(50, "1795165250.1", OTHER))
    assert (await the_item(world)).is_open
    await give(world, boris)  # both have it now: nobody's until somebody says whose
    assert (await the_item(world)).key == OLGA
    kept = await number_of(world, boris)
    await keep_number(world.store, kept.id, ANNA, at(110))
    item = await the_item(world)
    assert (item.state, item.contact_id, item.closed_at) == (MissedState.REACHED, boris.id, at(55))


async def test_a_shared_number_is_one_clients_and_shared_again(world, two):
    olga, boris = two
    await give(world, boris, second=-10)
    await record(world, missed_at(0, "1795165200.1"))
    assert (await the_item(world)).key == OLGA
    kept = await number_of(world, olga)
    await keep_number(world.store, kept.id, ANNA, at(110))
    assert (await the_item(world)).contact_id == olga.id
    await share_number_again(world.store, kept.id, ANNA, at(120))
    item = await the_item(world)
    assert (item.key, item.contact_id, item.attempts) == (OLGA, None, 1)
    await record(world, called_back(200, "1795165400.1"))
    assert (await the_item(world)).state is MissedState.REACHED


async def test_what_came_from_their_other_number_stays_theirs(world, two):
    olga, boris = two
    await give(world, olga, THIRD, second=-10)
    await record(world, missed_at(0, "1795165200.1"), missed_at(40, "1795165240.1", caller=THIRD))
    assert (await the_item(world)).attempts == 2
    await take(world, olga)
    await give(world, boris)
    theirs = {one.contact_id: (one.attempts, one.e164) for one in await listed(world)}
    assert theirs == {olga.id: (1, THIRD), boris.id: (1, OLGA)}


async def test_a_call_that_is_told_again_stays_with_whom_the_number_went_to(world, two):
    olga, boris = two
    missed = missed_at(0, "1795165200.1")
    await record(world, missed)
    await take(world, olga)
    await record(world, missed)
    assert (await the_item(world)).key == OLGA
    await give(world, boris)
    await record(world, missed)
    item = await the_item(world)
    assert (item.contact_id, item.attempts) == (boris.id, 1)


async def test_whom_a_person_named_keeps_the_call_until_they_lose_the_number(world, two):
    olga, boris = two
    await give(world, boris, second=-10)
    missed = missed_at(0, "1795165200.1")
    await record(world, missed)
    moving = (world.store, world.feed, world.sofia, missed.id)
    await move_communication(*moving, contact_id=olga.id, now=at(60))
    ivan = await add_contact(world.store, "Ivan", THIRD)
    await give(world, ivan)
    assert (await the_item(world)).contact_id == olga.id
    await keep_number(world.store, (await number_of(world, boris)).id, ANNA, at(120))
    assert (await the_item(world)).contact_id == boris.id


async def test_numbers_of_who_is_archived_are_nobodys_and_theirs_again_when_restored(world, two):
    olga, _ = two
    await record(world, missed_at(0, "1795165200.1"))
    await archive_client(world.store, CONTACT, olga.id, ANNA, at(100))
    assert (await the_item(world)).key == OLGA
    await restore_client(world.store, CONTACT, olga.id, ANNA, at(110))
    assert (await the_item(world)).contact_id == olga.id


@pytest.mark.parametrize("way", ["by hand", "import"])
async def test_who_leaves_a_company_leaves_the_number_to_who_stays(world, way):
    firm, other = await add_company(world.store), await add_company(world.store, "Other Ltd")
    olga = await add_contact(world.store, company=firm)
    boris = await add_contact(world.store, "Boris", OLGA, company=firm)
    await give(world, boris, OTHER, second=-10)
    await record(world, missed_at(0, "1795165200.1"))
    assert (await the_item(world)).key == str(firm.id)
    if way == "by hand":
        await edit_contact(world.store, boris.id, {"company_id": other.id}, ANNA, at(100))
    else:
        told = ReceivedClient(name="Boris", company="Other Ltd", phones=(OTHER,))
        await upsert_clients(world.store, [told], ANNA, at(100))
    item = await the_item(world)
    assert (item.key, item.attempts) == (OLGA, 1)
    await take(world, boris, second=110)
    item = await the_item(world)
    assert (item.contact_id, item.company_id) == (olga.id, firm.id)
    await edit_contact(world.store, olga.id, {"company_id": other.id}, ANNA, at(120))
    item = await the_item(world)
    assert (item.contact_id, item.company_id) == (olga.id, other.id)


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_hands_it_goes_through_each_caller_waits_once_and_with_the_owner(world, two, seed):
    chance = random.Random(seed)
    clients = [*two, await add_contact(world.store, "Ivan", THIRD)]
    calls = []
    for step in range(30):
        second, number, client = step * 100, chance.choice((OLGA, OTHER, THIRD)), chance.choice(clients)
        turn = chance.random()
        if turn < 0.35:
            calls.append(missed_at(second, f"17951652{step:02}.1", caller=number))
            await record(world, calls[-1])
        elif turn < 0.45:
            await record(world, called_back(second, f"17951652{step:02}.1", number))
        elif turn < 0.55 and calls:
            await record(world, chance.choice(calls))
        elif turn < 0.7:
            await rest_or_rise(world, chance, client, second)
        elif await number_of(world, client, number):
            if chance.random() < 0.5:
                await take(world, client, number, second)
            else:
                kept = await number_of(world, client, number)
                await keep_number(world.store, kept.id, ANNA, at(second))
        else:
            await give(world, client, number, second)
        await check(world, len(calls))


async def rest_or_rise(world, chance, client, second):
    """A client is archived or restored; or an item is given up or opened again."""
    if chance.random() < 0.3:
        turned = archive_client if chance.random() < 0.5 else restore_client
        await turned(world.store, CONTACT, client.id, ANNA, at(second))
        return
    items = [*await listed(world), *await listed(world, MissedView.CLOSED)]
    item = chance.choice(items) if items else None
    if item and item.is_open:
        await give_up_missed(world.store, world.sofia, item.id, "no answer", ANNA, at(second))
    elif item and item.state is MissedState.GAVE_UP:
        await reopen_missed(world.store, world.sofia, item.id, ANNA, at(second))


async def check(world, calls):
    opened, closed = await listed(world), await listed(world, MissedView.CLOSED)
    assert len({one.key for one in opened}) == len(opened)
    assert sum(one.attempts for one in (*opened, *closed)) == calls
    async with world.store.read() as tx:
        for item in opened:
            for attempt in await tx.missed.attempts(item.id):
                owner = await owner_of(tx, attempt.e164)
                ids = (owner.contact_id, owner.company_id) if owner else (None, None)
                assert (item.contact_id, item.company_id) == ids
                assert item.key == str(ids[0] or ids[1] or attempt.e164)
