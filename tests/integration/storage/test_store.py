# SPDX-License-Identifier: Apache-2.0
import asyncio
import sqlite3
import subprocess
import sys
from contextlib import asynccontextmanager, closing
from dataclasses import replace

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.ports.store import StoreAwayError
from crm_core.storage.engine import parse_url
from crm_core.storage.lock_file import DatabaseInUseError
from crm_core.storage.open_store import DatabaseUnavailableError, SchemaError, migrate, open_store
from tests.support.builders import NOW, a_contact, a_user


async def test_what_is_written_is_there_for_readers(store):
    anna = a_user()
    async with store.begin() as tx:
        await tx.people.add_user(anna, "hash")
    async with store.read() as tx:
        assert await tx.people.user_by_login("anna") == anna
        assert await tx.people.password_hash(anna.id) == "hash"


async def test_an_exception_undoes_everything(store):
    with pytest.raises(RuntimeError):
        async with store.begin() as tx:
            await tx.people.add_user(a_user(), "hash")
            tx.changes.add("user", new_id(NOW), NOW)
            raise RuntimeError
    async with store.read() as tx:
        assert await tx.people.users() == []
        assert await tx.changes.last_seq() == 0


async def test_a_cancelled_writer_leaves_nothing_and_lets_the_next_one_in(store):
    inside = asyncio.Event()

    async def writes_for_ever():
        async with store.begin() as tx:
            await tx.people.add_user(a_user(), "hash")
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(writes_for_ever())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(30), store.begin() as tx:
        await tx.people.add_user(a_user(), "hash")


async def test_a_reader_cannot_write(store):
    with pytest.raises(DBAPIError):
        async with store.read() as tx:
            await tx.people.add_user(a_user(), "hash")


async def test_a_reader_sees_one_moment(store):
    async with store.read() as reader:
        assert await reader.people.users() == []
        async with store.begin() as tx:
            await tx.people.add_user(a_user(), "hash")
        assert await reader.people.users() == []


async def test_no_update_is_lost(store):
    async with store.begin() as tx:
        contact = a_contact(note="0")
        await tx.clients.save_contacts([contact])

    async def add_one():
        for _ in range(10):
            async with store.begin() as tx:
                await tx.clients.serialise()
                now = await tx.clients.contact(contact.id)
                await tx.clients.save_contacts([replace(now, note=str(int(now.note) + 1))])

    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(add_one())
    async with store.read() as tx:
        assert (await tx.clients.contact(contact.id)).note == "40"


async def test_a_taken_login_is_a_conflict(store):
    async with store.begin() as tx:
        await tx.people.add_user(a_user(), "hash")
    with pytest.raises(ConflictError, match="anna"):
        async with store.begin() as tx:
            await tx.people.add_user(a_user(), "hash")


async def test_changes_are_told_after_the_commit_once_each_and_in_order(store):
    heard = []
    stop = store.on_commit(lambda changes: heard.extend((c.seq, c.kind, c.id) for c in changes))
    one, two = new_id(NOW), new_id(NOW)
    async with store.begin() as tx:
        tx.changes.add("contact", one, NOW)
        tx.changes.add("order", two, NOW)
        tx.changes.add("contact", one, NOW)
        assert heard == []
    stop()
    async with store.begin() as tx:
        tx.changes.add("contact", two, NOW)
    async with store.read() as tx:
        everything = [(c.seq, c.kind, c.id) for c in await tx.changes.since(0)]
        assert [c.seq for c in await tx.changes.since(everything[0][0], limit=1)] == [everything[1][0]]
    assert heard == everything[:2]
    assert [(kind, i) for _, kind, i in everything] == [("contact", one), ("order", two), ("contact", two)]


async def test_a_listener_that_fails_does_not_undo_the_commit(store):
    def fails(_changes):
        raise ZeroDivisionError

    store.on_commit(fails)
    async with store.begin() as tx:
        tx.changes.add("contact", new_id(NOW), NOW)
    async with store.read() as tx:
        assert await tx.changes.last_seq() == 1


