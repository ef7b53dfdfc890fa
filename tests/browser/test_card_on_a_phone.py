# SPDX-License-Identifier: Apache-2.0
"""The card where there is little room: who calls and what was said come first, also for who is further down."""

from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from tests.browser.conftest import AT_REST
from tests.browser.test_accessible import ASK, AXE
from tests.browser.test_live_card import browser_of, site

__all__ = ["site"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
BEFORE = f"<h3>Before</h3><ul class='before-list'>{'<li>Wants the price list.<br>26 Nov</li>' * 6}</ul>"
# Where everything stands that a finger may be about to touch, or an eye to read.
PLACES = """() => ["name", "why", "manager", "before", "open", "note-form"].map((name) => {
  const { x, y, width, height } = document.querySelector(`.live-card [data-f="${name}"]`).getBoundingClientRect();
  return [name, x, y, width, height];
})"""
BELOW = "document.querySelector('#my-tasks').getBoundingClientRect().top"
# Top and bottom of what is in sight of each, within the stage.
SEEN = """(selector) => {
  const stage = document.querySelector("#stage").getBoundingClientRect();
  return [...document.querySelectorAll(selector)].map((one) => one.getBoundingClientRect())
    .filter(({ top, bottom, height }) => height && top >= stage.top && bottom <= Math.min(stage.bottom, innerHeight))
    .map(({ top, bottom }) => [top, bottom]);
}"""


@asynccontextmanager
async def workspace(site, width=360, height=780):
    async with browser_of(site, viewport={"width": width, "height": height}) as context:
        page = await context.new_page()
        await page.route("**/workspace/before/**", lambda route: route.fulfill(body=BEFORE))
        await page.goto(site.url)
        await page.locator('html[data-live="up"]').wait_for(state="attached")
        await page.evaluate(AT_REST)
        yield page


async def rung(site, page):
    popped = site.pop("anna")
    await expect(page.locator(".live-card .before-list")).to_have_count(1)
    await page.evaluate(AT_REST)
    return popped["call_id"]


@pytest.mark.parametrize("height", [640, 780])
async def test_what_was_said_before_stands_above_the_note_and_the_talk_moves_nothing(site, height):
    async with workspace(site, height=height) as page:
        call_id = await rung(site, page)
        [[acts, _]] = await page.evaluate(SEEN, ".live-acts")
        said = [bottom for _, bottom in await page.evaluate(SEEN, ".before-list li") if bottom < acts]
        assert len(said) >= (3 if height > 700 else 1)
        assert len(await page.evaluate(SEEN, "[name=note]")) == 1
        before = await page.evaluate(PLACES)
        site.tell("call", "anna", call_id, state="talking")
        await expect(page.locator('[data-do="hang-up"]')).to_be_enabled()
        assert await page.evaluate(PLACES) == before
        buttons = await page.evaluate(SEEN, ".live-buttons > *")
        assert len(buttons) == 3
        assert len({top for top, _ in buttons}) == 1
        await page.evaluate(AXE)
        assert await page.evaluate(ASK) == []


async def test_no_row_of_buttons_is_empty_while_it_rings(site):
    async with workspace(site) as page:
        await page.locator("#stage").evaluate("(stage) => (stage.scrollTop = 0)")
        site.pop("anna", client=None)
        await expect(page.locator(".live-card")).to_be_visible()
        assert await page.evaluate(SEEN, '.live-card [data-f="open"]') == []
        assert len(await page.evaluate(SEEN, ".live-buttons > *")) == 2
        await expect(page.locator('[data-do="hang-up"]')).to_be_disabled()


async def test_the_note_opens_while_one_writes_and_the_buttons_stay(site):
    async with workspace(site) as page:
        call_id = await rung(site, page)
        site.tell("call", "anna", call_id, state="talking")
        hang_up = page.locator('[data-do="hang-up"]')
        await expect(hang_up).to_be_enabled()
        stood = await hang_up.bounding_box()
        assert await page.evaluate(SEEN, ".live-result") == []
        await page.locator("[name=note]").fill("Wants a quote")
        assert len(await page.evaluate(SEEN, ".live-result")) == 7
        assert await hang_up.bounding_box() == stood
        site.tell("call", "anna", call_id, state="ended", talk_s=80.0)
        await page.locator('[data-f="outcome"]').click()
        assert len(await page.evaluate(SEEN, ".live-result, .live-card [data-f=save]")) == 8


async def test_who_calls_is_not_hidden_where_there_is_no_height(site):
    """As on a page enlarged four times."""
    async with workspace(site, width=320, height=400) as page:
        await rung(site, page)
        assert len(await page.evaluate(SEEN, '.live-card [data-f="name"]')) == 1
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("width", [360, 1280])
async def test_a_call_is_seen_from_further_down_and_takes_nothing_from_who_types(site, width):
    async with workspace(site, width, 600) as page:
        await page.evaluate("document.querySelector('.desk').style.paddingBottom = '60rem'")
        dock, card = page.locator(".dock-card"), page.locator(".live-card")
        await page.fill("#dial-number", "+7916")
        await page.evaluate("scrollTo(0, 700)")
        stood = await page.evaluate(BELOW)
        call_id = await rung(site, page)
        await expect(dock.locator('[data-f="name"]')).to_have_text("Olga Petrova")
        await expect(dock).to_be_in_viewport(ratio=1)
        assert await page.evaluate(BELOW) == pytest.approx(stood, abs=1)
        await page.keyboard.type("1000001")
        assert await page.input_value("#dial-number") == "+79161000001"
        site.tell("call", "anna", call_id, state="talking")
        await expect(dock).to_have_attribute("data-state", "talking")
        await dock.get_by_role("link", name="To the card").click()
        await expect(card.locator('[data-f="name"]')).to_be_in_viewport(ratio=1)
        await expect(dock).to_have_count(0)


async def test_the_card_itself_is_enough_while_it_is_in_sight(site):
    async with workspace(site) as page:
        await rung(site, page)
        await expect(page.locator(".dock-card")).to_have_count(0)
