# SPDX-License-Identifier: Apache-2.0
"""Engines: how each database is opened, and the settings its safety rests on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from crm_core.domain.errors import InvalidInputError
from crm_core.storage.sqlite_threads import SqliteThreads

# FULL: what was answered with 'saved' outlives a power cut, for one fsync a transaction. (NORMAL may forget the last
# commits then; imports write many rows in each transaction, so they do not feel the difference.)
_SQLITE = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
)
_POSTGRESQL = {
    "application_name": "rolodial",
    "statement_timeout": "30000",  # ms: nothing of ours takes so long; a hung statement must not hold its locks
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "60000",
}


@dataclass(frozen=True, slots=True)
class Engines:
    writer: AsyncEngine
    reader: AsyncEngine
    threads: tuple[SqliteThreads, ...] = ()

    async def dispose(self) -> None:
        try:
            await self.writer.dispose()
        finally:
            if self.reader is not self.writer:
                await self.reader.dispose()
            for one in self.threads:
                await one.end()


def parse_url(url: str) -> URL:
    """Take sqlite:///FILE and postgresql://..., with or without the driver's name."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidInputError("not the URL of a database: sqlite:///FILE or postgresql://...") from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if parsed.database in {None, "", ":memory:"}:
            raise InvalidInputError("SQLite needs a file: sqlite:///FILE")
        return parsed.set(drivername="sqlite+aiosqlite")
    if backend in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+asyncpg")
    raise InvalidInputError(f"neither SQLite nor PostgreSQL: {parsed.render_as_string(hide_password=True)}")


def sqlite_file(url: URL) -> Path | None:
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def make_engines(url: URL) -> Engines:
    if file := sqlite_file(url):
        writing, reading = SqliteThreads(file), SqliteThreads(file)
        writer, reader = _sqlite(url, writing, writes=True), _sqlite(url, reading, writes=False)
        return Engines(writer, reader, (writing, reading))
    engine = create_async_engine(
        url,
        pool_size=10,
        max_overflow=5,
        pool_timeout=10,
        pool_pre_ping=True,  # a restarted server costs one reconnect, not an error for each pooled connection
        connect_args={"server_settings": _POSTGRESQL, "timeout": 10},
    )
    # A snapshot, as SQLite's readers have it.
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(engine, reader)


def _sqlite(url: URL, threads: SqliteThreads, *, writes: bool) -> AsyncEngine:
    """One writer that locks at BEGIN, so that nobody's update is lost; readers that cannot write."""
    engine = create_async_engine(
        url,
        pool_size=1 if writes else 4,
        max_overflow=0,
        pool_timeout=30,
        async_creator=threads.connect,
    )
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
    pragmas = _SQLITE if writes else (*_SQLITE, "PRAGMA query_only = ON")

    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def say_begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


async def no_hurry(connection: AsyncConnection) -> None:
    """For the rest of this transaction: an index over millions of rows takes longer than a page may."""
    if not is_sqlite(connection):
        await connection.execute(text("SET LOCAL statement_timeout = 0"))


def is_sqlite(connection: AsyncConnection) -> bool:
    return connection.dialect.name == "sqlite"
