# SPDX-License-Identifier: Apache-2.0
"""Batches at work while the database is away for moments: begun anew or gone on with, and nothing is given twice."""

import asyncio
import random
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest

from crm_core.domain.house import House
from crm_core.domain.ids import new_id
from crm_core.domain.listing import ListKind
from crm_core.domain.sharing import BatchState, ShareBatch, Way
from crm_core.ports.store import StoreAwayError
from crm_core.usecases import share_out
from crm_core.usecases.share_out import begin_sharing, order
from crm_core.usecases.trail import Trail
from tests.support.builders import ANNA, NOW, a_contact, a_user
from tests.support.until import until
from web import keys, sharing, worker


class Flickering:
    """Away at every fourth transaction or so, before it began or when its commit was done already."""

    def __init__(self, store, seed) -> None:
        self.store, self.chance, self.refused = store, random.Random(seed), 0

    @asynccontextmanager
    async def read(self):
        self._perhaps()
        async with self.store.read() as tx:
            yield tx

    @asynccontextmanager
    async def begin(self):
        self._perhaps()
        async with self.store.begin() as tx:
            yield tx
        self._perhaps()

    def _perhaps(self):
        if self.chance.random() < 0.15:
            self.refused += 1
            raise StoreAwayError("the network")


@pytest.fixture
async def house(store, monkeypatch):
    monkeypatch.setattr(worker, "_AGAIN_S", 0.001)
    monkeypatch.setattr(share_out, "PLANNED_AT_ONCE", 4)
    monkeypatch.setattr(share_out, "AT_ONCE", 4)
    users = [a_user("anna"), a_user("boris")]
    contacts = [a_contact(f"Client {number}") for number in range(14)]
    async with store.begin() as tx:
        for user in users:
            await tx.people.add_user(user, "hash")
        await tx.clients.save_contacts(contacts)
    return SimpleNamespace(store=store, users=users)


def an_app(store):
    in_force, settings = SimpleNamespace(house=House()), SimpleNamespace(default_locale="en")
    return {
        keys.STORE: store,
        keys.CLOCK: lambda: NOW,
        keys.IN_FORCE: in_force,
        keys.SETTINGS: settings,
        keys.SHARING: asyncio.Event(),
    }


async def a_batch(house, query=""):
    batch = ShareBatch(
        id=new_id(NOW),
        user_id=house.users[0].id,
        actor="Anna",
        list=ListKind.CONTACTS,
        query=query,
        way=Way.EVENLY,
        people=[one.id for one in house.users],
        made_at=NOW,
    )
    async with house.store.begin() as tx:
        await begin_sharing(tx, batch)
    return batch


async def ordered(house, app, batch, state, into):
    async with house.store.begin() as tx:
        await order(tx, batch.id, state, into, Trail(ANNA, NOW))
    app[keys.SHARING].set()


async def is_in(house, batch, state):
    async with house.store.read() as tx:
        now = await tx.sharing.batch(batch.id)
    assert now.state is not BatchState.FAILED
    return now if now.state is state else None


async def has_failed(house, batch):
    async with house.store.read() as tx:
        return (await tx.sharing.batch(batch.id)).state is BatchState.FAILED


async def owners(house):
    async with house.store.read() as tx:
        found = await tx.clients.page_of_contacts(None, 100)
        trail = [len(await tx.audit.of("contact", one.id)) for one in found]
    return Counter(one.manager_id for one in found), set(trail)


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_fails_is_lost_or_given_twice(house, seed):
    store = Flickering(house.store, seed)
    app, (anna, boris) = an_app(store), (one.id for one in house.users)
    batch = await a_batch(house)
    async with worker.at_work(app, "batches", app[keys.SHARING], sharing._one):
        planned = await until(lambda: is_in(house, batch, BatchState.PLANNED))
        assert planned.total == 14
        async with house.store.read() as tx:
            assert len(await tx.sharing.items(batch.id, 0, 100)) == 14
        await ordered(house, app, batch, BatchState.PLANNED, BatchState.GIVING)
        given = await until(lambda: is_in(house, batch, BatchState.GIVEN))
        assert (given.done, given.changed) == (14, 14)
        assert await owners(house) == ({anna: 7, boris: 7}, {1})
        await ordered(house, app, batch, BatchState.GIVEN, BatchState.TAKING_BACK)
        back = await until(lambda: is_in(house, batch, BatchState.TAKEN_BACK))
    assert (back.changed, store.refused > 0) == (14, True)
    assert await owners(house) == ({None: 14}, {2})


async def test_what_can_never_be_planned_fails_and_the_next_goes_on(house):
    """Who asked has left."""
    app = an_app(house.store)
    wrong, good = await a_batch(house), await a_batch(house)
    async with house.store.begin() as tx:
        await tx.sharing.save(replace(wrong, user_id=wrong.id))
    async with worker.at_work(app, "batches", app[keys.SHARING], sharing._one):
        await until(lambda: is_in(house, good, BatchState.PLANNED))
        await until(lambda: has_failed(house, wrong))
