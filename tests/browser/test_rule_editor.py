# SPDX-License-Identifier: Apache-2.0
"""A rule is built with the keyboard alone, published, and replayed; axe finds nothing on those pages."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from config.routing_file import DEFAULT_FILE, publish_routing_file
from crm_core.domain.people import Team
from crm_core.usecases.decide_route import decide_route
from crm_core.usecases.keep_decisions import DecisionLog
from tests.browser.conftest import PATIENCE_MS, Held
from tests.browser.test_accessible import ASK, AXE
from tests.support.routing import OLGA, PHONES, a_call_from, a_desk
from tests.support.until import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_with_history", ["sqlite"], indirect=True),
]
DRAFT = "/settings/routing/draft"
IS_CHOSEN = "(letters) => document.activeElement.selectedOptions[0].text.startsWith(letters)"
SAID = "document.querySelector('#rule-said').innerText"


@pytest.fixture
async def admin(desk):
    """With the rules of the file in force, a replay's worth of calls, and only a keyboard."""
    store = desk.history.store
    await publish_routing_file(DEFAULT_FILE, store, datetime.now(UTC))
    async with store.begin() as tx:
        for name in {"retail", "wholesale"} - {team.name for team in await tx.people.teams()}:
            await tx.people.add_team(Team(id=uuid4(), name=name, members=frozenset()))
    decide_route(a_call_from(PHONES[OLGA], linkedid="8.1", at=datetime.now(UTC)), a_desk(kept=(kept := [])))
    log = DecisionLog(store)
    log.put(*kept[0])
    await log.flush()
    await desk.become("admin")
    return desk


async def tab_to(desk, selector, key="Tab"):
    for _ in range(150):
        await desk.page.keyboard.press(key)
        if await desk.page.evaluate(f"document.activeElement.matches({selector!r})"):
            return
    pytest.fail(f"the Tab key does not lead to {selector}")


async def chosen(desk, selector, letters, button):
    """By its first letters; a browser that does not get the next one within a second takes it for another's first."""
    await tab_to(desk, selector)
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while True:
            await desk.page.keyboard.type(letters)
            if await desk.page.evaluate(IS_CHOSEN, letters):
                break
            await asyncio.sleep(1.5)
    await tab_to(desk, button)
    await desk.page.keyboard.press("Enter")


async def at(desk, selector):
    await desk.until(f"document.activeElement.matches({selector!r})")


async def axe(desk):
    await desk.page.evaluate(AXE)
    assert await desk.page.evaluate(ASK) == []
    assert await desk.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def test_a_rule_is_built_with_the_keyboard_and_published(admin):
    page, keyboard = admin.page, admin.page.keyboard
    await page.emulate_media(reduced_motion="reduce")
    await admin.open(DRAFT)
    await tab_to(admin, f"a[href='{DRAFT}/rule']")
    await keyboard.press("Enter")
    await page.wait_for_url(f"**{DRAFT}/rule")
    await chosen(admin, "#new_when", "They called ear", "button[value=when-add]")
    await at(admin, "[name='w.missed_today.value']")
    await chosen(admin, "#new_step", "Ring a team", "button[value=step-add]")
    await at(admin, "[name='s.1.team']")
    await keyboard.type("retail")
    await tab_to(admin, "button[value='step-down 1']")
    await keyboard.press("Enter")
    await at(admin, "button[value='step-up 1']")
    await admin.until("document.querySelector('.routing-steps h3').innerText == '1. Wait in a queue'")
    await keyboard.press("Enter")
    await at(admin, "button[value='step-down 1']")
    await tab_to(admin, "[name='s.1.seconds']", "Shift+Tab")
    await keyboard.type("soon")
    await admin.until(f"{SAID}.includes('a whole number is needed')")
    await keyboard.press("Enter")  # saves, as in any form
    await page.wait_for_selector("[name='s.1.seconds'][aria-invalid=true]")
    await at(admin, "[name='s.1.seconds'][aria-invalid=true]")
    assert await page.input_value("[name='s.1.seconds']") == "soon"
    await axe(admin)
    await page.set_viewport_size({"width": 360, "height": 800})
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    await axe(admin)
    await keyboard.press("Control+a")
    await keyboard.type("25")
    await admin.until(f"{SAID}.includes('the team retail') && {SAID}.includes('25 seconds')")
    await keyboard.press("Enter")
    await page.wait_for_url("**#rule-new-rule")
    await axe(admin)
    admin.complaints.clear()  # 422 is written to the console
    await tab_to(admin, "form[action$='/publish'] button")
    await keyboard.press("Enter")
    await page.wait_for_url("**/settings/routing?said=rules-published")
    text = await page.inner_text("main")
    assert (
        "When the caller is known and they called earlier today and nobody has talked with them since" in text
    )
    assert "Version 2" in text
    await admin.settled()


