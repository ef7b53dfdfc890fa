# SPDX-License-Identifier: Apache-2.0
"""Bands beside the server: all clients are looked at on each new day of the house and after a change of its limits."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog

from crm_core.domain.audit import Change
from crm_core.ports.clock import Clock
from crm_core.ports.store import Store
from crm_core.usecases.hand_over import hand_over_due
from crm_core.usecases.step_bands import settings_version, step_all

log = structlog.get_logger()
_OURS = frozenset({"bands", "settings", "band"})


async def keep_bands(store: Store, clock: Clock, poll_s: float = 30.0) -> None:
    """Until cancelled. What failed is tried again at the next look."""
    nudge = asyncio.Event()
    stop = store.on_commit(lambda changes: nudge.set() if _concern(changes) else None)
    try:
        while True:
            try:
                await keep_once(store, clock())
            except Exception:  # a database that is away comes back
                log.exception("bands could not be kept")
            await _wait(nudge, poll_s)
    finally:
        stop()


async def keep_once(store: Store, now: datetime) -> None:
    async with store.read() as tx:
        bands, house, look = await tx.bands.settings(), await tx.settings.house(), await tx.bands.look()
    today = now.astimezone(house.tzinfo).date()
    if look is None or (look.day, look.settings) != (today, settings_version(bands, house)):
        stepped = await step_all(store, now)
        if stepped.clients:
            log.info("bands looked at", clients=stepped.clients, changes=stepped.changes)
    await hand_over_due(store, now)


def _concern(changes: Sequence[Change]) -> bool:
    return any(change.kind in _OURS for change in changes)


async def _wait(nudge: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await nudge.wait()
    except TimeoutError:
        return
    nudge.clear()
