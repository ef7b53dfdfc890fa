# SPDX-License-Identifier: Apache-2.0
"""Long work beside the server: looked for at the start, when somebody rings, and each minute; cancelled at the end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

log = structlog.get_logger()
_LOOK_EVERY_S = 60.0  # for jobs that nobody woke us for, and for old ones
_AGAIN_S = 2.0  # after a failure

Look = Callable[[web.Application], Awaitable[bool]]
Begin = Callable[[web.Application], Awaitable[None]]


@asynccontextmanager
async def at_work(
    app: web.Application, what: str, bell: asyncio.Event, look: Look, begin: Begin | None = None
) -> AsyncIterator[None]:
    """`begin`: once, before the first look. `look` does one job that waits; whether there may be another.

    A job keeps how far it is itself, where pages look for it; what the end of the server cuts off is for `begin`
    or `look` to find again after the next start.
    """
    working = asyncio.create_task(_rounds(app, what, bell, look, begin))  # noqa: TID251 - cancelled below
    try:
        yield
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def _rounds(
    app: web.Application, what: str, bell: asyncio.Event, look: Look, begin: Begin | None
) -> None:
    while True:
        bell.clear()  # before the look: who rings meanwhile is heeded after it
        wait_s = _LOOK_EVERY_S
        try:
            if begin is not None:
                await begin(app)
                begin = None
            while await look(app):
                pass
        except Exception:  # the database is away for a moment; the job waits
            log.exception("jobs could not be looked at", what=what)
            wait_s = _AGAIN_S
        try:
            async with asyncio.timeout(wait_s):
                await bell.wait()
        except TimeoutError:
            pass
