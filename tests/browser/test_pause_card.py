# SPDX-License-Identifier: Apache-2.0
"""The recording's pause on the live card: a button while people talk, a clear word while nothing is recorded."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.browser.test_live_card import browser_of, open_page, site  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser


async def test_who_talks_pauses_and_sees_that_it_is_paused(site):  # noqa: F811
    async with browser_of(site) as context:
        page = await open_page(context, site)
        popped = site.pop("anna")
        card = page.locator(".live-card")
        pause = card.get_by_role("button", name="Pause recording")
        paused = card.locator('[data-f="paused-row"]')
        await expect(card).to_be_visible()
        await expect(pause).to_be_hidden()  # nobody talks yet
        now = datetime.now(UTC)
        site.tell("call", "anna", popped["call_id"], state="talking", answered_at=now.isoformat())
        await expect(pause).to_be_visible()
        await expect(paused).to_be_hidden()
        since = re.compile(r"Not recorded for [1-9]:\d\d")
        paused_at = (now - timedelta(seconds=65)).isoformat()
        site.tell("call.recording", "anna", popped["call_id"], paused_at=paused_at)
        await expect(paused).to_contain_text(since)
        await expect(pause).to_be_hidden()
        await page.reload()  # the snapshot knows it too
        await expect(paused).to_contain_text(since)
        site.tell("call.recording", "anna", popped["call_id"], paused_at=None)
        await expect(paused).to_be_hidden()
        await expect(pause).to_be_visible()
        async with page.expect_response("**/recording") as answered:
            await pause.click()
        assert (await answered.value).status == 404  # this call is of no PBX
        await expect(page.locator("#toasts")).to_contain_text("This call is over already.")
