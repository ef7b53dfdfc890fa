# SPDX-License-Identifier: Apache-2.0
"""The big house for measuring, in small: what is loaded is found, listed and on timelines; on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from config.demo.data import load_demo
from config.demo.generate import number_of
from config.demo.many import AlreadyThereError, client_id, load_many, name_of

NOW = datetime.now(UTC)


async def test_clients_and_calls_are_loaded_once(store):
    await load_demo(store, NOW)
    await load_many(store, 50, 120, NOW)
    async with store.read() as tx:
        (found,) = await tx.clients.search(name_of(7), 5)
        owned = await tx.clients.owners_of([number_of(7)])
    assert found.name == name_of(7)
    assert owned[number_of(7)][0].contact_id == client_id(7, NOW)
    async with store.engines.reader.connect() as connection:
        for table in ("call", "call_leg", "communication"):
            assert await connection.scalar(text(f"SELECT count(*) FROM {table}")) == 120  # noqa: S608
    with pytest.raises(AlreadyThereError):
        await load_many(store, 50, 0, NOW)
