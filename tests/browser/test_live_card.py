# SPDX-License-Identifier: Apache-2.0
"""The live card in a real Chromium: painted, acknowledged, once over many tabs, right after a restart."""

import asyncio
import re
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.async_api import async_playwright, expect

from crm_core.domain.workspace import apply, empty
from tests.browser.conftest import AT_REST, Held
from tests.support.live_site import live_site
from tests.unit.feed.frames import PEOPLE, publications

pytestmark = pytest.mark.browser
_PATIENCE_MS = 60_000  # of what is not a promise of ours: a busy machine is slow
_TWO_PINGS_MS = 45_000  # until then a connection that says nothing is believed in
_CHROMIUM = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox"]}
# A hidden tab, as the page itself sees it: headless Chromium shows them all.
_HIDE = """() => {
  Object.defineProperty(document, 'hidden', {get: () => globalThis.isHidden ?? false, configurable: true});
  globalThis.isHidden = true;
  document.dispatchEvent(new Event('visibilitychange'));
}"""
_AWAY_AND_BACK = """() => {
  for (const hidden of [false, true, false]) {
    globalThis.isHidden = hidden;
    document.dispatchEvent(new Event('visibilitychange'));
  }
}"""
# By the clock of the page: how soon this program looks says nothing of how soon the card went.
_NOTE_WHEN_GONE = """() => {
  new MutationObserver(() => {
    if (!document.querySelector('.live-card')) globalThis.goneAt ??= Date.now();
  }).observe(document.querySelector('#stage'), {childList: true});
}"""
# Which tab leads and whether one is looked at, as the browser knows it: it hears of both a little later than the page.
_LOCKS = "async () => (await navigator.locks.query()).held.map((lock) => lock.name)"
_COUNT_NOTES = """
  globalThis.notes = [];
  globalThis.Notification = class extends EventTarget {
    static permission = 'granted';
    constructor(title) { super(); globalThis.notes.push(title); }
    close() {}
  };
"""


@pytest.fixture
async def site(store):
    async with live_site(store) as opened:
        await opened.log_in("anna")
        yield opened


@asynccontextmanager
async def browser_of(site, login="anna", **options):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**_CHROMIUM)
        context = await browser.new_context(**options)
        context.set_default_timeout(_PATIENCE_MS)
        await context.add_cookies([{"name": "rolodial", "value": site.cookies[login], "url": site.url}])
        yield context
        await browser.close()


async def open_page(context, site, path="/"):
    page = await context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
    await page.goto(site.url + path)
    # Not wait_for_function: it polls by eval, which the pages' CSP refuses.
    await page.locator('html[data-live="up"]').wait_for(state="attached", timeout=_PATIENCE_MS)
    await page.evaluate(AT_REST)
    return page


async def until(condition, within_s=_PATIENCE_MS / 1000):
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.02)


async def until_page(page, script, wanted):
    async with asyncio.timeout(_PATIENCE_MS / 1000):
        while await page.evaluate(script) != wanted:
            await asyncio.sleep(0.05)


async def test_a_card_is_painted_acknowledged_and_moves_nothing(site):
    async with browser_of(site) as context:
        page = await open_page(context, site)
        before = await page.locator("#stage").bounding_box()
        popped = site.pop("anna")
        card = page.locator(".live-card")
        await expect(card.locator('[data-f="name"]')).to_have_text("Olga Petrova")
        await expect(card.locator('[data-f="why"]')).to_have_text("You are their manager")
        await expect(page.locator("#live-said")).to_contain_text("Olga Petrova")
        await until(lambda: site.feed.stats().painted == 1)
        assert await page.locator("#stage").bounding_box() == before
        at = datetime.now(UTC) - timedelta(seconds=62)
        site.tell("call", "anna", popped["call_id"], state="talking", answered_at=at.isoformat())
        await expect(card.locator('[data-f="clock"]')).to_contain_text(re.compile(r"1:[0-4]\d"))
        site.tell("call", "anna", popped["call_id"], state="ended", talk_s=80.0)
        await expect(card.locator("form:not([inert])")).to_be_visible()
        await expect(card.locator('[data-f="outcome"]')).to_have_text("Answered · talked 1:20")
        await page.keyboard.press("x")
        await expect(card).to_have_count(0)
        assert page.faults == []