async def test_a_replay_and_its_calls_are_accessible(admin):
    page = admin.page
    # Without motion: what fades in has too little contrast for a moment.
    await page.emulate_media(reduced_motion="reduce")
    await admin.open(f"{DRAFT}/rule?rule=manager")
    await page.set_viewport_size({"width": 360, "height": 800})
    await page.fill("[name='s.0.seconds']", "30")
    await page.click("button.btn-primary[value=save]")
    await page.wait_for_url("**#rule-manager")
    await admin.open("/settings/routing/replays")
    await page.select_option("#f-days", "1")
    await page.click(".btn-primary")
    await page.wait_for_selector("#replay[role=status]")
    await axe(admin)
    await page.click("#replay table.list a")
    await page.wait_for_selector(".routing-log")
    await axe(admin)
    await page.click("text=Make a test of it")
    await page.wait_for_url("**#tests")
    assert "passes" in await page.inner_text("#test-0")
    await axe(admin)
    await admin.open("/settings/routing/history")
    await page.click(".routing-log summary")
    await page.wait_for_selector(".routing-log >> text=All that differs")
    await axe(admin)
    await admin.settled()


async def test_hours_and_a_test_are_made_with_the_keyboard(admin):
    page, keyboard = admin.page, admin.page.keyboard
    await page.emulate_media(reduced_motion="reduce")
    await admin.open(f"{DRAFT}/table/hours")
    await tab_to(admin, "[name=id]")
    await keyboard.type("office")
    await tab_to(admin, "[name='t.mon']")
    await keyboard.type("soon")
    await keyboard.press("Enter")
    await page.wait_for_selector("[name='t.mon'][aria-invalid=true]")
    await at(admin, "[name='t.mon'][aria-invalid=true]")
    await axe(admin)
    await keyboard.press("Control+a")
    await keyboard.type("9:00-18:00")
    await keyboard.press("Enter")
    await page.wait_for_url("**#hours-office")
    admin.complaints.clear()  # 422 is written to the console
    await admin.open(f"{DRAFT}/table/test")
    await tab_to(admin, "[name='t.name']")
    await keyboard.type("somebody calls")
    await tab_to(admin, "button[value='row-add people']")
    await keyboard.press("Enter")
    await at(admin, "[name='t.people.0.name']")
    await keyboard.type("Anna")
    await tab_to(admin, "button[value=take]", "Shift+Tab")
    await keyboard.press("Enter")
    await page.wait_for_selector("text=passes")
    assert await page.input_value("[name='t.people.0.name']") == "Anna"
    await axe(admin)
    await page.set_viewport_size({"width": 360, "height": 800})
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    await axe(admin)
    await page.click("button.btn-primary[value=save]")
    await page.wait_for_url("**#test-0")
    await axe(admin)
    await admin.settled()


async def test_a_long_sentence_covers_no_field_of_its_rule(admin):
    page = admin.page
    await page.set_viewport_size({"width": 1280, "height": 720})
    await admin.open(f"{DRAFT}/rule")
    for name in ("turnover", "debt", "deal", "manager", "deputy", "band", "tag", "did", "trunk", "language"):
        await page.select_option("#new_when", name)
        await page.click("button[value='when-add']")  # refused where something lies over it
        await page.wait_for_selector(f"input[name='when'][value='{name}']", state="attached")
    assert await page.evaluate("document.querySelector('.routing-said').offsetHeight") <= 240


