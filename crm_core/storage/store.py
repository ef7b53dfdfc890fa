# SPDX-License-Identifier: Apache-2.0
"""The store over SQLAlchemy Core: transactions on SQLite or PostgreSQL."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.domain.audit import Change
from crm_core.storage.analysis import analyse
from crm_core.storage.away import connecting, working
from crm_core.storage.engine import Engines
from crm_core.storage.lock_file import LockFile
from crm_core.storage.tx import SqlTx

log = structlog.get_logger()
Callback = Callable[[Sequence[Change]], None]


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
            with working(writes=True):
                async with connection.begin():
                    tx = SqlTx(connection)
                    yield tx
                    changes = await tx.flush()
            # Before the connection goes back: the next transaction's callbacks come after these.
            self._tell(changes)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTx]:
        async with _connected(self._engines.reader) as connection:
            with working(writes=False):
                async with connection.begin():
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
    async with AsyncExitStack() as stack:
        with connecting():
            connection = await stack.enter_async_context(engine.connect())
        yield connection
