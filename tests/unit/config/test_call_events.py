# SPDX-License-Identifier: Apache-2.0
"""While the database is away a call event waits for it, and is written once."""

import pytest

from config import call_events
from config.call_events import until_stored
from crm_core.ports.store import StoreAwayError


async def test_it_is_tried_until_the_database_is_back(monkeypatch):
    monkeypatch.setattr(call_events, "_AGAIN_S", 0.001)
    tries = []

    async def write():
        tries.append("tried")
        if len(tries) < 4:
            raise StoreAwayError("locked")

    await until_stored(write)
    assert len(tries) == 4


async def test_what_is_wrong_with_the_call_itself_is_not_tried_again():
    tries = []

    async def write():
        tries.append("tried")
        raise ValueError("a strange call")

    with pytest.raises(ValueError, match="strange"):
        await until_stored(write)
    assert len(tries) == 1