async def clicked_twice(desk, selector):
    """Both before the answer: a click that comes later is one at whatever lies there on the next page."""
    page, held = desk.page, Held()
    await page.route(f"**{DRAFT}/**", held.hold)
    async with page.expect_navigation():
        await page.dblclick(selector)
        held.let_through()
    await page.unroute(f"**{DRAFT}/**", held.hold)


async def test_a_double_click_saves_once(admin):
    page = admin.page
    await admin.open(f"{DRAFT}/rule")
    await clicked_twice(admin, "button.btn-primary[value=save]")
    await page.wait_for_url("**#rule-new-rule")
    assert await page.locator("#rule-cards > li").count() == 5
    await clicked_twice(admin, "#rule-card-1 button[value=up]")
    await page.wait_for_url("**#rule-card-0")
    await admin.open("/settings/routing/history")
    assert await page.locator(".routing-log > li").count() == 2
    await admin.settled()


async def test_what_was_typed_is_not_left_without_a_word(admin):
    page, asked = admin.page, []

    async def stay(dialog):
        asked.append(dialog.type)
        await dialog.dismiss()

    await admin.open(f"{DRAFT}/rule?rule=manager")
    page.on("dialog", stay)
    await page.fill("[name='s.0.seconds']", "33")
    await page.click(".crumbs a")
    await until(lambda: asked)
    assert await page.input_value("[name='s.0.seconds']") == "33"
    await page.click("[data-leaves]")
    await page.wait_for_url(f"**{DRAFT}")
    assert asked == ["beforeunload"]


RULES = "".join(
    f'[[rule]]\nid = "{name}"\n{when}[[rule.step]]\nto = "queue"\nqueue = "default"\nseconds = 60\n'
    for name, when in [
        *((f"area-{place}", f'when = {{ number_begins = "+7{900 + place}" }}\n') for place in range(14)),
        ("all", ""),
    ]
)


async def test_one_rule_of_many_is_found_dragged_and_led_to_below_the_bar(admin):
    page = admin.page
    await admin.open(DRAFT)
    await page.click("details:has(#text-form) > summary")
    await page.fill("#f-text", RULES)
    async with page.expect_navigation():
        await page.click("#text-form .btn-primary")
    await page.wait_for_url("**/draft")  # the note is said once
    await page.fill("[data-finds]", "+7 912")
    await admin.until("document.querySelector('[data-none]').textContent == 'No rule has this.'")
    await page.fill("[data-finds]", "+7912")
    assert await page.locator("#rule-cards > li:visible").count() == 1
    await page.fill("[data-finds]", "")
    await page.locator("#rule-card-14").scroll_into_view_if_needed()
    async with page.expect_navigation():  # not behind the one that takes all
        await page.drag_and_drop("#rule-card-11 [data-handle]", "#rule-card-14 b")
    await page.wait_for_url("**#rule-card-13")
    assert await page.locator("#rule-area-11").evaluate("one => one.closest('li').id") == "rule-card-13"
    await admin.until(
        "document.querySelector('#rule-card-13').getBoundingClientRect().top"
        " >= document.querySelector('.top').getBoundingClientRect().bottom"
    )
    await page.click(".toast-note form button")
    await admin.until("document.querySelector('#rule-area-11').closest('li').id == 'rule-card-11'")
    await admin.settled()


async def test_the_sentence_says_what_was_typed_last_however_late_the_answers(admin):
    page, held = admin.page, Held()
    await admin.open(f"{DRAFT}/rule?rule=manager")
    await page.route("**/rule/say", held.hold)
    for count, seconds in enumerate(("3", "37", "371"), start=1):
        await page.fill("[name='s.0.seconds']", seconds)
        await held.was_asked(count)
    held.let_through()
    await admin.until(f"{SAID}.includes('371 seconds')")
