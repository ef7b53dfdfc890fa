# SPDX-License-Identifier: Apache-2.0
"""Tasks that are cancelled in a statement, or while a connection is opened, leave no thread behind the loop's end."""

import asyncio
import shutil
import sqlite3
import threading
import time

import pytest
from sqlalchemy import text

from crm_core.storage.open_store import open_store
from tests.conftest import _aside

A_WHILE = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT count(*) FROM n"
)


@pytest.fixture
def url(sqlite_template, tmp_path):
    shutil.copyfile(sqlite_template, tmp_path / "rolodial.db")
    return f"sqlite:///{tmp_path / 'rolodial.db'}"


@pytest.fixture
def fallen(monkeypatch):
    """What threads died of."""
    found = []
    monkeypatch.setattr(threading, "excepthook", lambda told: found.append(told.exc_value))
    return found


def with_a_store(url, work):
    """On a loop of its own that ends right after the store is closed; then nothing is at work any more."""
    before = set(threading.enumerate())

    async def run():
        store = await open_store(url)
        await work(store)
        await store.close()
        assert {one for one in threading.enumerate() if "connection_worker" in one.name} <= before

    _aside(asyncio.wait_for(run(), 60))


async def cancelled(task, times=1):
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0.01)
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("how", ["begin", "read"])
def test_in_a_statement(url, fallen, how, times):
    """Once, and again while its connection is closed for that: then the loop could not end for ever."""

    async def work(store):
        begun = asyncio.Event()

        async def count():
            async with getattr(store, how)() as tx:
                begun.set()
                await tx.people._connection.execute(text(A_WHILE))

        task = asyncio.get_running_loop().create_task(count())
        await begun.wait()
        await asyncio.sleep(0.01)
        await cancelled(task, times)

    with_a_store(url, work)
    assert fallen == []


def test_while_the_connection_is_opened(url, fallen, monkeypatch):
    usual, opening = sqlite3.connect, threading.Event()

    def slow(*args, **more):
        opening.set()
        time.sleep(0.2)
        return usual(*args, **more)

    async def work(store):
        async def look():
            async with store.begin() as tx:
                await tx.settings.house()

        monkeypatch.setattr(sqlite3, "connect", slow)
        task = asyncio.get_running_loop().create_task(look())
        await asyncio.to_thread(opening.wait)
        await cancelled(task)

    with_a_store(url, work)
    time.sleep(0.3)  # it would fall after the loop's end
    assert fallen == []


def test_of_who_still_reads(url, fallen):
    async def work(store):
        reading = store.read()
        tx = await reading.__aenter__()
        await tx.settings.house()
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # of what is torn from it

    with_a_store(url, work)
    assert fallen == []
