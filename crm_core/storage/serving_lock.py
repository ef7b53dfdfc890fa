# SPDX-License-Identifier: Apache-2.0
"""One serving process at a PostgreSQL database too: an advisory lock, held on a connection of its own.

Two would tell the same PBX who is there, and give it two sets of fallback routes. A file beside it (lock_file)
does this for SQLite.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.ports.store import StoreAwayError
from crm_core.storage.away import connecting, working
from crm_core.storage.lock_file import DatabaseInUseError
from crm_core.storage.sql import Lock

log = structlog.get_logger()
_LOOK_S = 5.0
_GIVEN_UP_S = 5.0  # so long the server may take to notice that the process before us died


class ServingLock:
    """Lost with its connection, and taken again by `keep`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None

    async def acquire(self, within_s: float = _GIVEN_UP_S) -> None:
        give_up = asyncio.get_running_loop().time() + within_s
        while not await self._try():
            if asyncio.get_running_loop().time() >= give_up:
                raise DatabaseInUseError("Another Rolodial serves from this database. Stop it first.")
            await asyncio.sleep(0.1)

    async def keep(self) -> None:
        """Until cancelled. Who finds another in its place goes on: two are better than none, and it is said."""
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                if not await self._try():
                    log.error("another Rolodial serves from this database")
            except StoreAwayError as error:
                log.warning("the lock of the database is lost for the moment", error=str(error))
            except Exception:  # a server that serves is not ended for a lock
                log.exception("the lock of the database could not be looked at")

    async def release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()  # closed, not given back: the lock is the session's
            await connection.close()

    async def _try(self) -> bool:
        """Whether it is ours; an advisory lock is counted, so that whoever has it only looks."""
        if self._connection is not None:
            try:
                with working(writes=False):
                    await self._connection.execute(text("SELECT 1"))
                    await self._connection.commit()
            except StoreAwayError:
                await self.release()
            else:
                return True
        with connecting():
            connection = await self._engine.connect()
        got = False
        try:
            with working(writes=False):
                asked = text("SELECT pg_try_advisory_lock(:key)")
                got = bool(await connection.scalar(asked, {"key": int(Lock.SERVING)}))
                await connection.commit()
        finally:
            if got:
                self._connection = connection
            else:
                await connection.close()
        return got


@asynccontextmanager
async def serving_alone(engine: AsyncEngine) -> AsyncIterator[ServingLock | None]:
    """None for SQLite, which open_store has locked."""
    if engine.dialect.name != "postgresql":
        yield None
        return
    lock = ServingLock(engine)
    await lock.acquire()
    try:
        yield lock
    finally:
        await lock.release()
