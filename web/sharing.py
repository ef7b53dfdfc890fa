# SPDX-License-Identifier: Apache-2.0
"""Batches of clients to be dealt out, one after the other, some clients at a time, beside the server's other work."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

from aiohttp import web

from crm_core.domain.listing import ListKind
from crm_core.domain.sharing import BatchState, ShareBatch
from crm_core.usecases.hand_everything import plan_everything
from crm_core.usecases.share_out import plan, work_some
from web import keys
from web.lists.asked import read_string
from web.lists.export import PAGE
from web.lists.registry import LISTS
from web.lists.worker import reader_of
from web.worker import at_work, failing

_KEPT, _PLAN_KEPT = timedelta(days=90), timedelta(days=1)


async def run(app: web.Application) -> AsyncIterator[None]:
    """A cleanup context."""
    async with at_work(app, "batches of clients", app[keys.SHARING], _one):
        yield


async def _one(app: web.Application) -> bool:
    """What was cut off when the server was stopped goes on where it was."""
    store, now = app[keys.STORE], app[keys.CLOCK]()
    async with store.begin() as tx:
        await tx.sharing.forget(now - _KEPT, planned_before=now - _PLAN_KEPT)
        batch = await tx.sharing.at_work()
    if batch is None:
        return False
    if batch.state is BatchState.PLANNING:
        await _plan(app, batch)
        return True
    while batch.state.is_at_work:
        batch = await work_some(store, batch, app[keys.CLOCK]())
        await asyncio.sleep(0)
    return True


async def _plan(app: web.Application, batch: ShareBatch) -> None:
    async def fail() -> None:
        async with app[keys.STORE].begin() as tx:
            await tx.sharing.save(replace(batch, state=BatchState.FAILED))

    async with failing("a batch of clients could not be planned", fail, batch=str(batch.id)):
        reader = await reader_of(app, batch.user_id)
        store, fresh, now = app[keys.STORE], replace(batch, total=0), app[keys.CLOCK]()
        if batch.of:
            await plan_everything(store, fresh, batch.of, now)
        else:
            asked = read_string(LISTS[ListKind(batch.list)], batch.query, reader, PAGE)
            await plan(store, fresh, asked.query, now)
