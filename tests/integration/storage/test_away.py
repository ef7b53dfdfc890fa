# SPDX-License-Identifier: Apache-2.0
"""A database that is locked, read-only or gone is told apart from a statement that is wrong."""

import sqlite3

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from crm_core.ports.store import StoreAwayError
from crm_core.storage.engine import make_engines, parse_url
from crm_core.storage.open_store import open_store
from crm_core.storage.store import SqlStore


async def write(store):
    async with store.begin() as tx:
        await tx.people._connection.execute(text("DELETE FROM outbox"))


async def test_a_wrong_statement_is_nobodys_absence(store):
    with pytest.raises(DBAPIError):
        async with store.begin() as tx:
            await tx.people._connection.execute(text("SELECT nothing FROM nowhere"))


async def test_a_locked_database_is_away_and_comes_back(store, database_url):
    quick = "PRAGMA busy_timeout = 50" if database_url.startswith("sqlite") else "SET lock_timeout = 50"
    async with store.engines.writer.connect() as connection:
        await connection.execute(text(quick))
        await connection.commit()
    release = await _hold(database_url)
    with pytest.raises(StoreAwayError):
        await write(store)
    await release()
    await write(store)


async def _hold(url):
    """The write lock, by somebody else; what lets it go."""
    if url.startswith("sqlite"):
        held = sqlite3.connect(url.partition("///")[2], isolation_level=None)
        held.execute("BEGIN IMMEDIATE")

        async def release():
            held.close()

        return release
    other = await asyncpg.connect(url.replace("+asyncpg", ""))
    transaction = other.transaction()
    await transaction.start()
    await other.execute("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")

    async def let_go():
        await (
            transaction.rollback()
        )  # of a connection that is only closed the server hears when it hears of it
        await other.close()

    return let_go


async def test_a_connection_that_the_server_cut_is_away_and_the_next_one_is_new(
    postgresql, postgresql_template
):
    url = postgresql.url(postgresql.new(postgresql_template))
    store = await open_store(url)
    other = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        with pytest.raises(StoreAwayError):
            async with store.begin() as tx:
                pid = await tx.people._connection.scalar(text("SELECT pg_backend_pid()"))
                await other.execute("SELECT pg_terminate_backend($1, 5000)", pid)
                await tx.people._connection.execute(text("SELECT 1"))
        await write(store)
    finally:
        await other.close()
        await store.close()


@pytest.mark.parametrize(
    "code",
    [sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY_SNAPSHOT],
)
async def test_a_broken_disk_is_away_though_the_driver_was_asked_without_sqlalchemy(store, code):
    broken = sqlite3.DatabaseError("the disk")
    broken.sqlite_errorcode = code
    with pytest.raises(StoreAwayError, match="the disk"):
        async with store.begin():
            raise broken


async def test_a_server_that_is_gone_is_away(tmp_path):
    store = SqlStore(make_engines(parse_url(f"postgresql://postgres@/none?host={tmp_path}")))
    with pytest.raises(StoreAwayError):
        await write(store)
    with pytest.raises(StoreAwayError):
        async with store.read():
            pass
    await store.close()
