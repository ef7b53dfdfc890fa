# SPDX-License-Identifier: Apache-2.0
"""When a card pops nothing on the page moves, as the browser itself measures it: wide and on a phone."""

import asyncio

import pytest
from playwright.async_api import async_playwright, expect

from tests.browser.conftest import AT_REST, PATIENCE_MS
from tests.support.live_site import live_site

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
WATCH = """
globalThis.shifts = [];
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) {
    shifts.push([each.value, each.sources.map((s) => `${s.node?.parentElement?.className}>${s.node?.textContent?.trim().slice(0, 20)}`).join(",")]);
  }
}).observe({type: "layout-shift", buffered: true});
"""


async def at_rest(page):
    """The page itself has come to its end: half a second without any move, however slow the machine."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while True:
            await page.evaluate("globalThis.shifts.length = 0")
            await page.wait_for_timeout(500)
            if await page.evaluate("globalThis.shifts.length") == 0:
                return


@pytest.fixture
async def site(store):
    async with live_site(store) as opened:
        await opened.log_in("anna")
        yield opened


@pytest.mark.parametrize("path", ["/", "/calls"])
@pytest.mark.parametrize("width", [1280, 360])
async def test_nothing_moves_when_a_card_comes(site, width, path):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = await browser.new_context(viewport={"width": width, "height": 780})
        await context.add_cookies([{"name": "rolodial", "value": site.cookies["anna"], "url": site.url}])
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        await page.goto(site.url + path)
        await page.locator('html[data-live="up"]').wait_for(state="attached")
        await page.wait_for_load_state("networkidle")
        await page.evaluate(AT_REST)
        await page.evaluate(WATCH)
        await at_rest(page)
        popped = site.pop("anna")
        card = page.locator(".live-card" if path == "/" else ".dock-card")
        await expect(card.locator('[data-f="name"]')).to_have_text("Olga Petrova")
        if path == "/":  # while it rings there is time for what was said before
            await expect(card.locator('[data-f="before"]')).to_contain_text("No earlier contact")
        site.tell("call", "anna", popped["call_id"], state="talking")
        await expect(card).to_have_attribute("data-state", "talking")
        await page.wait_for_timeout(700)
        moved = await page.evaluate("globalThis.shifts")
        await browser.close()
    assert moved == []