async def test_who_reads_up_to_a_seq_never_misses_a_smaller_one(store):
    """Twenty writers at once; a reader that only ever asks for what is newer sees every row."""
    seen, done = [], asyncio.Event()

    async def write():
        for _ in range(5):
            async with store.begin() as tx:
                tx.changes.add("contact", new_id(NOW), NOW)
                await asyncio.sleep(0.001)

    async def follow():
        last = 0
        while True:
            finished = done.is_set()
            async with store.read() as tx:
                found = await tx.changes.since(last)
            seen.extend(c.seq for c in found)
            last = seen[-1] if seen else 0
            if finished and not found:
                return

    follower = asyncio.create_task(follow())
    await asyncio.gather(*(write() for _ in range(20)))
    done.set()
    await follower
    assert len(seen) == 100
    assert seen == sorted(seen)


async def test_a_second_process_on_the_same_sqlite_file_is_refused(store, database_url):
    if not database_url.startswith("sqlite"):
        beside = await open_store(database_url)
        await beside.close()
        return
    with pytest.raises(DatabaseInUseError, match="in use by another Rolodial"):
        await open_store(database_url)
    with pytest.raises(DatabaseInUseError):
        await migrate(database_url)
    command = await open_store(database_url, exclusive=False)
    async with command.begin() as tx:
        await tx.people.add_user(a_user(), "hash")
    await command.close()
    await store.close()
    again = await open_store(database_url)
    await again.close()


def test_a_process_that_used_the_store_ends(database_url):
    """aiosqlite's threads would keep it alive."""
    code = f"""
import asyncio
from crm_core.storage.open_store import open_store
async def main():
    store = await open_store({database_url!r})
    async with store.read() as tx:
        print(await tx.people.users())
    async with store.begin() as tx:
        print(await tx.people.users())
    await store.close()
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], check=False, capture_output=True, text=True, timeout=90
    )
    assert (done.stdout, done.returncode) == ("[]\n[]\n", 0), done.stderr


async def test_an_unmigrated_database_is_refused(empty_database_url):
    with pytest.raises(SchemaError, match="rolodial migrate"):
        await open_store(empty_database_url)


async def test_a_server_that_is_not_there_is_named():
    with pytest.raises(DatabaseUnavailableError):
        await open_store("postgresql://nobody@127.0.0.1:1/rolodial")


async def test_a_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "rolodial.db"
    path.write_bytes(b"this is not a database, whatever its name says" * 100)
    with pytest.raises(DatabaseUnavailableError, match="not a database"):
        await open_store(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"this is not")


@pytest.mark.parametrize("url", ["", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "rolodial.db"])
def test_a_wrong_url_is_refused(url):
    with pytest.raises(InvalidInputError):
        parse_url(url)


def test_a_refused_url_does_not_show_its_password():
    with pytest.raises(InvalidInputError) as refused:
        parse_url("mysql://me:hunter2@host/db")
    assert "hunter2" not in str(refused.value)


@asynccontextmanager
async def _away(store, url):
    """SQLite's one lock is held by somebody else; PostgreSQL breaks every connection and takes no new one."""
    if url.startswith("sqlite"):
        async with store.engines.writer.connect() as connection:
            await (await connection.get_raw_connection()).driver_connection.execute(
                "PRAGMA busy_timeout = 20"
            )
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            yield
        return
    parts = parse_url(url)
    admin = await asyncpg.connect(host=parts.query["host"], user="postgres", database="postgres")
    try:
        await admin.execute(f"ALTER DATABASE {parts.database} ALLOW_CONNECTIONS false")
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", parts.database
        )
        yield
        await admin.execute(f"ALTER DATABASE {parts.database} ALLOW_CONNECTIONS true")
    finally:
        await admin.close()


async def test_a_database_that_is_away_is_told_as_such_and_works_when_it_is_back(store, database_url):
    async with _away(store, database_url):
        with pytest.raises(StoreAwayError):
            async with store.begin() as tx:
                await tx.people.add_user(a_user(), "hash")
    async with store.begin() as tx:
        await tx.people.add_user(a_user(), "hash")
