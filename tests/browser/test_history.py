# SPDX-License-Identifier: Apache-2.0
"""The pages of history in a real Chromium: logging in, the card, the player, filters, keys, hostile names."""

import re

import pytest

from tests.browser.conftest import Held
from tests.support.history import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_with_history", ["sqlite"], indirect=True),
]
HOSTILE = """"><img src=x onerror=alert(1)><script>alert(2)</script><svg onload=alert(3)>"""
NOW_IS_SHOWN = """(() => {
  const player = document.querySelector("rd-player"), at = Math.floor(player.audio.currentTime);
  return [at - 1, at].some((s) => player.querySelector(".now").innerText === `0:${String(s).padStart(2, "0")}`);
})()"""


def olga(desk):
    return f"/contacts/{desk.history.contacts['Olga Petrova'].id}"


async def test_every_page_is_clean_and_fits_a_phone(desk):
    history = desk.history
    pages = [
        "/",
        "/calls",
        olga(desk),
        f"/calls/{history.calls['transferred'].id}",
        "/leads",
        f"/leads/{history.leads['+79263334455'].id}",
        "/health",
    ]
    for width in (1280, 360):
        await desk.page.set_viewport_size({"width": width, "height": 800})
        for path in pages:
            assert (await desk.open(path)).status == 200
            assert await desk.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (
                path,
                width,
            )
            await desk.settled()


async def test_a_wrong_password_is_told_and_the_login_kept_and_the_right_one_lets_in(desk):
    await desk.page.context.clear_cookies()
    await desk.open("/login")
    await desk.page.fill("#login", "anna")
    await desk.page.fill("#password", "no")
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_selector(".note-bad")
    assert await desk.page.input_value("#login") == "anna"
    await desk.until("document.activeElement.id === 'password'")
    await desk.page.keyboard.type(PASSWORD)
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_url(f"{desk.base}/")


async def test_a_recording_plays_and_is_sought_in(desk):
    page = desk.page
    await desk.open(olga(desk))
    player = page.locator("rd-player").first
    await player.locator(".player-button").click()
    await desk.until("document.querySelector('rd-player').audio.currentTime > 0.2")
    assert await player.get_attribute("data-playing") is not None
    await player.locator("input").evaluate("(e) => { e.value = 20; e.dispatchEvent(new Event('input')); }")
    await desk.until("document.querySelector('rd-player').audio.currentTime >= 20")
    await desk.until(NOW_IS_SHOWN)
    await player.locator("input").press(" ")
    await desk.until("document.querySelector('rd-player').audio.paused")
    await player.locator(".speed").click()
    assert await player.locator(".speed").inner_text() == "1.25×"
    await desk.settled()


async def test_only_one_recording_plays_at_a_time(desk):
    page = desk.page
    await desk.open(olga(desk))
    await page.locator(".player-button").nth(0).click()
    await desk.until("document.querySelectorAll('rd-player[data-playing]').length === 1")
    await page.locator(".player-button").nth(1).click()
    await desk.until("document.querySelectorAll('rd-player')[1].hasAttribute('data-playing')")
    await desk.until("document.querySelectorAll('rd-player[data-playing]').length === 1")
    assert await page.evaluate("!document.querySelectorAll('rd-player')[1].audio.paused")


async def test_a_note_is_written_and_a_reason_read_without_leaving_the_card(desk):
    page, call = desk.page, desk.history.calls["missed"].id
    await desk.open(olga(desk))
    event = page.locator(f"#c-{call}")
    await event.get_by_role("button", name="Add result or note").click()
    await event.locator("textarea").fill("Rang back <b>twice</b>")
    await event.locator("select").select_option("call_back")
    await event.get_by_role("button", name="Save").click()
    await event.get_by_text("Rang back <b>twice</b>").wait_for()
    await event.get_by_text("Why it went there").click()
    await event.get_by_text("Step 1: The assigned manager: Anna Smirnova").wait_for()
    await desk.settled()


