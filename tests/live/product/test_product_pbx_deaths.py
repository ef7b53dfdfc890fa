# SPDX-License-Identifier: Apache-2.0
"""Asterisk itself dies in mid-call: what was open is closed and marked, and the new one is told everything again."""

import pytest

from crm_core.domain.call import Disposition
from tests.live.product.floor import clock_of, finished
from tests.live.product.test_product_roads import state


async def test_asterisk_is_killed_in_mid_call_and_comes_back(product, floor, loop_thread):
    talked, number, after = product.client("103"), product.client("104"), product.client("103")
    async with state(product, "anna", "paused"):
        async with floor.desk_phone("103") as clara:
            client = await floor.client("call_until_bye", caller=talked)
            await clara.rung()
            await product.heard_answer(talked)
            loop_thread.run(floor.pbx.kill())
            await client.stop()
        (floor.pbx.home / "lib/astdb.sqlite3").unlink()
        loop_thread.run(floor.pbx.start())
        await product.ready()
        call = (await product.ended(talked)).call
        assert call.disposition is Disposition.ANSWERED
        assert call.uncertain
        await product.until(product.none_open)
        await floor.until(lambda: _told(floor))
    await floor.until(lambda: _fallback(floor, number))
    phone = await floor.phone("103")
    client = await floor.client(caller=after, seconds=1)
    await finished(client, phone)
    call = (await product.ended(after)).call
    assert (call.answered_by, call.disposition, call.uncertain) == ("103", Disposition.ANSWERED, ())
    assert call.talk_s == pytest.approx(clock_of(client).talk_s, abs=1)


async def _told(floor):
    said = await floor.pbx.cli("database show CustomDevstate rolodial-101")
    return "NOT_INUSE" not in said and "rolodial-101" in said


async def _fallback(floor, number):
    return "1 results" in await floor.pbx.cli(f"database showkey {number}")
