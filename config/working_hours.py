# SPDX-License-Identifier: Apache-2.0
"""Working hours beside the server: looked at when the next shift begins or ends, and when people or hours change."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from crm_core.domain.audit import Change
from crm_core.ports.clock import Clock
from crm_core.ports.feed import Feed
from crm_core.ports.pbx import Pbx
from crm_core.ports.store import Store
from crm_core.usecases.keep_working_hours import keep_working_hours

log = structlog.get_logger()
_OURS = frozenset({"user", "schedule", "absence"})
_LOOK_EVERY_S = 20.0  # for what another process changed, and for clocks that are set


async def keep_hours(store: Store, feed: Feed, pbxs: Callable[[], Sequence[Pbx]], clock: Clock) -> None:
    """Until cancelled. What failed is tried again at the next look."""
    nudge = asyncio.Event()
    stop = store.on_commit(lambda changes: nudge.set() if _concern(changes) else None)
    try:
        while True:
            wait_s = _LOOK_EVERY_S
            nudge.clear()
            try:
                next_at = await keep_working_hours(store, feed, pbxs(), clock())
                if next_at is not None:
                    wait_s = min(wait_s, max(0.0, (next_at - clock()).total_seconds()))
            except Exception:  # a database that is away comes back
                log.exception("working hours could not be kept")
            await _wait(nudge, wait_s)
    finally:
        stop()


def _concern(changes: Sequence[Change]) -> bool:
    return any(change.kind in _OURS for change in changes)


async def _wait(nudge: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await nudge.wait()
    except TimeoutError:
        pass
