# SPDX-License-Identifier: Apache-2.0
"""Click-to-call when the answer is lost, and when somebody hammers the button."""

import asyncio

from tests.chaos.fault import fault
from tests.chaos.stage import Stage, pause


@fault(
    17, "Originate answered by nothing, then drop", "dialled once or reported as unknown; never twice", load=2
)
async def answer_lost(stage: Stage) -> str:
    before = stage.proxy.actions["Click"]
    number = stage.product.client("102")
    async with stage.screen("boris") as (browser, _), stage.floor.desk_phone("102") as boris:
        outside = await stage.floor.outside("answer_and_hang_up", seconds=1)
        stage.proxy.cut_after = "Click"
        status, said = await browser.post("/calls/originate", number=number)
        await asyncio.wait_for(boris.calls.get(), 10)
        await stage.ready_within(45)
        await outside.done(20)
        await pause(8)  # what is tried again would come after the reconnect
        assert boris.calls.empty(), "his phone rang twice"
    sent = stage.proxy.actions["Click"] - before
    assert sent == 1, f"sent {sent} times"
    kept = await stage.product.calls(number)
    assert len(kept) == 1, kept
    assert status >= 400, (status, said)
    return f"dialled once; the answer to the click: {status} {said.get('detail') or said.get('title')}"


@fault(18, "500 clicks on 'call' at once", "one Originate each 2 s per operator", load=2)
async def hammered(stage: Stage) -> str:
    before = stage.proxy.actions["Click"]
    number = stage.product.client("102")
    loop = asyncio.get_running_loop()
    async with stage.screen("boris") as (browser, _), stage.floor.desk_phone("102") as boris:
        outside = await stage.floor.outside("answer_and_hang_up", seconds=3)
        await browser.get("/")
        began = loop.time()
        answers = await asyncio.gather(*(browser.post("/calls/originate", number=number) for _ in range(500)))
        took = loop.time() - began
        await asyncio.wait_for(boris.calls.get(), 10)
        await outside.done(20)
        rang = 1 + boris.calls.qsize()
    sent = stage.proxy.actions["Click"] - before
    statuses = sorted({status for status, _ in answers})
    assert sent <= 1 + took / 2, f"{sent} in {took:.1f} s"
    assert not [status for status in statuses if status >= 500], statuses
    return f"{sent} Originate, phone rang {rang} times, in {took:.1f} s; answers {statuses}"
