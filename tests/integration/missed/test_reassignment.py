# SPDX-License-Identifier: Apache-2.0
"""Calls that were with somebody else: whatever is moved to whom and back, all sums of reports stay what they were."""

import random
from collections import Counter
from decimal import Decimal

import pytest

from crm_core.domain.bands import Band, Bands
from crm_core.domain.call_history import CallFilter
from crm_core.domain.client import ClientKind
from crm_core.domain.errors import ConflictError
from crm_core.domain.ids import new_id
from crm_core.domain.missed_views import MissedView
from crm_core.domain.recording import Recording, RecordingState
from crm_core.usecases.move_communication import move_back, move_communication
from crm_core.usecases.step_bands import step_all
from crm_core.usecases.upsert_orders import upsert_orders
from tests.support.builders import ANNA, a_received_order
from tests.support.calls import OLGA, PBX, T0, a_world, add_company, add_contact, at
from tests.support.missed import OTHER, answered_at, called_back, listed, missed_at, record

EVERYTHING = CallFilter()
LIMITS = Bands(bands=(Band(name="wholesale", enter=Decimal(1000), leave=Decimal(500)),))


def the_calls():
    """In vain and answered, in and out, from both numbers and from a stranger's, in any order of time."""
    numbers = (OLGA, OTHER, "+79161000055")
    calls = []
    for n in range(18):
        second, number = n * 200, numbers[n % 3]
        linkedid = f"17951652{n:02}.1"
        if n % 6 < 3:
            calls.append(missed_at(second, linkedid, caller=number))
        elif n % 6 == 3:
            calls.append(answered_at(second, linkedid, caller=number))
        else:
            calls.append(called_back(second, linkedid, number, answered=n % 6 == 5))
    return calls


class House:
    def __init__(self, world, clients) -> None:
        self.world, self.store, self.clients = world, world.store, clients

    async def sums(self):
        """All that a report adds up, but for whose it is."""
        async with self.store.read() as tx:
            rows = await tx.calls.page(EVERYTHING, None, 1000)
            kept = [await tx.calls.get(row.id) for row in rows]
            told = [await tx.communications.get(row.id) for row in rows]
            recordings = await tx.recordings.of_calls([row.id for row in rows])
            today = T0.date()
            turnover = [
                await tx.orders.turnover_days(kind, client.id, "RUB") for kind, client in self.clients
            ]
            bands = await tx.bands.known([client.id for _, client in self.clients])
            changes = [await tx.bands.changes_of(client.id) for _, client in self.clients]
            accounts = await tx.bands.accounts(today)
        return {
            "calls": sorted((str(one.call.id), one.call.disposition, one.call.talk_s) for one in kept),
            "talk": sum(one.call.talk_s for one in kept),
            "by person": Counter((str(one.user_id), one.in_statistics) for one in told if one),
            "seconds": sum(one.duration_s or 0 for one in told if one),
            "recordings": sorted(
                (str(one), [each.id for each in these]) for one, these in recordings.items()
            ),
            "money": (turnover, sorted(map(str, accounts)), {str(k): v for k, v in bands.items()}, changes),
        }

    async def ledger(self):
        """Each attempt with the client it stands with; every item has one, and none stands twice."""
        items = [*await listed(self.world), *await listed(self.world, MissedView.CLOSED)]
        found = {}
        async with self.store.read() as tx:
            for item in items:
                attempts = await tx.missed.attempts(item.id)
                ours = [one for one in attempts if one.kind != "tried"]
                assert ours, "an item that nobody called for"
                assert item.attempts == len(ours)
                for one in ours:
                    assert one.id not in found, "one attempt in two items"
                    found[one.id] = item.contact_id or item.company_id
        return found

    async def whose(self):
        """Each communication stands on exactly one client's timeline, with its call."""
        async with self.store.read() as tx:
            rows = await tx.calls.page(EVERYTHING, None, 1000)
            told = {row.id: await tx.communications.get(row.id) for row in rows}
        return {one: (c.contact_id, c.company_id, c.lead_id) for one, c in told.items()}


@pytest.fixture
async def house(store):
    world = await a_world(store)
    firm = await add_company(store)
    olga = await add_contact(store, company=firm)
    boris = await add_contact(store, "Boris Client", OTHER)
    pavel = await add_contact(store, "Pavel", "+79161000066")
    async with store.begin() as tx:
        await tx.bands.save_settings(LIMITS)
    await step_all(store, T0)
    orders = [a_received_order("A-1", "1500"), a_received_order("A-2", "900", phone=OTHER)]
    await upsert_orders(store, orders, ANNA, T0)
    calls = the_calls()
    await record(world, *calls)
    async with store.begin() as tx:
        for call in calls:
            if call.talk_s:
                await tx.recordings.expect(
                    Recording(
                        id=new_id(T0),
                        call_id=call.id,
                        pbx=PBX,
                        linkedid=call.linkedids[0],
                        uniqueid=call.linkedids[0],
                        state=RecordingState.READY,
                        source_name=f"{call.id}.raw",
                        created_at=T0,
                        duration_s=call.talk_s,
                    )
                )
    kind = ClientKind.CONTACT
    return House(world, [(ClientKind.COMPANY, firm), (kind, olga), (kind, boris), (kind, pavel)])


async def moved_about(house, chance, ids):
    """Some moves and some taken back, as people would who do not agree."""
    moving = (house.world.store, house.world.feed, house.world.sofia)
    for step in range(25):
        one, (kind, client) = chance.choice(ids), chance.choice(house.clients)
        whose = {"company_id" if kind is ClientKind.COMPANY else "contact_id": client.id}
        try:
            if chance.random() < 0.3:
                await move_back(*moving, one, now=at(10_000 + step))
            else:
                await move_communication(*moving, one, **whose, now=at(10_000 + step))
        except ConflictError:  # it was never moved, or is back already
            continue


async def brought_back(house, first):
    """Each to whom it was with; a lead's calls were taken back before they could be anybody's."""
    moving = (house.world.store, house.world.feed, house.world.sofia)
    for step, (one, (contact_id, company_id, _)) in enumerate(first.items()):
        if contact_id or company_id:
            whose = {"contact_id": contact_id} if contact_id else {"company_id": company_id}
            await move_communication(*moving, one, **whose, now=at(20_000 + step))


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_sums_before_are_the_sums_after_whatever_is_moved(house, seed):
    before, first = await house.sums(), await house.whose()
    attempts = set(await house.ledger())
    await moved_about(house, random.Random(seed), sorted(first))
    whose, ledger = await house.whose(), await house.ledger()
    assert whose != first
    after = await house.sums()
    for name, told in before.items():
        assert after[name] == told, name
    assert set(ledger) == attempts
    # What is nobody's yet waits with whom the same number was said to be: one caller is called back once.
    known = {one: contact or company for one, (contact, company, _) in whose.items() if contact or company}
    assert {one: client for one, client in ledger.items() if one in known} == {
        one: client for one, client in known.items() if one in ledger
    }
    await brought_back(house, first)
    assert set(await house.ledger()) == attempts
    assert await house.sums() == before
