# SPDX-License-Identifier: Apache-2.0
"""What the live part does by itself while the application runs: look after sessions, phones and links."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import structlog
from aiohttp import web

from crm_core.domain.audit import Change
from crm_core.ports.feed import EVERYBODY
from crm_core.usecases.set_operator_state import tell_state
from web.keys import CLOCK, DIRECTORY, FEED, LIVE_SCREENS, PBXS, STORE
from web.live.presence import Presence

log = structlog.get_logger()

_PRESENCE_EVERY_S = 1.0
_RECHECK_EVERY_S = 30.0


async def run(app: web.Application) -> AsyncIterator[None]:
    """A cleanup context: two loops beside the server, stopped with it.

    The first look is taken before the server listens: the first screen that comes has the whole state.
    """
    presence = Presence(app[FEED])
    await _tell_states(app)
    presence.look(app[DIRECTORY].operators(), app[PBXS])
    changed: asyncio.Queue[UUID | None] = asyncio.Queue()

    def note(changes: Sequence[Change]) -> None:
        for change in changes:
            if change.kind == "user":
                changed.put_nowait(change.id)
            elif change.kind == "security":  # what is demanded of everybody
                changed.put_nowait(None)
            elif change.kind == "missed":
                app[FEED].publish("missed", {"id": change.id}, EVERYBODY)

    forget = app[STORE].on_commit(note)
    loops = [
        asyncio.create_task(_watch_presence(app, presence)),  # noqa: TID251 - cancelled below
        asyncio.create_task(_watch_sessions(app, changed)),  # noqa: TID251 - cancelled below
    ]
    yield
    forget()
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)


async def close_screens(app: web.Application) -> None:
    """At shutdown, before connections are waited for."""
    app[LIVE_SCREENS].close_all()


async def _tell_states(app: web.Application) -> None:
    async with app[STORE].read() as tx:
        states = await tx.states.current()
    for interval in states.values():
        tell_state(app[FEED], interval)


async def _watch_presence(app: web.Application, presence: Presence) -> None:
    while True:
        await asyncio.sleep(_PRESENCE_EVERY_S)
        presence.look(app[DIRECTORY].operators(), app[PBXS])


async def _watch_sessions(app: web.Application, changed: asyncio.Queue[UUID | None]) -> None:
    """At once for a user who was changed, now and then for all: sessions end by themselves too."""
    while True:
        users: frozenset[UUID] | None = None
        try:
            async with asyncio.timeout(_RECHECK_EVERY_S):
                user = await changed.get()
                users = None if user is None else frozenset({user})
        except TimeoutError:
            pass
        try:
            await app[LIVE_SCREENS].recheck(app[STORE], app[CLOCK](), users)
        except Exception:  # the database is away for a moment: sessions are looked at again soon
            log.exception("sessions of open screens could not be checked")
            await asyncio.sleep(1)
