# SPDX-License-Identifier: Apache-2.0
"""Every page of the menu in every language: nothing is wider than its place, and no English is left over."""

import pytest
from babel.messages.pofile import read_po

from tests.browser.conftest import AT_REST, PATIENCE_MS
from web.i18n.catalogues import NAMES, SOURCE, po_path
from web.settings_menu import MENU

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(1800),
    pytest.mark.parametrize("database_with_history", ["sqlite"], indirect=True),
]
PLACES = (
    "/",
    "/calls",
    "/contacts",
    "/companies",
    "/deals",
    "/tasks",
    "/orders",
    "/leads",
    "/health",
    "/settings",
)
MINE = ("/me", "/me/password", "/me/second-step", "/me/sessions", "/me/notifications", "/me/tokens")
WIDER = """() => {
  const told = [];
  const page = document.scrollingElement;
  if (page.scrollWidth > innerWidth) told.push(`the page: ${page.scrollWidth} > ${innerWidth}`);
  for (const each of document.querySelectorAll("button, a, h1, h2, h3")) {
    if (!each.checkVisibility() || !each.clientWidth || each.closest(".clip, .sr-only, .skip")) continue;
    if (each.scrollWidth > each.clientWidth)
      told.push(`${each.tagName} ${each.className} "${each.textContent.trim()}": ${each.scrollWidth} > ${each.clientWidth}`);
  }
  return told;
}"""
TEXTS = """() => {
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const around = walker.currentNode.parentElement;
    if (around.checkVisibility() && !around.closest("code, kbd, script")) found.add(walker.currentNode.data.trim());
  }
  for (const each of document.querySelectorAll("[placeholder]")) found.add(each.placeholder.trim());
  return [...found];
}"""


def english_only(code):
    """Texts that stand on a page of this language only when a translation was passed by."""
    with po_path(code).open("rb") as file:
        catalog = read_po(file, locale=code)
    own = {message.string for message in catalog if isinstance(message.string, str)}
    return {message.id for message in catalog if isinstance(message.id, str) and message.id} - own


@pytest.fixture
async def admin(desk, code, width):
    context = await desk.page.context.browser.new_context(
        viewport={"width": width, "height": 800}, locale=code
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await desk.become("admin", context)
    yield page
    await context.close()


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("code", NAMES)
async def test_every_page_of_the_menu_fits_and_speaks_the_language(desk, admin, code, width):
    english = set() if code == SOURCE else english_only(code)
    english -= {user.name for user in desk.history.users.values()}
    complaints = []
    for address in (*PLACES, *(page.address for page in MENU), *MINE):
        answer = await admin.goto(desk.base + address)
        assert answer.status == 200, address
        assert await admin.evaluate("document.documentElement.lang") == code
        await admin.evaluate(AT_REST)
        complaints += [f"{address}: {each}" for each in await admin.evaluate(WIDER)]
        complaints += [f"{address}: {each}" for each in english & set(await admin.evaluate(TEXTS))]
    assert complaints == [], "\n".join(complaints)
