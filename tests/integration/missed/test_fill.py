# SPDX-License-Identifier: Apache-2.0
"""Calls that were missed before there was a ledger: the last week's are put in, once, and only who still waits."""

from dataclasses import replace

import pytest
from sqlalchemy import delete

from crm_core.domain.call import Disposition
from crm_core.domain.lead import LeadStatus
from crm_core.domain.missed import AttemptKind
from crm_core.storage.schema_missed import missed_attempt, missed_item
from crm_core.usecases.close_voicemail import close_voicemail
from crm_core.usecases.fill_ledger import fill_ledger
from crm_core.usecases.mark_lead import mark_lead
from tests.support.calls import a_world, add_contact, at
from tests.support.missed import OTHER, called_back, listed, missed_at, record

HOUR, DAY = 3600, 86400
NOW = at(7 * DAY + HOUR)


@pytest.fixture
async def world(store):
    return await a_world(store)


async def before_the_ledger(world):
    """As a database that was written by a version without one."""
    async with world.store.begin() as tx:
        for table in (missed_attempt, missed_item):
            await tx.missed._connection.execute(delete(table))


async def test_who_called_in_vain_and_was_not_talked_with_waits(world):
    olga = await add_contact(world.store, manager=world.anna)
    await record(
        world,
        missed_at(0, "1795165200.1"),  # an hour too old
        missed_at(2 * DAY, "1795338000.1"),
        missed_at(3 * DAY, "1795424400.1"),
        missed_at(2 * DAY, "1795338000.2", caller=OTHER),
        called_back(3 * DAY, "1795424400.2", OTHER),
    )
    await before_the_ledger(world)
    assert await fill_ledger(world.store, NOW) == 2
    (item,) = await listed(world)
    assert (item.contact_id, item.owner_id, item.attempts) == (olga.id, world.anna.id, 2)
    assert (item.first_at, item.last_at) == (at(2 * DAY), at(3 * DAY))


async def test_it_is_done_once_and_going_on_after_a_crash_makes_nothing_twice(world, monkeypatch):
    await record(world, *(missed_at(2 * DAY + n, f"17953380{n:02}.1") for n in range(30)))
    await before_the_ledger(world)
    tries = []

    async def crashes(tx, *_):
        tries.append(tx)
        if len(tries) > 25:
            raise RuntimeError
        return await plain(tx, *_)

    plain = fill_ledger.__globals__["_tell"]
    monkeypatch.setitem(fill_ledger.__globals__, "_tell", crashes)
    with pytest.raises(RuntimeError):
        await fill_ledger(world.store, NOW)
    monkeypatch.undo()
    assert [item.attempts for item in await listed(world)] == [25]
    assert await fill_ledger(world.store, NOW) == 5
    assert [item.attempts for item in await listed(world)] == [30]
    await before_the_ledger(world)
    assert await fill_ledger(world.store, NOW) == 0
    assert await listed(world) == []


async def test_another_number_of_the_client_counts_and_so_does_spam(world):
    """What only the ledger knows of: whose a number is, and that somebody is not to be called back."""
    olga = await add_contact(world.store)
    async with world.store.begin() as tx:
        (number,) = (await tx.clients.phone_numbers([olga.id]))[olga.id]
        await tx.clients.add_phone_numbers([replace(number, id=olga.id, e164="+79161000088")])
    await record(
        world,
        missed_at(2 * DAY, "1795338000.1"),
        called_back(3 * DAY, "1795424400.1", "+79161000088"),
        missed_at(2 * DAY, "1795338000.2", caller=OTHER),
    )
    async with world.store.read() as tx:
        lead = await tx.leads.of_number(OTHER)
    await mark_lead(world.store, world.anna, lead.id, status=LeadStatus.SPAM, now=at(3 * DAY))
    await before_the_ledger(world)
    await fill_ledger(world.store, NOW)
    assert await listed(world) == []


@pytest.mark.parametrize("closed", [True, False])
async def test_a_message_that_somebody_closed_is_answered(world, closed):
    left = replace(missed_at(2 * DAY, "1795338000.1"), disposition=Disposition.VOICEMAIL)
    await record(world, left)
    if closed:
        await close_voicemail(world.store, world.feed, world.anna, left.id, now=at(3 * DAY))
    await before_the_ledger(world)
    await fill_ledger(world.store, NOW)
    assert [item.kind for item in await listed(world)] == ([] if closed else [AttemptKind.VOICEMAIL])
