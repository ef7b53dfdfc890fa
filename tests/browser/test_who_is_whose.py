# SPDX-License-Identifier: Apache-2.0
"""Who becomes the manager, by the keyboard alone; many are dealt out; axe finds nothing on those pages."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crm_core.domain.audit import Actor
from crm_core.domain.ids import new_id
from crm_core.domain.people import Team
from crm_core.usecases.publish_rules import publish_text
from crm_core.usecases.trail import Trail
from tests.browser.test_rule_editor import DRAFT, SAID, admin, axe, chosen, tab_to
from web import sharing

__all__ = ["admin"]  # the fixture
pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_with_history", ["sqlite"], indirect=True),
]


async def test_a_rule_of_managers_is_built_and_moved_with_the_keyboard(admin):
    page, keyboard = admin.page, admin.page.keyboard
    await page.emulate_media(reduced_motion="reduce")
    await admin.open(DRAFT)
    for person in ("anna", "boris"):
        await tab_to(admin, f"a[href='{DRAFT}/rule?table=assign']")
        await keyboard.press("Enter")
        await page.wait_for_url(f"**{DRAFT}/rule?table=assign")
        await chosen(admin, "#new_step", "One person", "button[value=step-add]")
        await admin.until("document.activeElement.matches('[name$=\".login\"]')")
        await keyboard.type(person)
        await admin.until(f"{SAID}.includes('the person with the login {person}')")
        await axe(admin)
        await tab_to(admin, "button.btn-primary[value=save]")
        await keyboard.press("Enter")
        await page.wait_for_url("**#assign-new-rule*")
    await axe(admin)
    before = await page.inner_text("#assign-cards")
    assert before.index("login anna") < before.index("login boris")
    await page.set_viewport_size({"width": 360, "height": 800})
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    await axe(admin)
    await tab_to(admin, "#assign-card-1 button[value=up]")
    await keyboard.press("Enter")
    await page.wait_for_url("**#assign-card-0")
    after = await page.inner_text("#assign-cards")
    assert after.index("login boris") < after.index("login anna")
    await page.set_viewport_size({"width": 1280, "height": 900})
    async with page.expect_navigation():
        await page.drag_and_drop("#assign-card-1 [data-handle]", "#assign-card-0 b")
    again = await page.inner_text("#assign-cards")
    assert again.index("login anna") < again.index("login boris")
    await admin.settled()


async def test_a_list_is_dealt_out_and_taken_back(admin):
    page = admin.page
    await page.emulate_media(reduced_motion="reduce")
    await admin.open(f"/leads/{admin.history.leads['+79263334455'].id}")
    await axe(admin)
    await admin.open("/")
    await axe(admin)
    await page.click("#without-title a")
    await page.wait_for_url("**/settings/sharing")
    await axe(admin)
    await page.click("a[aria-label='Deal out the contacts']")
    await page.wait_for_url("**/settings/sharing/new?*")
    await axe(admin)
    assert await page.is_disabled("input[value=rules]"), "no rule of managers is in force"
    await page.check("input[name=person] >> nth=0")
    await page.click("text=Show the plan")
    await page.wait_for_selector("#sharing[role=status]")
    await axe(admin)
    await page.set_viewport_size({"width": 360, "height": 800})
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    await axe(admin)
    await page.click("form[action$='/give'] button")
    await page.wait_for_selector("form[action$='/take-back'] button")
    await axe(admin)
    await page.click("form[action$='/take-back'] button")
    await page.wait_for_selector('#sharing .mark >> text="Taken back"')
    await admin.settled()


async def test_a_part_at_work_changes_nothing_that_somebody_is_about_to_click(admin, monkeypatch):
    page, store, go_on = admin.page, admin.history.store, asyncio.Event()
    plan = sharing.plan

    async def slowly(*args):
        await go_on.wait()
        return await plan(*args)

    monkeypatch.setattr(sharing, "plan", slowly)
    await page.emulate_media(reduced_motion="reduce")
    await admin.open("/settings/sharing/new?list=contacts&query=")
    await page.check("input[name=person] >> nth=0")
    await page.click("text=Show the plan")
    link = "document.querySelector('#sharing .settings-lead a')"
    await page.wait_for_selector("#sharing-far")
    await page.evaluate(f"{link}.seen = true; {link}.focus()")
    async with store.begin() as tx:
        await tx.sharing.save(replace(await tx.sharing.at_work(), total=7))
    await admin.until("document.querySelector('#sharing-far').textContent.includes('7 looked at')")
    assert await page.evaluate(f"{link}.seen && document.activeElement === {link}")
    go_on.set()
    await page.wait_for_selector("form[action$='/give'] button")
    assert await page.evaluate(f"{link}.seen && document.activeElement === {link}")
    assert await page.locator("#sharing-far").count() == 0, "what asks again is gone"
    await admin.settled()


async def test_all_that_one_person_has_is_handed_over_and_taken_back(admin):
    page = admin.page
    await page.emulate_media(reduced_motion="reduce")
    anna, boris = (admin.history.users[login] for login in ("anna", "boris"))
    async with admin.history.store.begin() as tx:
        team = Team(id=new_id(anna.created_at), name="tools", members=frozenset({anna.id, boris.id}))
        await tx.people.save_team(team)
    await admin.open("/settings/sharing")
    await page.select_option("select[name=of]", str(anna.id))
    await page.click("text=Hand over…")
    await page.wait_for_url("**/settings/sharing/everything?of=*")
    await axe(admin)
    assert await page.is_visible("select[name=person]")
    await page.check("input[value=team]")
    assert await page.is_hidden("select[name=person]")
    assert await page.is_visible("select[name=team]")
    await page.check("input[value=person]")
    await page.select_option("select[name=person]", str(boris.id))
    await page.set_viewport_size({"width": 360, "height": 800})
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    await axe(admin)
    await page.click("text=Show the plan")
    await page.wait_for_selector("#sharing[role=status]")
    await axe(admin)
    await page.click("form[action$='/give'] button")
    await page.wait_for_selector("form[action$='/take-back'] button")
    await axe(admin)
    await page.click("form[action$='/take-back'] button")
    await page.wait_for_selector('#sharing .mark >> text="Taken back"')
    await admin.settled()


RULES = """
[[rule]]
id = "rest"
[[rule.step]]
to = "queue"
queue = "default"
seconds = 20
[[assign]]
id = "debtors"
when = { debt = { at_least = 1 } }
to = "person"
login = "anna"
[[assign]]
id = "rest"
to = "team"
team = "retail"
"""


async def test_a_plan_by_the_rules_is_read_on_a_phone(admin):
    page = admin.page
    async with admin.history.store.begin() as tx:
        await publish_text(tx, RULES, "draft", Trail(Actor("admin"), datetime.now(UTC)))
    await page.emulate_media(reduced_motion="reduce")
    await admin.open("/settings/sharing/new?list=contacts&query=")
    assert await page.is_visible("input[name=person] >> nth=0")
    await page.check("input[value=rules]")
    assert await page.is_hidden("input[name=person] >> nth=0"), "the rules say to whom"
    await axe(admin)
    await page.click("text=Show the plan")
    await page.wait_for_selector("#sharing[role=status]")
    assert await page.is_visible("th >> text=Will have")
    for width, scheme in ((1440, "light"), (360, "dark")):
        await page.set_viewport_size({"width": width, "height": 900})
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await axe(admin)
    anna = await page.inner_text("#sharing tr >> text=Anna >> xpath=ancestor::tr")
    assert re.search(r"\d+ → \d+", anna)
    await admin.settled()
