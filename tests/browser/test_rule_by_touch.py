# SPDX-License-Identifier: Apache-2.0
"""On a phone a rule is moved by its handle; a finger anywhere else scrolls, and moves nothing."""

import pytest

from tests.browser.test_rule_editor import DRAFT, admin

__all__ = ["admin"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_with_history", ["sqlite"], indirect=True),
]


@pytest.fixture
async def finger(admin):
    """On the draft at the width of a phone: goes from one place of the screen to another, step by step."""
    page = admin.page
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    await page.set_viewport_size({"width": 360, "height": 800})
    await admin.open(DRAFT)

    async def touch(kind, *places):
        points = [{"x": x, "y": y} for x, y in places]
        await session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    async def go(start, end, *, lift=True):
        (x, y), (to_x, to_y) = start, end
        await touch("touchStart", start)
        for step in range(1, 11):
            await touch("touchMove", (x + (to_x - x) * step / 10, y + (to_y - y) * step / 10))
        if lift:
            await touch("touchEnd")

    go.touch = touch
    return go


async def middle(desk, selector):
    box = await desk.page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def order(desk):
    cards = await desk.page.locator("#rule-cards > li > .panel-body > .grow").all()
    return [await card.get_attribute("id") for card in cards]


async def test_a_finger_on_the_handle_moves_the_rule(admin, finger):
    page, before = admin.page, await order(admin)
    await page.locator("#rule-card-0").scroll_into_view_if_needed()
    handle = await page.locator("#rule-card-0 [data-handle]").bounding_box()
    assert min(handle["width"], handle["height"]) >= 24
    start, end = await middle(admin, "#rule-card-0 [data-handle]"), await middle(admin, "#rule-card-1 b")
    async with page.expect_navigation():
        await finger(start, end)
    await page.wait_for_url("**#rule-card-1")
    assert await order(admin) == [before[1], before[0], *before[2:]]
    await admin.settled()


async def test_a_finger_on_the_text_scrolls_and_a_drag_can_be_left(admin, finger):
    page, before = admin.page, await order(admin)
    await page.locator("#rule-card-1").scroll_into_view_if_needed()
    stood = await page.evaluate("scrollY")
    x, y = await middle(admin, "#rule-card-1 b")
    await finger((x, y), (x, y - 250))
    await admin.until(f"scrollY > {stood + 100}")
    assert await page.locator(".is-dragged").count() == 0

    await page.locator("#rule-card-0").scroll_into_view_if_needed()
    start, end = await middle(admin, "#rule-card-0 [data-handle]"), await middle(admin, "#rule-card-1 b")
    await finger(start, end, lift=False)
    await page.wait_for_selector("#rule-card-1.is-after")
    await page.keyboard.press("Escape")
    assert await page.locator(".is-dragged, .is-after, .is-before").count() == 0
    await finger.touch("touchEnd")
    await page.reload()
    assert await order(admin) == before
    await admin.settled()
