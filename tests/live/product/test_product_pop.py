# SPDX-License-Identifier: Apache-2.0
"""The card before the ring: on a websocket, and painted in a real Chromium."""

import asyncio
import shutil
from contextlib import asynccontextmanager

import pytest

from config.demo.data import PASSWORD
from tests.live.product.floor import finished, since
from tests.live.product.screen import logged_in, phones_are_free

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]  # fmt: skip


async def test_the_card_is_painted_before_the_phone_is_invited(product, floor):
    """Twenty calls by turns to one operator: they had their card first.

    One of them may be late, as in `rolodial bench pop_lead`: a call waits for a card 80 ms at most.
    """
    leads = []
    async with logged_in(product, "dmitri") as browser, browser.screen() as screen:
        for _ in range(20):
            await product.until(lambda: phones_are_free(product, ["104"]))  # of the call before
            number = product.client("104")
            phone = await floor.phone("104", "no_answer")
            client = await floor.client("cancel", caller=number, seconds=0.3)
            await finished(client, phone)
            kept = await product.ended(number)
            call = str(kept.call.id)
            _, pop = await screen.frame("pop", call_id=call)
            assert pop["client"]["number"] == number
            assert pop["manager"]["name"] == "Dmitri Orlov"
            assert pop["why"][0]["code"]
            leads.append(since(screen.acknowledged[call], phone.invited_at()))
            rang, _ = await screen.frame("pop.raised", call_id=call)
            assert since(screen.acknowledged[call], rang) > 0
            _, closed = await screen.frame("pop.closed", call_id=call)
            assert closed["reason"] == "caller_left"
    assert sorted(leads)[1] >= 0, leads


async def test_the_loser_of_a_ring_all_loses_the_card_within_a_second(product, floor):
    number = product.client("wholesale")
    async with (
        logged_in(product, "clara") as one, one.screen() as winner,
        logged_in(product, "dmitri") as two, two.screen() as loser,
        floor.desk_phone("103") as clara,
    ):  # fmt: skip
        clara.ring = 1
        other = await floor.phone("104", "no_answer")
        client = await floor.client(caller=number, seconds=1.5)
        answered, talking = await winner.frame("call", state="talking")
        closed, gone = await loser.frame("pop.closed", call_id=talking["call_id"])
        await finished(client, other)
        await winner.frame("call", state="ended")
    assert gone["reason"] == "answered_elsewhere"
    assert since(answered, closed) < 1
    assert not loser.of("call", state="talking")


async def test_who_may_be_next_sees_the_card_but_nothing_of_the_talk(product, floor):
    number = product.client("103")
    async with (
        logged_in(product, "clara") as one, one.screen() as mine,
        logged_in(product, "anna") as two, two.screen() as others,
        logged_in(product, "dmitri") as three, three.screen() as strangers,
        floor.desk_phone("103"),
    ):  # fmt: skip
        await finished(await floor.client(caller=number, seconds=1))
        call = str((await product.ended(number)).call.id)
        await mine.frame("call", state="ended", call_id=call)
        await mine.frame("communication", call_id=call)
        _, closed = await others.frame("pop.closed", call_id=call)
    assert mine.of("pop", call_id=call)[0][1]["stage"] == "first"
    assert [pop["stage"] for _, pop in others.of("pop", call_id=call)] == ["next"]
    assert (closed["reason"], closed["by"]) == ("answered_elsewhere", "Clara Weiss")
    for screen in (others, strangers):
        assert not screen.of("call", call_id=call)
        assert not screen.of("communication", call_id=call)
    assert not strangers.of("pop", call_id=call)


@pytest.fixture
async def chromium():
    playwright = pytest.importorskip("playwright.async_api")
    async with playwright.async_playwright() as started:
        browser = await started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@asynccontextmanager
async def page_of(chromium, product, login):
    context = await chromium.new_context(locale="en", viewport={"width": 1280, "height": 900})
    page, complaints = await context.new_page(), []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{product.url}/login")
    await page.fill("#login", login)
    await page.fill("#password", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{product.url}/")
    yield page
    assert complaints == []
    await context.close()


async def shown(page, state, within=60.0):
    """Until a card of that state is on the page; its text."""
    card = page.locator(f'[data-call][data-state="{state}"]').first
    await card.wait_for(state="visible", timeout=within * 1000)
    return await card.inner_text()


async def test_in_a_real_browser_the_card_is_painted_and_follows_the_call(product, floor, chromium):
    number = product.client("wholesale")
    async with (
        page_of(chromium, product, "clara") as winner, page_of(chromium, product, "dmitri") as loser,
        floor.desk_phone("103") as clara,
    ):  # fmt: skip
        clara.may_answer.clear()
        other = await floor.phone("104", "no_answer")
        client = await floor.client("call_until_bye", caller=number)
        text = await shown(winner, "ringing")
        assert "Client wholesale" in text
        assert "250" in text
        await shown(loser, "ringing")
        clara.may_answer.set()
        call = await clara.rung()
        lost = loser.locator('[data-call][data-state="ringing"]')
        await asyncio.gather(shown(winner, "talking"), lost.first.wait_for(state="detached", timeout=60_000))
        await call.hang_up()
        await finished(client, other)
        await shown(winner, "ended")
    assert (await product.ended(number)).call.answered_by == "103"
