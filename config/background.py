# SPDX-License-Identifier: Apache-2.0
"""The loops beside the server: what follows, keeps, gives out and looks after things while calls go on."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from config.band_keeper import keep_bands
from config.follow_house import follow_house
from config.greet import greet
from config.heed_phones import heed_phones
from config.nightly import run_nightly
from config.pbx_care import pbx_care
from config.rules_due import publish_when_due
from config.working_hours import keep_hours
from crm_core.ports.clock import utc_now
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases.balance_day import going_on
from crm_core.usecases.deliver_prompts import keep_delivering
from crm_core.usecases.fill_ledger import fill_ledger
from pbx_bridge.astdb_sync import routes_changed
from pbx_bridge.noted_callbacks import NotedCallbacks

log = structlog.get_logger()

if TYPE_CHECKING:
    from config.wiring import Parts


@asynccontextmanager
async def in_background(parts: "Parts") -> AsyncIterator[None]:
    """The loops beside the server, ended with it."""
    async with asyncio.TaskGroup() as tasks:
        loops = [tasks.create_task(loop) for loop in _loops(parts)]
        try:
            yield
        finally:
            for loop in loops:
                loop.cancel()


def _loops(parts: "Parts") -> Sequence[Coroutine[Any, Any, None]]:
    return (
        parts.source.run(),
        parts.decisions.run(),
        parts.surveys.run(),
        parts.prompts.run(),
        keep_delivering(parts.store, parts.prompts.shelf),
        parts.ingest.run(),
        parts.outgoing.run(),
        parts.watch.run(),
        parts.rule_file.run(),
        parts.witness.run(),
        greet(parts),
        heed_phones(parts.said, parts.store, parts.feed, parts.bridges),
        keep_bands(parts.store, utc_now),
        keep_hours(parts.store, parts.feed, lambda: tuple(parts.bridges.values()), utc_now),
        follow_house(
            parts.store,
            parts.desk,
            parts.nudge,
            partial(routes_changed, parts.syncs, None, None),
            parts.source.want,
        ),
        publish_when_due(parts.store, utc_now, pbx_care(parts.settings)),
        _once_loaded(parts.source, fill_once(parts)),
        run_nightly(
            parts.store,
            parts.files,
            parts.settings.journal.directory,
            utc_now,
            lambda: going_on(parts.bridges.values()),
        ),
        *(one.run() for one in parts.bridges.values()),
        *([parts.lock.keep()] if parts.lock else []),
        *(_once_loaded(parts.source, sync.run()) for sync in parts.syncs.values()),
        *(_once_loaded(parts.source, noted_callbacks(parts, name).run()) for name in parts.syncs),
    )


async def fill_once(parts: "Parts") -> None:
    try:
        filled = await fill_ledger(parts.store, utc_now())
    except Exception:  # the next start goes on with it
        log.exception("the ledger was not filled with the calls from before it")
    else:
        if filled:
            log.info("missed calls from before the ledger", calls=filled)


def noted_callbacks(parts: "Parts", name: str) -> NotedCallbacks:
    bridge, sync = parts.bridges[name], parts.syncs[name]
    return NotedCallbacks(
        name,
        bridge.link.ask,
        bridge.boot_at,
        bridge.open_calls,
        sync.strike,
        parts.store,
        parts.directory,
        utc_now,
    )


async def _once_loaded(source: DirectorySource, run: Coroutine[Any, Any, None]) -> None:
    try:
        await source.loaded.wait()
        await run
    finally:
        run.close()
