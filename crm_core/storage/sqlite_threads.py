# SPDX-License-Identifier: Apache-2.0
"""SQLite's connections, each with its thread of aiosqlite; closing waits for the threads, before the loop is gone."""

import asyncio
import sqlite3
from functools import partial
from pathlib import Path
from threading import Thread

import structlog
from aiosqlite import Connection

log = structlog.get_logger()
_LONGEST_S = 30.0  # a statement that began is not broken off
_LOOK_S = 0.005


class _Connection(Connection):
    """Stopped once, however often it is said: the thread ends at the first, and who waits for another waits for ever.

    So it is when a task is cancelled in a statement, and cancelled again while its connection is closed for that.
    """

    _stopped: "asyncio.Future[None] | None" = None
    _is_stopped = False

    @property
    def thread(self) -> Thread:
        return self._thread

    def stop(self) -> "asyncio.Future[None] | None":
        if not self._is_stopped:
            self._is_stopped = True
            self._stopped = super().stop()
        return self._stopped


class SqliteThreads:
    """Makes the connections of one engine, and ends them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connections: list[_Connection] = []

    async def connect(self) -> Connection:
        # We say BEGIN ourselves; the module's own came late.
        connection = _Connection(partial(sqlite3.connect, self._file, isolation_level=None), 64)
        connection.thread.daemon = True
        self._connections = [*self._alive(), connection]
        return await connection

    async def end(self) -> None:
        """After the pool is closed. A thread that outlives the loop falls over what it would tell it."""
        for one in self._alive():
            one.stop()  # whoever still has it
        give_up = asyncio.get_running_loop().time() + _LONGEST_S
        while alive := self._alive():
            if asyncio.get_running_loop().time() > give_up:
                log.error("connections of SQLite are still at work", count=len(alive))
                return
            await asyncio.sleep(_LOOK_S)

    def _alive(self) -> list[_Connection]:
        return [one for one in self._connections if one.thread.is_alive()]
