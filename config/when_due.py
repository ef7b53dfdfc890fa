# SPDX-License-Identifier: Apache-2.0
"""Work beside the server that is done when it is due, and when something was committed that it hangs on."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime

import structlog

from crm_core.domain.audit import Change
from crm_core.ports.clock import Clock
from crm_core.ports.store import Store

log = structlog.get_logger()
Work = Callable[[], Awaitable[datetime | None]]  # gives when it is due again, if that is known


async def do_when_due(
    what: str, work: Work, store: Store, clock: Clock, *, kinds: Collection[str], look_every_s: float
) -> None:
    """Until cancelled. `kinds`: of changes it hangs on.

    `look_every_s`: for what another process changed, for clocks that are set, and for what failed.
    """
    nudge = asyncio.Event()
    stop = store.on_commit(lambda changes: nudge.set() if _is_among(changes, kinds) else None)
    try:
        while True:
            wait_s = look_every_s
            nudge.clear()
            try:
                due = await work()
                if due is not None:
                    wait_s = min(wait_s, max(0.0, (due - clock()).total_seconds()))
            except Exception:  # a database that is away comes back
                log.exception("what is due could not be done", what=what)
            await _wait(nudge, wait_s)
    finally:
        stop()


def _is_among(changes: Sequence[Change], kinds: Collection[str]) -> bool:
    return any(change.kind in kinds for change in changes)


async def _wait(nudge: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await nudge.wait()
    except TimeoutError:
        pass
