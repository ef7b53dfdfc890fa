# SPDX-License-Identifier: Apache-2.0
"""10 000 hostile texts in every place where names, numbers and notes appear: they are text, and nothing runs."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.browser.conftest import AT_REST, PATIENCE_MS
from tests.support.hostile import hostile_texts
from tests.support.hostile_records import furnish_hostile
from tests.support.live_site import live_site
from web import keys

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(1800),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
SEED, COUNT, POPS, TYPED = 20261122, 10_000, 40, 10
CHROMIUM = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox"]}
WATCH = """
globalThis.violations = [];
document.addEventListener("securitypolicyviolation", (e) => violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
"""
# What ran, what the policy stopped, and which of the texts are not to be read on the page. White space apart, and NUL,
# which the parser of HTML leaves out or writes as U+FFFD.
LOOK = """(texts) => {
  const bare = (text) => text.replace(/[\\s\\0\\ufffd]+/gu, "");
  const fields = [...document.querySelectorAll("input, textarea")].map((each) => each.value);
  const seen = bare([document.body.textContent, globalThis.put_away, ...fields].join(" "));
  return {hit: globalThis.hit ?? null, violations: globalThis.violations, missing: texts.filter((text) => !seen.includes(bare(text)))};
}"""

# What was seen is put away when more has come, so that the last page is drawn as quickly as the first.
SHOW_ALL = """async () => {
  const until = Date.now() + 600_000;
  globalThis.put_away = "";
  for (let more; (more = document.querySelector(".pager button")); ) {
    const pager = more.closest("tr, li"), old = [...pager.parentElement.children].filter((each) => each !== pager);
    more.click();
    while (more.isConnected && Date.now() < until) await new Promise((done) => setTimeout(done, 5));
    if (more.isConnected) return false;
    for (const each of old) {
      put_away += ` ${each.textContent}`;
      each.remove();
    }
  }
  return true;
}"""


class Watched:
    """A page, and all that must not happen on it."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base, self.faults, self.seen = page, base, [], set()
        page.on("dialog", lambda dialog: self.faults.append(f"dialog: {dialog.message}"))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", self._requested)

    def _requested(self, request) -> None:
        if not request.url.startswith((self.base, "data:image/", "blob:")):
            self.faults.append(f"asked for {request.url}")

    async def open(self, address: str) -> None:
        answer = await self.page.goto(self.base + address)
        assert answer.status == 200, address
        await self.page.evaluate(AT_REST)

    async def all_of_it(self) -> None:
        """Every page of the list or the timeline: what htmx puts in is looked at too."""
        assert await self.page.evaluate(SHOW_ALL), f"{self.page.url}: it never ended"

    async def look(self, texts=()) -> None:
        found = await self.page.evaluate(LOOK, list(texts))
        assert found == {"hit": None, "violations": [], "missing": []}, self.page.url
        assert self.faults == [], self.page.url
        self.seen.update(texts)


@pytest.fixture
async def site(store):
    async with live_site(store) as opened:
        async with store.read() as tx:
            opened.users["admin"] = await tx.people.user_by_login("admin")
        await opened.log_in("admin")
        yield opened


@pytest.fixture
async def watched(site):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**CHROMIUM)
        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(PATIENCE_MS)
        await context.add_cookies([{"name": "rolodial", "value": site.cookies["admin"], "url": site.url}])
        await context.add_init_script(WATCH)
        yield Watched(await context.new_page(), site.url)
        await browser.close()


async def test_hostile_texts_are_text_wherever_they_stand(site, watched):
    texts = hostile_texts(COUNT, SEED)
    live, typed = texts[: 5 * POPS], texts[5 * POPS : 5 * POPS + TYPED]
    kept = iter(texts[5 * POPS + TYPED :])
    put = await furnish_hostile(site.store, kept, site.users["admin"], datetime.now(UTC))
    await site.app[keys.IN_FORCE].read(site.store)
    for address, texts in put.pages.items():
        await watched.open(address)
        await watched.all_of_it()
        await watched.look(texts)
    for contact, note in put.cards:
        await watched.open(f"/contacts/{contact.id}")
        await watched.look([contact.name, contact.email, contact.position, note])
        await watched.open(f"/contacts/{contact.id}/edit")
        await watched.look([contact.name, contact.email, contact.position, note])
    await popped(site, watched, live)
    await asked(watched, typed)
    assert watched.seen >= set(texts)


async def popped(site, watched: Watched, texts: list[str]) -> None:
    """Live frames: the card on the workspace, the dock elsewhere; who took it away is told in a line."""
    for address, name_of in (("/", '.live-card [data-f="name"]'), ("/health", '.dock-card [data-f="name"]')):
        await watched.open(address)
        await watched.page.locator('html[data-live="up"]').wait_for(state="attached")
        for _ in range(POPS // 2):
            name, company, number, manager, by = (texts.pop() for _ in range(5))
            client = {"kind": "contact", "id": None, "name": name, "number": number, "company": company}
            why = [{"code": "assigned_manager", "params": {"name": manager}}]
            call = site.pop("admin", client=client, why=why, manager={"id": None, "name": manager})
            await expect(watched.page.locator(name_of)).to_have_count(1)
            await watched.look([name])
            watched.seen.update([company, number, manager, by])
            site.tell("pop.closed", "admin", call["call_id"], reason="answered_elsewhere", by=by)
            await expect(watched.page.locator(name_of)).to_have_count(0)
        await watched.look()


async def asked(watched: Watched, texts: list[str]) -> None:
    """The palette says back what was typed; a filter keeps it."""
    await watched.open("/health")
    for text in texts:
        async with watched.page.expect_response("**/search?**"):
            await watched.page.fill("#search", text)
        await watched.look()
    for text in texts:
        await watched.open(f"/contacts?{urlencode({'q': text})}")
        await watched.look()
    watched.seen.update(texts)
