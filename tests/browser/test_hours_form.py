# SPDX-License-Identifier: Apache-2.0
"""The hours of one day are put into the others by the keyboard, and taken back: in the settings and in the draft."""

import pytest

from tests.browser.test_accessible import ASK, AXE
from tests.browser.test_rule_editor import admin, at, tab_to

__all__ = ["admin"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_with_history", ["sqlite"], indirect=True),
]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


async def week(desk, start):
    return [await desk.page.input_value(f"[name='{start}{day}']") for day in DAYS]


@pytest.mark.parametrize(
    ("address", "start", "name"),
    [
        ("/settings/hours/new", "", "name"),
        ("/settings/routing/draft/table/hours", "t.", "id"),
    ],
)
async def test_mondays_hours_go_into_the_days_after_it_by_the_keyboard(admin, address, start, name):
    page, keyboard = admin.page, admin.page.keyboard
    await page.emulate_media(reduced_motion="reduce")
    await admin.open(address)
    await tab_to(admin, f"[name={name}]")
    await keyboard.type("office")
    await page.fill(f"[name='{start}zone']", "Europe/Moscow")
    await page.fill(f"[name='{start}sat']", "10:00-14:00")
    await page.focus(f"[name='{start}mon']")
    await tab_to(admin, "[data-days='4']")
    await keyboard.press("Enter")  # nothing stands at Monday: nobody is shut out by a slip
    await at(admin, f"[name='{start}mon']")
    await admin.until(
        "document.querySelector('[data-copies] [role=status]').textContent == \"Say Monday's hours first.\""
    )
    assert await week(admin, start) == [""] * 5 + ["10:00-14:00", ""]
    await keyboard.type("9:00-18:00")
    await tab_to(admin, "[data-days='4']")
    await keyboard.press("Enter")
    assert await week(admin, start) == ["9:00-18:00"] * 5 + ["10:00-14:00", ""]
    await tab_to(admin, "[data-days='6']")
    await keyboard.press("Enter")
    assert await week(admin, start) == ["9:00-18:00"] * 7
    await page.evaluate(AXE)
    assert await page.evaluate(ASK) == []
    await tab_to(admin, "[data-back]")
    await keyboard.press("Enter")
    assert await week(admin, start) == ["9:00-18:00"] * 5 + ["10:00-14:00", ""]
    await at(admin, "[data-days='4']")
    assert await page.is_hidden("[data-back]")
    await page.focus(f"[name='{start}sun']")
    await keyboard.press("Enter")
    await page.wait_for_url("**#hours-office" if start else "**/settings/hours?saved*")
    assert "Monday – Friday" in await page.inner_text("main")
    await admin.settled()
