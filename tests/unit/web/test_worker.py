# SPDX-License-Identifier: Apache-2.0
"""Long work beside the server, whatever its looks come to."""

import asyncio

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
