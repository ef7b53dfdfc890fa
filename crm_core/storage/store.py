# SPDX-License-Identifier: Apache-2.0
"""The store over SQLAlchemy Core: transactions on SQLite or PostgreSQL."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.domain.audit import Change
from crm_core.ports.store import StoreAwayError
from crm_core.storage.analysis import analyse
from crm_core.storage.engine import Engines
from crm_core.storage.lock_file import LockFile
from crm_core.storage.tx import SqlTx

log = structlog.get_logger()
Callback = Callable[[Sequence[Change]], None]
# Of PostgreSQL's classes: connection lost, out of resources, shut down or locked by others, I/O error.
_AWAY = ("08", "53", "57", "55P03", "58")
_AWAY_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    }
)  # fmt: skip
_UNREACHED = (OSError, TimeoutError, DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError)


class SqlStore:
    """Implements ports.store.Store."""

    def __init__(self, engines: Engines, lock: LockFile | None = None) -> None:
        self._engines = engines
        self._lock = lock
        self._callbacks: list[Callback] = []

    @property
    def engines(self) -> Engines:
        """For what is no noun's: bulk loading, backups."""
        return self._engines

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlTx]:
        async with _connected(self._engines.writer) as connection:
            async with connection.begin():
                tx = SqlTx(connection)
                yield tx
                changes = await tx.flush()
            # Before the connection goes back: the next transaction's callbacks come after these.
            self._tell(changes)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTx]:
        async with _connected(self._engines.reader) as connection, connection.begin():
            yield SqlTx(connection)

    async def analyse(self) -> None:
        async with self._engines.writer.begin() as connection:
            await analyse(connection)

    def on_commit(self, callback: Callback) -> Callable[[], None]:
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    async def close(self) -> None:
        try:
            await self._engines.dispose()
        finally:
            if self._lock:
                self._lock.release()

    def _tell(self, changes: Sequence[Change]) -> None:
        for callback in tuple(self._callbacks) if changes else ():
            try:
                callback(changes)
            except Exception:  # what is committed is committed, whatever a listener makes of it
                log.exception("a listener to commits failed")


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection; that the database is away is told as such, whatever its driver calls it."""
    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(engine.connect())
        except _UNREACHED as error:
            raise StoreAwayError(str(error)) from error
        try:
            yield connection
        except DBAPIError as error:
            if _is_away(error):
                raise StoreAwayError(str(error.orig)) from error
            raise


def _is_away(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _AWAY_SQLITE
    return str(getattr(error.orig, "sqlstate", "")).startswith(_AWAY)
