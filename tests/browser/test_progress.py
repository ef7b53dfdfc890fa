# SPDX-License-Identifier: Apache-2.0
"""Work that takes a while says how far it is; a question of the page's that is lost meanwhile ends nothing."""

import pytest

from tests.browser.test_rule_editor import admin

__all__ = ["admin"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_with_history", ["sqlite"], indirect=True),
]
_LOST = 2


async def test_a_replay_is_followed_to_its_end_though_questions_are_lost(admin):
    page, asked = admin.page, []

    async def lose_the_first(route):
        if "hx-request" not in route.request.headers:
            return await route.continue_()
        asked.append(route.request)
        return await (route.abort() if len(asked) <= _LOST else route.continue_())

    await page.route("**/settings/routing/replays/*", lose_the_first)
    await admin.open("/settings/routing/replays")
    await page.select_option("#f-days", "1")
    await page.click(".btn-primary")
    await page.wait_for_selector("#replay[role=status]")
    assert len(asked) > _LOST
    assert await page.locator("#toasts .toast-note").count() == 1, "what is said twice stands there once"
    lost = [one for one in admin.complaints if "ERR_FAILED" in one or "htmx:error" in one]
    assert admin.complaints == lost
