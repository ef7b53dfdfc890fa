# SPDX-License-Identifier: Apache-2.0
"""Long work beside the server: looked for at the start, when somebody rings, and each minute; cancelled at the end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from crm_core.ports.store import StoreAwayError

log = structlog.get_logger()
_LOOK_EVERY_S = 60.0  # for jobs that nobody woke us for, and for old ones
_AGAIN_S = 2.0  # after a failure

Look = Callable[[web.Application], Awaitable[bool]]
Begin = Callable[[web.Application], Awaitable[None]]


@asynccontextmanager
async def at_work(
    app: web.Application, what: str, bell: asyncio.Event, look: Look, begin: Begin | None = None
) -> AsyncIterator[None]:
    """`begin`: before the first look, and before the one after a failure. `look` does one job that waits.

    It says whether there may be another. A job keeps how far it is itself, where pages look for it; what the end of
    the server cuts off is for `begin` or `look` to find again after the next start.
    """
    working = asyncio.create_task(_rounds(app, what, bell, look, begin))  # noqa: TID251 - cancelled below
    try:
        yield
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


@asynccontextmanager
async def failing(what: str, fail: Callable[[], Awaitable[None]], **about: str) -> AsyncIterator[None]:
    """Around one job: where it cannot be done, `fail` says so in its row, and the others go on.

    While the database is away nothing has failed: the job stands as it did, and is begun anew with the next look.
    """
    try:
        yield
    except StoreAwayError:
        raise
    except Exception:
        log.exception(what, **about)
        await fail()


async def _rounds(
    app: web.Application, what: str, bell: asyncio.Event, look: Look, begin: Begin | None
) -> None:
    again = True  # from the beginning
    while True:
        bell.clear()  # before the look: who rings meanwhile is heeded after it
        try:
            if again and begin is not None:
                await begin(app)
            again = True
            while await look(app):
                pass
            again = False
        except StoreAwayError as error:  # for a moment; the job waits
            log.warning("jobs wait for the database", what=what, error=str(error))
        except Exception:
            log.exception("jobs could not be looked at", what=what)
        try:
            async with asyncio.timeout(_AGAIN_S if again else _LOOK_EVERY_S):
                await bell.wait()
        except TimeoutError:
            pass