async def test_a_click_on_a_number_calls_it_once(desk):
    await desk.open(olga(desk))
    await desk.page.locator(".client-head .btn-good").dblclick()
    await desk.page.locator(".toast-note").first.wait_for()
    assert [(device, extension) for device, extension, _ in desk.pbx.originated] == [("PJSIP/101", "101")]
    await desk.settled()


async def test_filters_stand_in_the_address_and_back_goes_back(desk):
    page = desk.page
    await desk.open("/calls")
    await page.get_by_role("link", name="Missed", exact=True).click()
    await page.wait_for_url("**/calls?missed=1")
    rows = await page.locator("tr[data-href]").count()
    await page.fill("#filter-number", "100 00 01")
    await page.wait_for_url(re.compile(r"number=100"))
    assert 0 < await page.locator("tr[data-href]").count() <= rows
    assert await page.evaluate("document.activeElement.id") == "filter-number"  # one can go on typing
    async with page.expect_event("load"):  # back is read from the server again
        await page.go_back()
    await page.wait_for_url("**/calls?missed=1")
    await desk.settled()


async def test_keys_search_and_go(desk):
    page = desk.page
    await desk.open("/calls")
    await page.keyboard.press("/")
    # At once: each letter by itself may be asked for, and answered, by itself.
    await page.keyboard.insert_text("petr")
    await page.locator("#found a", has_text="Petrov").first.wait_for()  # before it: pages to go to
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{desk.base}{olga(desk)}")
    await page.keyboard.type("gl")  # the second key within a second and a half
    await page.wait_for_url(f"{desk.base}/leads")
    await desk.settled()


async def test_enter_goes_to_what_was_typed_last_however_late_the_answer(desk):
    page = desk.page
    await desk.open("/calls")
    await page.keyboard.press("/")
    await page.keyboard.insert_text("sokol")
    await page.locator("#found a", has_text="Sokolov").first.wait_for()
    held = Held()
    await page.route("**/search?*", held.hold)
    await page.fill("#search", "petr")
    await page.keyboard.press("Enter")
    await held.was_asked()
    assert page.url == f"{desk.base}/calls"
    held.let_through()
    await page.wait_for_url(f"{desk.base}{olga(desk)}")
    await desk.settled()


async def test_a_list_shows_what_its_filter_says_however_late_the_answers(desk):
    page = desk.page
    await desk.open("/calls")
    held = Held()
    await page.route("**/calls?*", held.hold)
    for count, number in enumerate(("1", "100", "100 00 01"), start=1):
        await page.fill("#filter-number", number)
        await held.was_asked(count)
    held.let_through()
    await page.wait_for_url(re.compile(r"number=100\+00\+01"))
    await desk.settled()


async def test_the_theme_changes_at_once_and_stays(desk):
    page = desk.page
    await desk.open("/calls")
    await page.locator(".side-foot summary").click()
    async with page.expect_response("**/preferences"):
        await page.locator(".side-foot [data-set-theme=dark]").click()
    assert await page.get_attribute("html", "data-bs-theme") == "dark"
    await page.reload()
    assert await page.get_attribute("html", "data-bs-theme") == "dark"
    await page.keyboard.press("Escape")
    await desk.settled()


async def test_a_hostile_name_runs_nothing(desk):
    history = desk.history
    lead = await history.lead("+79168888888", 0.1, name=HOSTILE)
    call = await history.call(
        "hostile", number="+79168888888", owner=lead, minutes_ago=1, talk=5, caller_name=HOSTILE, note=HOSTILE
    )
    for path in ("/leads", f"/leads/{lead.id}", "/calls", f"/calls/{call.id}"):
        await desk.open(path)
        await desk.page.locator('html[data-live="up"]').wait_for(state="attached")  # its scripts have run
        assert await desk.page.locator("main img[src=x]").count() == 0
        await desk.settled()