async def test_who_loses_a_ring_all_loses_the_card_within_a_second_and_is_told(site):
    async with browser_of(site) as context:
        page = await open_page(context, site)
        popped = site.pop("anna", "boris")
        await expect(page.locator(".live-card")).to_be_visible()
        await page.evaluate(_NOTE_WHEN_GONE)
        answered_at = time.time()
        site.tell("call", "boris", popped["call_id"], state="talking")
        site.tell("pop.closed", "anna", popped["call_id"], reason="answered_elsewhere", by="Boris Volkov")
        await expect(page.locator(".live-card")).to_have_count(0)
        await expect(page.locator("#recent")).to_contain_text("Answered by Boris Volkov")
        gone_at = await page.evaluate("goneAt") / 1000
        assert gone_at - answered_at < 1.0


async def test_a_hostile_name_is_only_text(site):
    async with browser_of(site) as context:
        page = await open_page(context, site)
        name = "<img src=x onerror=alert(1)>"
        site.pop(
            "anna", client={"kind": "lead", "id": None, "name": name, "number": "'><b>", "company": None}
        )
        await expect(page.locator('.live-card [data-f="name"]')).to_have_text(name)
        assert page.faults == []


async def test_many_tabs_ring_once_and_only_when_nobody_looks(site):
    async with browser_of(site) as context:
        await context.add_init_script(_COUNT_NOTES)
        pages = [await open_page(context, site, path) for path in ("/", "/", "/health")]
        site.pop("anna")
        await until(lambda: site.feed.stats().painted == 1)
        assert [await page.evaluate("notes.length") for page in pages] == [0, 0, 0]
        for page in pages:
            await page.evaluate(_HIDE)
        await until(lambda: site.feed.stats().visible_tabs == 0)
        await until_page(pages[0], _LOCKS, ["rolodial-lead"])
        received = site.feed.stats().received
        site.pop("anna")
        await until(lambda: site.feed.stats().received == received + 3)

        async def noted():
            return sum([await page.evaluate("notes.length") for page in pages])

        async with asyncio.timeout(_PATIENCE_MS / 1000):
            while not await noted():
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)  # a second one would have come by then
        assert await noted() == 1
        assert all("Olga Petrova" in title for title in [await page.title() for page in pages])


async def test_a_tab_looked_at_for_a_moment_does_not_count_as_looked_at_for_ever(site):
    """Away and back before the browser has given the lock: it was asked for twice, and is given back as a whole."""
    async with browser_of(site) as context:
        page = await open_page(context, site)
        await page.evaluate(_HIDE)
        await until_page(page, _LOCKS, ["rolodial-lead"])
        await page.evaluate(_AWAY_AND_BACK)
        await until_page(page, _LOCKS, ["rolodial-lead", "rolodial-visible"])
        await page.evaluate(_HIDE)
        await until_page(page, _LOCKS, ["rolodial-lead"])


async def test_after_a_restart_of_the_server_the_screen_is_right_by_itself(site):
    async with browser_of(site) as context:
        page = await open_page(context, site)
        site.pop("anna")
        await expect(page.locator(".live-card")).to_be_visible()
        await site.restart()
        await expect(page.locator(".live-card")).to_have_count(0, timeout=2 * _PATIENCE_MS)
        name = {"kind": "contact", "id": None, "name": "Ivan Sokolov", "number": None, "company": None}
        site.pop("anna", client=name)
        await expect(page.locator('.live-card [data-f="name"]')).to_have_text("Ivan Sokolov")


async def test_a_note_begun_outlives_a_reload(site):
    async with browser_of(site) as context:
        page = await open_page(context, site)
        popped = site.pop("anna")
        site.tell("call", "anna", popped["call_id"], state="talking")
        await page.locator(".live-card textarea").fill("Wants a quote")
        await page.reload()
        await expect(page.locator(".live-card textarea")).to_have_value("Wants a quote")


