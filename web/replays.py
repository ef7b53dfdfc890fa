# SPDX-License-Identifier: Apache-2.0
"""Replays, one after the other, in processes of their own: calls that come in meanwhile are not kept waiting."""

import asyncio
import os
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from multiprocessing import get_context

from aiohttp import web

from crm_core.domain.routing.replay import Tally, replay
from crm_core.domain.routing.rule_text import read_text
from crm_core.ports.clock import Clock
from crm_core.ports.rule_life import Replay, ReplayState
from crm_core.ports.store import Store
from web import keys
from web.worker import at_work, failing

_PIECE, _AT_ONCE, _PROCESSES = 2500, 4, 2
_NICE = 10
KEPT = 20


async def run(app: web.Application) -> AsyncIterator[None]:
    """A cleanup context."""
    async with at_work(app, "replays", app[keys.REPLAYS], _look):
        yield


async def _look(app: web.Application) -> bool:
    """The oldest that waits; one that was running when the server was stopped begins again."""
    store = app[keys.STORE]
    async with store.read() as tx:
        listed = await tx.rule_life.replays(KEPT)
    waiting = [one for one in listed if one.state in {ReplayState.WAITING, ReplayState.RUNNING}]
    if not waiting:
        return False
    await _one(store, waiting[-1], app[keys.CLOCK])
    return True


async def _one(store: Store, job: Replay, clock: Clock) -> None:
    failed = replace(job, state=ReplayState.FAILED)
    async with failing("replay failed", lambda: _save(store, failed), job=str(job.id)):
        tally = await run_replay(store, job, clock)
        done = replace(
            job, state=ReplayState.DONE, done=tally.calls, total=tally.calls, result=tally.to_json()
        )
        await _save(store, done)


async def run_replay(store: Store, job: Replay, clock: Clock) -> Tally:
    """Read piece by piece, and let two processes look at them; tell how far it is."""
    since, body = clock() - timedelta(days=job.days), read_text(job.text)
    job = await _counted(store, job, since)
    async with store.read() as tx:
        house = await tx.settings.house()
    tally, loop, place, is_end = Tally(), asyncio.get_running_loop(), None, False
    waiting: list[asyncio.Future[Tally]] = []
    pool = ProcessPoolExecutor(_PROCESSES, get_context("spawn"), initializer=os.nice, initargs=(_NICE,))
    try:
        while waiting or not is_end:
            while not is_end and len(waiting) < _AT_ONCE:
                async with store.read() as tx:
                    piece, place = await tx.rule_life.raw_decisions(since, place, _PIECE)
                is_end = place is None
                work = loop.run_in_executor(
                    pool, replay, body, house.currency, house.region, house.zone, piece
                )
                waiting.append(work)
            tally.add(await waiting.pop(0))
            await _save(store, replace(job, done=tally.calls))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return tally


async def _counted(store: Store, job: Replay, since: datetime) -> Replay:
    """What one that was stopped had told of itself holds no more."""
    job = replace(job, state=ReplayState.RUNNING, done=0, total=0)
    await _save(store, job)
    async with store.read() as tx:
        job = replace(job, total=await tx.rule_life.count_decisions(since))
    await _save(store, job)
    return job


async def _save(store: Store, job: Replay) -> None:
    async with store.begin() as tx:
        await tx.rule_life.save_replay(job)
