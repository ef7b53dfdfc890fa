# SPDX-License-Identifier: Apache-2.0
"""The balance in the running server: made each night, told to administrators while something is open, and watched."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

import structlog

from crm_core.domain.mail import MailTemplate
from crm_core.ports.clock import Clock, utc_now
from crm_core.ports.recording_store import RecordingStore
from crm_core.ports.store import Store
from crm_core.usecases.balance_day import Balanced, GoingOn, balance_day, days_to_look_at
from crm_core.usecases.tell_admins import tell_admins
from web.health import Level, Reading, Section
from web.words import N_

if TYPE_CHECKING:
    from config.wiring import Parts

log = structlog.get_logger()
_LATE = timedelta(hours=36)


async def balance_night(
    store: Store, files: RecordingStore, clock: Clock, going_on: Callable[[], GoingOn] = dict
) -> bool:
    """False when it could not be finished; the night's other work goes on."""
    try:
        for day in await days_to_look_at(store, clock()):
            told = await balance_day(store, files, day, clock(), going_on())
            log.info("balance", day=told.day.day, calls=told.day.calls, open=len(told.open))
            if told.open:
                await _tell(store, told, day, clock)
    except Exception:  # a disk or a database that is away comes back
        log.exception("the balance could not be made")
        return False
    return True


async def _tell(store: Store, told: Balanced, day: date, clock: Clock) -> None:
    """Once for a day, however often it is looked at: who read of it knows."""
    kinds: dict[str, int] = {}
    for one in told.open:
        kinds[one.found.kind.value] = kinds.get(one.found.kind.value, 0) + 1
    values = {"day": day.isoformat(), "total": len(told.open), "calls": told.day.calls, "kinds": kinds}
    async with store.begin() as tx:
        await tell_admins(tx, MailTemplate.BALANCE_OPEN, values, f"balance:{told.day.day}", clock())


async def balance_probe(parts: "Parts") -> Section:
    async with parts.store.read() as tx:
        open_, days = await tx.balances.open_count(), await tx.balances.days(1)
    late = bool(days) and utc_now() - days[0].run_at > _LATE
    last = Reading(
        name=N_("Last day checked"),
        value=date.fromisoformat(days[0].day) if days else None,
        level=Level.WARN if late else Level.PLAIN,
        advice=N_("The balance has not been made for a day and a half.") if late else "",
    )
    differences = Reading(
        name=N_("Differences that nobody explained"),
        value=open_,
        level=Level.WARN if open_ else Level.GOOD,
        advice=N_("Settings, Balance names each and what can be done.") if open_ else "",
    )
    return Section(title=N_("Balance"), icon="checks", readings=[last, differences])
