# SPDX-License-Identifier: Apache-2.0
"""A second serving process is refused at PostgreSQL as it is at SQLite."""

import asyncio
from contextlib import suppress

import asyncpg
import pytest

from crm_core.storage import serving_lock
from crm_core.storage.engine import make_engines, parse_url
from crm_core.storage.lock_file import DatabaseInUseError
from crm_core.storage.serving_lock import ServingLock, serving_alone
from tests.support.until import until


@pytest.fixture
async def engines(postgresql):
    url = postgresql.url(postgresql.new())
    made = [make_engines(parse_url(url)) for _ in range(2)]
    yield url, [one.writer for one in made]
    for one in made:
        await one.dispose()


async def test_a_second_one_is_refused_until_the_first_is_gone(engines):
    _, (first, second) = engines
    async with serving_alone(first):
        with pytest.raises(DatabaseInUseError, match="Another Rolodial"):
            await ServingLock(second).acquire(within_s=0.1)
    async with serving_alone(second) as lock:
        assert lock is not None


async def test_a_lock_that_was_lost_with_its_connection_is_taken_again(engines, monkeypatch):
    monkeypatch.setattr(serving_lock, "_LOOK_S", 0.01)
    url, (first, second) = engines
    other = await asyncpg.connect(url.replace("+asyncpg", ""))
    async with serving_alone(first) as lock:
        keeping = asyncio.create_task(lock.keep())
        lost = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'"
        before = await other.fetchval("SELECT pid FROM pg_locks WHERE locktype = 'advisory'")
        await other.execute(lost)
        await until(lambda: _held_by_another(other, before))
        with pytest.raises(DatabaseInUseError):
            await ServingLock(second).acquire(within_s=0.1)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    await other.close()


async def _held_by_another(connection, before):
    now = await connection.fetchval("SELECT pid FROM pg_locks WHERE locktype = 'advisory'")
    return now not in {None, before}


async def test_sqlite_has_its_file(sqlite_template):
    engines = make_engines(parse_url(f"sqlite:///{sqlite_template}"))
    async with serving_alone(engines.writer) as lock:
        assert lock is None
    await engines.dispose()


async def test_a_lock_that_cannot_be_looked_at_ends_nothing(monkeypatch):
    monkeypatch.setattr(serving_lock, "_LOOK_S", 0.001)
    lock, looked = ServingLock(None), []

    async def odd():
        looked.append(1)
        raise OSError

    monkeypatch.setattr(lock, "_try", odd)
    keeping = asyncio.create_task(lock.keep())
    await until(lambda: len(looked) > 1)
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping
