# SPDX-License-Identifier: Apache-2.0
"""Whom working hours took out sees it, and until when; so do their colleagues, and one key is overtime."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from crm_core.domain.directory.people import OperatorState, StateSource
from crm_core.domain.ids import new_id
from crm_core.domain.operator_state import StateInterval
from crm_core.usecases.set_operator_state import tell_state
from tests.browser.test_live_card import browser_of, open_page
from tests.support.live_site import live_site

pytestmark = pytest.mark.browser


async def test_off_shift_is_said_with_until_when_and_one_key_ends_it(store):
    async with live_site(store) as site:
        await site.log_in("anna")
        async with browser_of(site) as context:
            page = await open_page(context, site)
            now = datetime.now(UTC)
            out = StateInterval(
                id=new_id(now),
                user_id=site.id("anna"),
                state=OperatorState.OFFLINE,
                started_at=now,
                source=StateSource.SCHEDULE,
                until=now + timedelta(days=2),
            )
            async with store.begin() as tx:
                await tx.states.start(out)
            tell_state(site.feed, out)
            await expect(page.locator('#my-status [data-f="text"]')).to_have_text("Off shift")
            await expect(page.locator('#stage-empty [data-f="title"]')).to_contain_text("Off shift until")
            row = page.locator(f'[data-person="{site.id("anna")}"]')
            await expect(row.locator('[data-f="text"]')).to_contain_text("Off shift until")
            assert "working hours ended" in await row.get_attribute("title")

            await page.keyboard.press("a")
            await expect(page.locator('#my-status [data-f="text"]')).to_have_text("Available")
            assert page.faults == []
