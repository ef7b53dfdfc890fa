# SPDX-License-Identifier: Apache-2.0
"""The loops beside the server outlive a database that is away: an exception in one of them would end the process."""

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from config import follow_house as following
from config import nightly
from crm_core.ports.store import StoreAwayError
from tests.support.until import until


class Away:
    """A store that is away for the first tries."""

    def __init__(self, store, tries) -> None:
        self.store, self.tries = store, tries

    @asynccontextmanager
    async def read(self):
        self.tries -= 1
        if self.tries >= 0:
            raise StoreAwayError("locked")
        async with self.store.read() as tx:
            yield tx

    def on_commit(self, callback):
        return self.store.on_commit(callback)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(nightly, "_RETRY_S", 0.01)
    monkeypatch.setattr(following, "_RETRY_S", 0.01)


async def ended(task):
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_the_night_is_planned_when_the_database_is_back(store, tmp_path):
    away = Away(store, 3)
    task = asyncio.create_task(nightly.run_nightly(away, None, tmp_path, lambda: datetime.now(UTC)))
    await until(lambda: away.tries < 0)
    await asyncio.sleep(0)
    assert not task.done()
    await ended(task)


async def test_the_rules_are_read_anew_when_the_database_is_back(store):
    away, nudge = Away(store, 3), asyncio.Event()
    directory = SimpleNamespace(currency="RUB", region="RU")
    desk = SimpleNamespace(directory=directory, rules=None)
    task = asyncio.create_task(following.follow_house(away, desk, nudge))
    await asyncio.sleep(0)
    directory.currency = "EUR"
    nudge.set()
    await until(lambda: away.tries < 0)
    assert not task.done()
    await ended(task)
