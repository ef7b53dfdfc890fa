# SPDX-License-Identifier: Apache-2.0
"""The list of missed callers follows the ledger by itself, and a click calls back."""

import pytest
from playwright.async_api import expect

from crm_core.domain.audit import Actor
from crm_core.usecases.claim_missed import claim_missed
from tests.support.missed import miss

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_with_history", ["sqlite"], indirect=True),
]


async def test_who_waits_appears_is_taken_by_others_and_called_back_without_a_reload(desk):
    page, history = desk.page, desk.history
    await desk.open("/missed")
    await expect(page.locator("#missed-list")).to_contain_text("Nobody waits for a call")
    first, second = await miss(history, "+79169990001"), await miss(history, "+79169990002")
    row, other = (page.locator(f'tr[data-href="/missed/{item.id}"]') for item in (first, second))
    await row.wait_for()
    boris = history.users["boris"]
    await claim_missed(history.store, boris, second.id, Actor("boris", boris.id), history.now)
    await expect(other).to_contain_text(boris.name)
    await expect(other.get_by_role("button")).to_have_count(0)
    await row.get_by_role("button", name="Call back").click()
    await expect(row).to_contain_text("Yours")
    assert [number for _, _, number in desk.pbx.originated] == ["+79169990001"]
    await desk.open("/")
    await expect(page.locator("#missed")).to_contain_text(boris.name)
    await desk.settled()
