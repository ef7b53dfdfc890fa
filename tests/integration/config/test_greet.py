# SPDX-License-Identifier: Apache-2.0
"""PBXs hear who is available when they come, and when somebody gets another extension."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from config.greet import greet
from crm_core.domain.audit import Actor
from crm_core.domain.directory.people import OperatorState
from crm_core.domain.ids import new_id
from crm_core.domain.people import Extension
from crm_core.ports.pbx import LinkState
from crm_core.usecases.set_operator_state import set_operator_state
from crm_core.usecases.trail import Trail
from tests.support.calls import PBX, T0, a_world, at
from tests.support.fake_pbx import FakePbx
from tests.support.until import until


class Sync:
    times = 0

    def reconnected(self):
        self.times += 1


@dataclass
class SomeParts:
    store: object
    bridges: dict
    syncs: dict
    connected: asyncio.Queue = field(default_factory=asyncio.Queue)


@asynccontextmanager
async def greeting(store):
    pbx, sync = FakePbx(), Sync()
    parts = SomeParts(store, {PBX: pbx}, {PBX: sync})
    async with asyncio.TaskGroup() as tasks:
        loop = tasks.create_task(greet(parts))
        yield parts, pbx, sync
        loop.cancel()


async def give(store, user, extension):
    given = Extension(id=new_id(T0), user_id=user.id, pbx=PBX, extension=extension, valid_from=at(0))
    async with store.begin() as tx:
        await tx.people.add_extension(given)
        trail = Trail(Actor("sofia"), at(0))
        trail.note("extension", None, given)
        await trail.write(tx)


async def test_one_that_comes_is_told_and_asked_what_its_astdb_has(store):
    await a_world(store)
    async with greeting(store) as (parts, pbx, sync):
        parts.connected.put_nowait((pbx, 0))
        await until(lambda: pbx.available == {"101": False, "102": False})
        assert sync.times == 1


async def test_another_extension_stands_as_its_person_does(store):
    world = await a_world(store)
    await set_operator_state(
        store, world.feed, [], world.anna, world.anna.id, state=OperatorState.AVAILABLE, now=at(0)
    )
    async with greeting(store) as (_, pbx, sync):
        await asyncio.sleep(0)  # it listens to commits from its first step on
        await give(store, world.anna, "199")
        await until(lambda: pbx.available.get("199") is True)
        assert sync.times == 0


async def test_one_that_is_away_waits_until_it_is_back(store):
    world = await a_world(store)
    async with greeting(store) as (parts, pbx, _):
        pbx.state = LinkState.DISCONNECTED
        parts.connected.put_nowait((pbx, 0))
        await give(store, world.anna, "199")
        await until(parts.connected.empty)
        pbx.state = LinkState.CONNECTED
        parts.connected.put_nowait((pbx, 0))
        await until(lambda: "199" in pbx.available)
