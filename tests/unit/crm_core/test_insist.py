# SPDX-License-Identifier: Apache-2.0
"""A database that is away costs time and nothing else; a bug is a bug at once."""

from datetime import UTC, datetime

import pytest

from crm_core.ports.store import StoreAwayError
from crm_core.usecases import insist
from crm_core.usecases.insist import Insist

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(insist, "_FIRST_S", 0.001)


async def test_what_is_refused_is_tried_until_it_is_taken_and_the_refusal_is_told_meanwhile():
    writes = Insist(lambda: NOW)
    told = []

    async def write():
        told.append(writes.since)
        if len(told) < 4:
            raise StoreAwayError("locked")

    await writes(write)
    assert told == [None, NOW, NOW, NOW]
    assert (writes.since, writes.refused) == (None, 3)


async def test_what_is_wrong_in_itself_is_not_tried_again():
    writes = Insist(lambda: NOW)
    tries = []

    async def write():
        tries.append(1)
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await writes(write)
    assert (len(tries), writes.refused) == (1, 0)
