# SPDX-License-Identifier: Apache-2.0
"""The roads of the seed rules, as the stored decision tells them and as phones rang."""

import asyncio
from contextlib import asynccontextmanager

from config.demo.shop import IVAN, MARIA, OLGA
from tests.live.product.asserts import legs
from tests.live.product.floor import finished
from tests.live.product.screen import logged_in, phones_are_free


async def test_the_three_roads(product, floor):
    async with (
        floor.desk_phone("101") as anna,
        floor.desk_phone("102") as boris,
        floor.desk_phone("103") as clara,
    ):
        anna.ring = boris.ring = 0.3
        clara.ring = 0.2
        loser = await floor.phone("104", "no_answer")
        olga = await floor.client("call_until_bye", caller=OLGA)
        call = await anna.rung()
        await product.heard_answer(OLGA)
        others = await asyncio.gather(*(floor.client(caller=number, seconds=1.5) for number in (IVAN, MARIA)))
        await finished(*others, loser)
        await call.hang_up()
        await finished(olga)
    calls = await product.all_ended([OLGA, IVAN, MARIA])
    assert calls[OLGA].call.answered_by == "101"
    assert calls[IVAN].call.answered_by == "102"  # the other one of retail: Anna talks to Olga
    assert legs(calls[MARIA]) == {"103": "hangup", "104": "answered_elsewhere"}
    expected = {
        OLGA: ("manager", ["dial", "dial", "queue", "voicemail"]),
        IVAN: ("retail", ["dial", "queue", "voicemail"]),
        MARIA: ("wholesale", ["dial", "queue", "voicemail"]),
    }
    for number, (rule, kinds) in expected.items():
        decision = await product.decision(calls[number])
        assert decision.rule == rule
        print(decision.steps, decision.trace)
        assert [step["kind"] for step in decision.steps] == kinds
        assert decision.trace
        assert decision.facts
        async with logged_in(product, "sofia") as browser:
            status, page, _ = await browser.get(f"/calls/{calls[number].call.id}/why")
        assert status == 200
        assert page


@asynccontextmanager
async def state(product, login, value):
    async with logged_in(product, login) as browser:
        status, _ = await browser.post("/me/state", state=value)
        assert status < 400
        try:
            yield
        finally:
            await browser.post("/me/state", state="available")


async def test_a_manager_who_is_away_or_talks_is_passed_over(product, floor):
    away, busy, first = product.client("101"), product.client("104"), product.client("104")
    async with state(product, "anna", "paused"):
        silent = await floor.phone("101", "no_answer")
        phones = [await floor.phone("102"), await floor.phone("104")]
        talking = await floor.client("call_until_bye", caller=first)
        await product.heard_answer(first)
        clients = [await floor.client(caller=away, seconds=1.5)]
        await finished(*clients, phones[0])
        await product.ended(away)
        await product.until(lambda: phones_are_free(product, ["102"]))
        phones.append(await floor.phone("102"))
        clients.append(await floor.client(caller=busy, seconds=1.5))
        await finished(*clients, phones[0], phones[2])
        await floor.pbx.cli("channel request hangup all")
        await finished(talking, phones[1])
        assert silent.running
        assert "INVITE" not in silent.messages()
    calls = await product.all_ended([away, busy, first])
    assert (calls[away].call.answered_by, calls[busy].call.answered_by) == ("102", "102")
    for number, why in ((away, "paused"), (busy, "on_call")):
        decision = await product.decision(calls[number])
        assert decision.rule == "retail"
        assert why in str(decision.facts)
    assert legs(calls[away]) == {"102": "hangup"}


async def state_of(product, login):
    user = await product.user(login)
    async with product.read() as tx:
        interval = (await tx.states.current([user.id]))[user.id]
    return interval.state.value, interval.reason


async def test_do_not_disturb_on_the_phone_and_a_pause_in_a_queue_are_ones_state(product, floor):
    number = product.client("101")
    boris = await floor.phone("102")
    async with floor.desk_phone("101") as anna:
        await anna.dial("*78")
        await product.until(lambda: is_state(product, "anna", ("paused", None)))
        client = await floor.client(caller=number, seconds=1)
        await finished(client, boris)
        assert anna.calls.empty()
        await anna.dial("*79")
        await product.until(lambda: is_state(product, "anna", ("available", None)))
    kept = await product.ended(number)
    assert kept.call.answered_by == "102"
    assert "paused" in str((await product.decision(kept)).facts)
    await in_a_meeting_by_phone_and_by_screen(product, floor)
    await floor.pbx.cli("queue pause member PJSIP/103 queue sales reason lunch")
    await product.until(lambda: is_state(product, "clara", ("paused", "lunch")))
    async with logged_in(product, "clara") as browser:
        status, _ = await browser.post("/me/state", state="available")
        assert status < 400
    await floor.until(lambda: paused_is(floor, "103", "lunch", told=False))
    assert await is_state(product, "clara", ("available", None))


async def in_a_meeting_by_phone_and_by_screen(product, floor):
    """The queues name it too, and its end ends that."""
    async with floor.desk_phone("104") as dmitri:
        await dmitri.dial("*77")
        await product.until(lambda: is_state(product, "dmitri", ("meeting", None)))
        await product.until(lambda: is_paused(floor, "104", "meeting"))
        await dmitri.dial("*79")
        await product.until(lambda: is_state(product, "dmitri", ("available", None)))
    async with logged_in(product, "dmitri") as browser:
        for state, told in (("meeting", True), ("available", False)):
            assert (await browser.post("/me/state", state=state))[0] < 400
            await floor.until(lambda told=told: paused_is(floor, "104", "meeting", told=told))
    await asyncio.sleep(1.5)  # an echo would have become a word by then
    assert await is_state(product, "dmitri", ("available", None))


async def paused_is(floor, extension, reason, *, told):
    """In the end: what was said just before may be told to the queues between."""
    return await is_paused(floor, extension, reason) is told


async def is_paused(floor, extension, reason):
    said = await floor.pbx.cli("queue show sales")
    return any(f"PJSIP/{extension}" in line and f"paused:{reason}" in line for line in said.splitlines())


async def is_state(product, login, wanted):
    return await state_of(product, login) == wanted
