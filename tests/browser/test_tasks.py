# SPDX-License-Identifier: Apache-2.0
"""A task is done with one click where it stands, and can be taken back there."""

import pytest
from playwright.async_api import expect

from tests.support.plans import make_plans

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_with_history", ["sqlite"], indirect=True),
]


async def test_one_click_does_it_on_the_workspace_and_another_takes_it_back(desk):
    plans = await make_plans(desk.history)
    await desk.open("/")
    line = desk.page.locator("#my-tasks li", has_text=plans.task.text)
    await expect(line.locator(".mark-bad")).to_contain_text("overdue")
    await line.get_by_role("button", name=f"Done: {plans.task.text}").click()
    await expect(line).to_contain_text("done by Anna Smirnova")
    async with desk.history.store.read() as tx:
        assert (await tx.tasks.get(plans.task.id)).done_by == desk.history.users["anna"].id
    await line.get_by_role("button", name=f"Open again: {plans.task.text}").click()
    await expect(line.locator(".mark-bad")).to_be_visible()
    await desk.settled()


async def test_a_deal_is_made_for_a_client_found_by_typing(desk):
    await desk.open("/deals/new")
    await desk.page.fill("#f-title", "Two lathes")
    await desk.page.fill("form [name=q]", "Olga")
    await desk.page.get_by_role("radio", name="Olga Petrova").check()
    await desk.page.fill("#f-amount", "120 000")
    await desk.page.get_by_role("button", name="Save").click()
    await expect(desk.page.locator("h1")).to_have_text("Two lathes")
    await desk.page.get_by_role("button", name="Won").click()
    await expect(desk.page.locator(".page-head .mark-good")).to_have_text("Won")
    await desk.settled()