async def test_what_was_said_before_is_there_however_late_it_comes(site):
    """The card may have left the front when the answer came."""
    async with browser_of(site) as context:
        page, held = await open_page(context, site), Held()
        await page.route("**/workspace/before/**", held.hold)
        first = site.pop("anna")
        site.tell("call", "anna", first["call_id"], state="ringing")
        await held.was_asked()
        second = site.pop("anna")
        site.tell("call", "anna", second["call_id"], state="talking")
        front = page.locator(".live-card")
        await expect(front).to_have_attribute("data-call", second["call_id"])
        held.let_through()
        await expect(front.locator('[data-f="before"]')).to_contain_text("No earlier contact")
        site.tell("call", "anna", second["call_id"], state="ended")
        await expect(front).to_have_attribute("data-call", first["call_id"])
        await expect(front.locator('[data-f="before"]')).to_contain_text("No earlier contact")
        assert page.faults == []


async def test_a_number_typed_while_another_is_dialled_stays(site):
    async with browser_of(site) as context:
        page, held = await open_page(context, site), Held()
        await page.route("**/calls/originate", held.hold)
        await page.fill("#dial-number", "+79161000001")
        await page.press("#dial-number", "Enter")
        await held.was_asked()
        await page.fill("#dial-number", "+79161000002")
        held.let_through()
        await expect(page.locator("#dial button")).to_be_enabled()
        await expect(page.locator("#dial-number")).to_have_value("+79161000002")


async def test_a_session_that_is_over_is_said(site):
    async with browser_of(site) as context:
        page = await open_page(context, site)
        site.feed.close_user(site.id("anna"), 4401)
        await expect(page.locator("#live-link")).to_contain_text("You are logged out.")


async def test_a_reason_is_one_sentence(site):
    async with browser_of(site) as context:
        page = await open_page(context, site)
        limit = {"window": "30d", "amount": "640000", "limit": "200000", "currency": "RUB"}
        reasons = [
            {"code": "team", "params": {"team": "wholesale"}},
            {"code": "manager_free", "params": {"name": "Anna Smirnova"}},
            {"code": "turnover_at_least", "params": limit},
            {"code": "manager_none", "params": {}},
        ]
        site.pop("anna", why=reasons)
        await expect(page.locator('.live-card [data-f="why"]')).to_have_text(
            "Wholesale team: turnover is ₽200,000 or more"
        )


async def test_a_click_after_which_nothing_is_heard_is_told_and_can_be_repeated(site):
    async with browser_of(site) as context:
        page = await context.new_page()
        await page.clock.install()
        await page.goto(site.url)
        await page.locator('html[data-live="up"]').wait_for(state="attached", timeout=_PATIENCE_MS)
        await page.fill("#dial-number", "+79161000001")
        await page.press("#dial-number", "Enter")
        await until(lambda: len(site.pbx.originated) == 1)
        await expect(page.locator("#dial-number")).to_have_value("")
        await page.clock.fast_forward(11_000)
        note = page.locator(".toast-note")
        await expect(note).to_contain_text("your phone did not ring")
        await asyncio.sleep(2.1)  # a click within two seconds would be the same wish
        await note.get_by_role("button", name="Try again").click()
        await until(lambda: len(site.pbx.originated) == 2)


async def test_a_click_whose_call_is_heard_of_is_not_complained_about(site):
    async with browser_of(site) as context:
        page = await context.new_page()
        await page.clock.install()
        await page.goto(site.url)
        await page.locator('html[data-live="up"]').wait_for(state="attached", timeout=_PATIENCE_MS)
        await page.fill("#dial-number", "+79161000001")
        async with page.expect_response("**/calls/originate") as answer:
            await page.press("#dial-number", "Enter")
        call_id = (await (await answer.value).json())["call_id"]
        await expect(page.locator("#dial-number")).to_have_value("")
        site.pop("anna", call_id=call_id, direction="outbound")
        await expect(page.locator(".live-card")).to_be_visible()
        site.tell("call", "anna", call_id, state="ended", disposition="no_answer")
        await expect(page.locator(".live-card")).to_have_count(0)
        await page.clock.fast_forward(11_000)
        await expect(page.locator(".toast-note")).to_have_count(0)


