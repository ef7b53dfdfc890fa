# SPDX-License-Identifier: Apache-2.0
"""Keeps the settings in memory as the database has them, whichever process changed them."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import structlog
from aiohttp import web

from crm_core.domain.audit import Change
from web.keys import IN_FORCE, STORE

log = structlog.get_logger()
_POLL_S = 5.0  # for what another process changed: an import, the command line
_OURS = frozenset({"settings", "modules", "security", "choice", "client_field", "user"})


async def follow_settings(app: web.Application) -> AsyncIterator[None]:
    """A cleanup context: one loop beside the server."""
    nudge = asyncio.Event()

    def note(changes: Sequence[Change]) -> None:
        if any(change.kind in _OURS for change in changes):
            nudge.set()

    async with app[STORE].read() as tx:
        seq = await tx.changes.last_seq()
    await app[IN_FORCE].read(app[STORE])
    forget = app[STORE].on_commit(note)
    loop = asyncio.create_task(_follow(app, nudge, seq))  # noqa: TID251 - cancelled below
    yield
    forget()
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)


async def _follow(app: web.Application, nudge: asyncio.Event, seq: int) -> None:
    while True:
        try:
            async with asyncio.timeout(_POLL_S):
                await nudge.wait()
        except TimeoutError:
            pass
        nudge.clear()
        try:
            seq = await _catch_up(app, seq)
        except Exception:  # a database that is away comes back
            log.exception("the settings could not be read again")
            await asyncio.sleep(1)


async def _catch_up(app: web.Application, seq: int) -> int:
    ours = False
    async with app[STORE].read() as tx:
        while changes := await tx.changes.since(seq):
            seq = changes[-1].seq
            ours = ours or any(change.kind in _OURS for change in changes)
    if ours:
        await app[IN_FORCE].read(app[STORE])
    return seq
