# SPDX-License-Identifier: Apache-2.0
"""Working hours beside the server: looked at when the next shift begins or ends, and when people or hours change."""

from collections.abc import Callable, Sequence
from datetime import datetime

from config.when_due import do_when_due
from crm_core.ports.clock import Clock
from crm_core.ports.feed import Feed
from crm_core.ports.pbx import Pbx
from crm_core.ports.store import Store
from crm_core.usecases.keep_working_hours import keep_working_hours

_OURS = frozenset({"user", "schedule", "absence"})
_LOOK_EVERY_S = 20.0


async def keep_hours(store: Store, feed: Feed, pbxs: Callable[[], Sequence[Pbx]], clock: Clock) -> None:
    """Until cancelled."""

    async def work() -> datetime | None:
        return await keep_working_hours(store, feed, pbxs(), clock())

    await do_when_due("working hours", work, store, clock, kinds=_OURS, look_every_s=_LOOK_EVERY_S)