async def test_who_comes_back_to_a_connection_that_died_in_silence_does_not_wait_for_it(site):
    lines = []

    def through(socket):
        line = {"dead": False, "server": socket.connect_to_server()}
        socket.on_message(lambda said: line["dead"] or line["server"].send(said))
        line["server"].on_message(lambda said: line["dead"] or socket.send(said))
        lines.append(line)

    async with browser_of(site) as context:
        await context.route_web_socket("**/live*", through)
        page = await open_page(context, site)
        lines[0]["dead"] = True
        site.pop("anna")
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(page.locator(".live-card")).to_be_visible(timeout=_TWO_PINGS_MS - 10_000)
        assert len(lines) == 2


async def test_what_is_typed_while_a_note_is_saved_is_saved_as_well(site):
    saved = []
    async with browser_of(site) as context:
        page = await open_page(context, site)
        popped = site.pop("anna")
        for state in ("talking", "ended"):
            site.tell("call", "anna", popped["call_id"], state=state)
        note = page.locator(".live-card textarea")

        async def slowly(route):
            saved.append(parse_qs(route.request.post_data)["note"][0])
            if len(saved) == 1:
                await note.fill("Wants a quote by Friday")
            await route.fulfill(status=200, json={})

        await page.route("**/workspace/note/*", slowly)
        await note.fill("Wants a quote")
        await page.locator('.live-card [data-do="dismiss"]').click()
        await expect(page.locator(".live-card")).to_have_count(0)
        assert saved == ["Wants a quote", "Wants a quote by Friday"]


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ({"status": 502, "body": "<html>Bad Gateway</html>"}, "The call could not be placed."),
        (None, "No answer from the server. See whether your phone rings before you dial again."),
    ],
)
async def test_a_call_of_which_nobody_knows_is_not_said_to_be_undialled(site, what, text):
    async with browser_of(site) as context:
        page = await open_page(context, site)
        await page.route("**/calls/originate", lambda route: route.fulfill(**what) if what else route.abort())
        await page.fill("#dial-number", "+79161000001")
        await page.press("#dial-number", "Enter")
        await expect(page.locator(".toast-note")).to_have_text(text)
        await expect(page.locator("#dial-number")).to_have_value("+79161000001")


async def test_numbers_of_other_countries_are_written_in_groups(site):
    wanted = {
        "+79161000001": "+7 916 100-00-01",
        "+12125550100": "+1 212 555 0100",
        "+380441234567": "+380 441 234 567",
        "+6281234567890": "+62 812 3456 7890",
        "+4930123456": "+49 3012 3456",
        "101": "101",
        "Anonymous": "Anonymous",
    }
    async with browser_of(site) as context:
        page = await open_page(context, site)
        script = """async ([address, numbers]) => {
          const { phone } = await import(address);
          return numbers.map(phone);
        }"""
        written = await page.evaluate(script, [site.app_asset("js/live_words.js"), list(wanted)])
    assert written == list(wanted.values())


async def test_python_and_the_browser_fold_frames_alike(site):
    """Each sequence that hypothesis finds, folded here and by live_reducer.js."""
    found = []

    @settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None, database=None)
    @given(st.lists(publications, max_size=30))
    def collect(sequence):
        frames = [
            orjson.loads(orjson.dumps({"seq": seq, "type": kind, "data": data}))
            for seq, (kind, data, _to) in enumerate(sequence, start=1)
        ]
        found.append(frames)

    await asyncio.to_thread(collect)
    me = str(PEOPLE[0])
    async with browser_of(site) as context:
        page = await open_page(context, site)
        address = site.app_asset("js/live_reducer.js")
        script = """async ([address, me, all]) => {
          const { apply } = await import(address);
          const empty = () => ({ me, cards: {}, recent: [], operators: {}, phones: {}, pbx: {} });
          return all.map((frames) => frames.reduce(apply, empty()));
        }"""
        theirs = await page.evaluate(script, [address, me, found])
    for frames, folded in zip(found, theirs, strict=True):
        state = empty(me)
        for frame in frames:
            state = apply(state, frame)
        assert folded == state
