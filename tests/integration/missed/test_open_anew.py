# SPDX-License-Identifier: Apache-2.0
"""What was given up, or settled by a talk that was none, opens with whoever its numbers are now."""

import pytest

from crm_core.domain.client import ClientKind
from crm_core.domain.missed import MissedState
from crm_core.domain.missed_views import MissedView
from crm_core.usecases.add_phone_number import add_phone_number
from crm_core.usecases.archive_client import archive_client
from crm_core.usecases.claim_missed import claim_missed
from crm_core.usecases.give_up_missed import give_up_missed, reopen_missed
from crm_core.usecases.move_communication import move_communication
from crm_core.usecases.remove_phone_number import remove_phone_number
from tests.support.builders import ANNA
from tests.support.calls import OLGA, a_world, add_contact, at
from tests.support.missed import OTHER, called_back, listed, missed_at, record, the_item

THIRD = "+79161000088"
CONTACT = ClientKind.CONTACT


@pytest.fixture
async def world(store):
    return await a_world(store)


@pytest.fixture
async def two(world):
    """Olga, and Boris whom our Boris looks after; each has a number of their own."""
    return await add_contact(world.store), await add_contact(world.store, "Boris", OTHER, manager=world.boris)


async def give(world, contact, e164=OLGA, second=100):
    await add_phone_number(world.store, CONTACT, contact.id, e164, ANNA, at(second))


async def hand_on(world, giver, taker, e164=OLGA, second=100):
    async with world.store.read() as tx:
        numbers = (await tx.clients.phone_numbers([giver.id]))[giver.id]
    [number] = [one for one in numbers if one.e164 == e164]
    await remove_phone_number(world.store, number.id, ANNA, at(second))
    await give(world, taker, e164, second)


async def given_up(world):
    [item] = await listed(world)
    await give_up_missed(world.store, world.sofia, item.id, "No answer", ANNA, at(60))
    return item


async def reopen(world, item, second=200):
    return await reopen_missed(world.store, world.sofia, item.id, ANNA, at(second))


async def test_it_opens_with_the_client_who_has_the_number_now(world, two):
    olga, boris = two
    await record(world, missed_at(0, "1795165200.1"))
    item = await given_up(world)
    assert item.contact_id == olga.id
    await hand_on(world, olga, boris)
    assert (await the_item(world)).contact_id == olga.id  # while it is closed it is history
    told = await reopen(world, item)
    now = await the_item(world)
    assert told == now
    assert (now.id, now.state, now.contact_id, now.owner_id, now.due_at) == (
        item.id,
        MissedState.MISSED,
        boris.id,
        world.boris.id,
        item.due_at,
    )
    await record(world, called_back(300, "1795165500.1", OTHER))
    assert (await the_item(world)).state is MissedState.REACHED


async def test_it_joins_what_that_client_has_open(world, two):
    olga, boris = two
    await record(world, missed_at(0, "1795165200.1"))
    item = await given_up(world)
    await hand_on(world, olga, boris)
    await record(world, missed_at(120, "1795165320.1", caller=OTHER))
    [theirs] = await listed(world)
    told = await reopen(world, item)
    now = await the_item(world)
    assert (told.id, now.contact_id, now.attempts) == (theirs.id, boris.id, 2)


async def test_what_came_from_the_number_that_stayed_opens_with_who_has_that(world, two):
    olga, boris = two
    await give(world, olga, THIRD, second=-10)
    await record(world, missed_at(0, "1795165200.1"), missed_at(40, "1795165240.1", caller=THIRD))
    [item] = await listed(world)
    await claim_missed(world.store, world.anna, item.id, ANNA, at(50))
    await give_up_missed(world.store, world.anna, item.id, "No answer", ANNA, at(60))
    await hand_on(world, olga, boris)
    await reopen(world, item)
    theirs = {one.contact_id: (one.attempts, one.e164, one.claimed_by) for one in await listed(world)}
    assert theirs == {olga.id: (1, THIRD, world.anna.id), boris.id: (1, OLGA, None)}
    assert await listed(world, MissedView.CLOSED) == []


@pytest.mark.parametrize("how", ["shared", "archived"])
async def test_a_number_that_is_nobodys_by_now_opens_as_a_number(world, two, how):
    olga, boris = two
    await record(world, missed_at(0, "1795165200.1"))
    item = await given_up(world)
    if how == "shared":
        await give(world, boris)
    else:
        await archive_client(world.store, CONTACT, olga.id, ANNA, at(100))
    await reopen(world, item)
    now = await the_item(world)
    assert (now.key, now.contact_id, now.company_id) == (OLGA, None, None)


async def test_whom_a_person_named_keeps_the_call(world, two):
    """It was Boris, from Olga's phone; and that phone is Ivan's now."""
    olga, boris = two
    missed = missed_at(0, "1795165200.1")
    await record(world, missed)
    await move_communication(world.store, world.feed, world.sofia, missed.id, contact_id=boris.id, now=at(50))
    item = await given_up(world)
    assert item.contact_id == boris.id
    ivan = await add_contact(world.store, "Ivan", THIRD)
    await hand_on(world, olga, ivan)
    await reopen(world, item)
    assert (await the_item(world)).contact_id == boris.id


async def test_a_talk_that_was_none_leaves_it_open_with_who_has_the_number_now(world, two):
    """Nobody picked up after all: CEL says so when the number has gone to another."""
    olga, boris = two
    await record(world, missed_at(0, "1795165200.1"), called_back(50, "1795165250.1"))
    assert (await the_item(world)).state is MissedState.REACHED
    await hand_on(world, olga, boris, second=150)
    await record(world, called_back(50, "1795165250.1", answered=False))
    assert [one.contact_id for one in await listed(world)] == [boris.id]
