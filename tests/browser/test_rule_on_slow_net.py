# SPDX-License-Identifier: Apache-2.0
"""A rule's form while the answer is on its way: what is typed or pressed meanwhile is in the form that comes."""

import pytest

from tests.browser.conftest import Held
from tests.browser.test_rule_editor import DRAFT, SAID, admin

__all__ = ["admin"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_with_history", ["sqlite"], indirect=True),
]
SECONDS = "[name='s.0.seconds']"
ADDED = "input[name=when][value=missed_today]"


@pytest.fixture
async def asked(admin):
    """A condition was added to a rule, and nothing has come back yet."""
    page, held = admin.page, Held()
    await admin.open(f"{DRAFT}/rule?rule=manager")
    await page.route(f"**{DRAFT}/rule", held.hold)
    await page.select_option("#new_when", "missed_today")
    await page.click("button[value='when-add']")
    await held.was_asked()
    return held


async def test_what_is_typed_meanwhile_stays_and_one_goes_on_typing(admin, asked):
    page = admin.page
    await page.fill("[name=id]", "vip")
    await page.check("[name=off]")
    await page.select_option("#new_step", "team")
    await page.fill(SECONDS, "")
    await page.type(SECONDS, "37")
    await page.press(SECONDS, "ArrowLeft")
    asked.let_through()
    await page.wait_for_selector(ADDED, state="attached")
    await page.keyboard.type("0")
    assert await page.input_value(SECONDS) == "307"
    assert await page.input_value("[name=id]") == "vip"
    assert await page.is_checked("[name=off]")
    assert await page.input_value("#new_step") == "team"
    assert await page.input_value("#new_when") == ""  # that is what was asked for
    await admin.until(f"{SAID}.includes('307 seconds')")
    await admin.settled()


async def test_who_does_not_type_goes_on_at_what_was_added(admin, asked):
    asked.let_through()
    await admin.page.wait_for_selector(ADDED, state="attached")
    await admin.until("document.activeElement.name == 'w.missed_today.value'")
    await admin.settled()


async def test_a_button_pressed_meanwhile_is_pressed_in_the_form_that_comes(admin, asked):
    page = admin.page
    await page.select_option("#new_step", "team")
    await page.click("button[value='step-add']")
    asked.let_through()
    await page.wait_for_selector("[name='s.4.team']")
    assert await page.locator(ADDED).count() == 1
    await admin.settled()


async def test_what_is_saved_meanwhile_has_what_was_added(admin, asked):
    page = admin.page
    await page.fill(SECONDS, "37")
    await page.click("button.btn-primary[value=save]")
    async with page.expect_navigation():
        asked.let_through()
    await page.wait_for_url("**#rule-manager")
    said = await page.inner_text("#rule-manager")
    assert "nobody has talked with them since" in said
    assert "37 seconds" in said
    await admin.settled()


async def test_after_a_lost_answer_the_form_is_as_it_was_and_works(admin):
    page = admin.page
    await admin.open(f"{DRAFT}/rule?rule=manager")
    await page.route(f"**{DRAFT}/rule", lambda route: route.abort(), times=1)
    await page.select_option("#new_when", "missed_today")
    await page.click("button[value='when-add']")
    await page.wait_for_selector(".toast-note >> text=The server cannot be reached")
    await page.fill(SECONDS, "37")
    await page.click("button[value='when-add']")
    await page.wait_for_selector(ADDED, state="attached")
    assert await page.input_value(SECONDS) == "37"
