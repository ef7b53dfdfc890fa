# SPDX-License-Identifier: Apache-2.0
"""Once a night, when nobody calls: the day is balanced, and what is kept for so many days and no longer goes."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from config.balance import balance_night
from crm_core.domain.house import House
from crm_core.ports.clock import Clock
from crm_core.ports.recording_store import RecordingStore
from crm_core.ports.store import Store, StoreAwayError
from crm_core.usecases.apply_retention import apply_retention
from crm_core.usecases.balance_day import GoingOn
from pbx_bridge.journal_files import retain

log = structlog.get_logger()
_AT = (3, 40)  # of the house's zone
_RETRY_S = 10.0
_AGAIN, _TRIES = timedelta(hours=1), 3


async def run_nightly(
    store: Store,
    files: RecordingStore,
    journal: Path,
    clock: Clock,
    going_on: Callable[[], GoingOn] = dict,
) -> None:
    """Until cancelled. A night that failed is tried again an hour later."""
    while True:
        house = await _house(store)
        await asyncio.sleep((next_night(clock(), house.tzinfo) - clock()).total_seconds())
        await balance_night(store, files, clock, going_on)
        for _ in range(_TRIES):
            if await one_night(store, files, journal, clock):
                break
            await asyncio.sleep(_AGAIN.total_seconds())


async def _house(store: Store) -> House:
    """A database that is away just now must not end the server."""
    while True:
        try:
            async with store.read() as tx:
                return await tx.settings.house()
        except StoreAwayError as error:
            log.warning("the night cannot be planned yet", error=str(error))
            await asyncio.sleep(_RETRY_S)


async def one_night(store: Store, files: RecordingStore, journal: Path, clock: Clock) -> bool:
    try:
        async with store.read() as tx:
            retention = await tx.settings.retention()
        gone = await apply_retention(store, files, retention, clock())
        segments = await asyncio.to_thread(_tidy_journal, journal, retention.journal)
        await store.analyse()
    except Exception:  # a disk or a database that is away comes back
        log.exception("the night's work failed")
        return False
    log.info(
        "kept no longer",
        recordings=gone.recordings,
        audit=gone.audit,
        outgoing=gone.outgoing,
        witness=gone.witness,
        journal=segments,
    )
    return True


def next_night(now: datetime, zone: ZoneInfo) -> datetime:
    local = now.astimezone(zone)
    tonight = local.replace(hour=_AT[0], minute=_AT[1], second=0, microsecond=0)
    return tonight if tonight > local else tonight + timedelta(days=1)


def _tidy_journal(journal: Path, days: int) -> int:
    """How many segments went."""
    return retain(journal, days, time.time()) if days else 0
