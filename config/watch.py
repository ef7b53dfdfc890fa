# SPDX-License-Identifier: Apache-2.0
"""Once a minute: room for recordings (told before there is none), what of the balance is open, the rules in force."""

import asyncio
from dataclasses import dataclass, field

import structlog

from config.rules_watch import RulesWatch
from crm_core.domain.mail import MailTemplate
from crm_core.ports.clock import Clock
from crm_core.ports.store import Store
from crm_core.usecases.tell_admins import tell_admins
from recordings.volumes import Volume, Volumes
from web.health import Level, Reading, Space, Trouble
from web.words import N_

log = structlog.get_logger()
_EVERY_S = 60.0


@dataclass(slots=True)
class Watch:
    store: Store
    volumes: Volumes
    clock: Clock
    balance_open: int = 0
    rules: RulesWatch = field(init=False)
    _low: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rules = RulesWatch(self.store)

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:  # a database that is away comes back
                log.exception("the watch could not look")
            await asyncio.sleep(_EVERY_S)

    async def look(self) -> None:
        volumes = await self.volumes.look()
        for volume in volumes:
            if volume.is_low:
                await self._alarm(volume)
        self._low = {one.name for one in volumes if one.is_low}
        async with self.store.read() as tx:
            self.balance_open = await tx.balances.open_count()
        await self.rules.look()

    async def _alarm(self, volume: Volume) -> None:
        """In the log when it begins, to administrators once a day."""
        if volume.name not in self._low:
            log.error(
                "little space for recordings", volume=volume.name, path=str(volume.path), free=volume.free
            )
        now = self.clock()
        sizes = {"free": volume.free or 0, "least": volume.least}
        values = {"volume": volume.name, "path": str(volume.path), **sizes}
        async with self.store.begin() as tx:
            await tell_admins(tx, MailTemplate.DISK_LOW, values, f"disk:{volume.name}:{now:%Y-%m-%d}", now)

    def readings(self) -> list[Reading]:
        """For the health page."""
        return [_reading(volume) for volume in self.volumes.now]


def _reading(volume: Volume) -> Reading:
    if volume.free is None:
        return Reading(
            name=N_("Free for recordings"),
            of=volume.name,
            value=Trouble(volume.error),
            level=Level.BAD,
            advice=N_("This directory cannot be asked how much is free."),
        )
    return Reading(
        name=N_("Free for recordings"),
        of=volume.name,
        value=Space(volume.free, volume.total),
        level=Level.BAD if volume.is_low else Level.GOOD,
        advice=N_("Recordings stop when the disk is full.") if volume.is_low else "",
    )
