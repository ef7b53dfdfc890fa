# SPDX-License-Identifier: Apache-2.0
"""Bands beside the server: all clients are looked at on each new day of the house and after a change of its limits."""

from datetime import datetime

import structlog

from config.when_due import do_when_due
from crm_core.ports.clock import Clock
from crm_core.ports.store import Store
from crm_core.usecases.hand_over import hand_over_due
from crm_core.usecases.step_bands import settings_version, step_all

log = structlog.get_logger()
_OURS = frozenset({"bands", "settings", "band"})
_LOOK_EVERY_S = 30.0


async def keep_bands(store: Store, clock: Clock) -> None:
    """Until cancelled."""

    async def work() -> None:
        await keep_once(store, clock())

    await do_when_due("bands", work, store, clock, kinds=_OURS, look_every_s=_LOOK_EVERY_S)


async def keep_once(store: Store, now: datetime) -> None:
    async with store.read() as tx:
        bands, house, look = await tx.bands.settings(), await tx.settings.house(), await tx.bands.look()
    today = now.astimezone(house.tzinfo).date()
    if look is None or (look.day, look.settings) != (today, settings_version(bands, house)):
        stepped = await step_all(store, now)
        if stepped.clients:
            log.info("bands looked at", clients=stepped.clients, changes=stepped.changes)
    await hand_over_due(store, now)
