# SPDX-License-Identifier: Apache-2.0
"""Long work beside the server, whatever its looks come to."""

import asyncio

from crm_core.ports.store import StoreAwayError
from tests.support.until import until
from web import worker


async def test_a_look_that_fails_is_made_again_soon_and_not_only_with_the_next_round(monkeypatch):
    monkeypatch.setattr(worker, "_AGAIN_S", 0.001)
    looks = []

    async def look(_app):
        looks.append(1)
        if len(looks) == 1:
            raise OSError
        return False

    async with worker.at_work(None, "things", asyncio.Event(), look):
        await until(lambda: len(looks) == 2)


async def test_a_job_that_cannot_be_done_says_so_and_one_whose_database_is_away_waits(monkeypatch):
    monkeypatch.setattr(worker, "_AGAIN_S", 0.001)
    faults = [StoreAwayError("locked"), StoreAwayError("locked"), None, ValueError("nonsense")]
    begun, done, failed = [], [], []

    async def fail():
        failed.append(1)

    async def look(_app):
        if not faults:
            return False
        async with worker.failing("a thing", fail):
            fault = faults.pop(0)
            if fault:
                raise fault
            done.append(1)
        return True

    async def begin(_app):
        begun.append(1)

    async with worker.at_work(None, "things", asyncio.Event(), look, begin):
        await until(lambda: failed)
    assert (len(done), len(failed)) == (1, 1)
    assert len(begun) == 3, "what was cut off is found again each time"
