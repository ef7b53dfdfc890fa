# SPDX-License-Identifier: Apache-2.0
"""Every form as its page gives it, one field after another spoiled: refused or kept, and every page opens after."""

from collections import Counter
from urllib.parse import urlencode, urlsplit

import pytest
from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs

from config.routing_file import DEFAULT_FILE, publish_routing_file
from tests.support.forms import Page
from tests.support.furniture import furnish
from tests.support.missed import miss
from tests.support.plans import make_plans

SPOILED = [
    "a\0b",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "-1",
    "9" * 30,
    "1E+999999999",
    "1E-400",
    "NaN",
    "²",
    "00000000-0000-0000-0000-000000000000",
    "\ud800",
    "x" * 250,
    "x" * 70_000,
    "[[rule]]\nwhen = {",
]
# What a page leaves empty and a form needs: only then the other fields are looked at.
GOOD = {
    "number": "+79169990001",
    "phone_0": "+79169990002",
    "e164": "+74951112299",
    "text": "Something",
    "title": "Something",
    "name": "something",
    "reason": "Something",
    "label": "Something",
    "login": "somebody",
    "note": "Something",
    "url": "https://example.com/hook",
    "host": "mail.example.com",
    "from_address": "us@example.com",
    "to": "us@example.com",
    "name_1": "huge",
    "enter_1": "900000",
    "leave_1": "800000",
    "since": "2026-12-01",
    "until": "2026-12-09",
    "id": "something",
    "t.name": "Something",
    "t.caller": "+79169990003",
    "t.wanted_rule": "manager",
}
# What ends the session, checks passwords, or is asked by programs.
LEFT_OUT = (
    "/login",
    "/logout",
    "/me/password",
    "/me/second-step",
    "/me/sessions",
    "/setup",
    "/static",
    "/api",
    "/live",
    "/tls",
)
OF_EACH_ROUTE = 2
EVERY = 5  # of the values: all of them in each field take minutes
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def route_of(site, address, method="GET"):
    found = await site.app.router.resolve(make_mocked_request(method, address))
    return getattr(getattr(found.route, "resource", None), "canonical", None)


async def pages_of(site, browser):
    """Address and what stands there, of some pages of each route that links lead to."""
    seen, waiting, left = {}, ["/"], Counter()
    while waiting:
        address = waiting.pop(0)
        parts = urlsplit(address)
        route = await route_of(site, parts.path)
        if "{kind}" in (route or ""):
            route = parts.path
        kind = (route, *sorted(pair.partition("=")[0] for pair in parts.query.split("&")))
        if (
            parts.netloc
            or not route
            or address in seen
            or address.startswith(LEFT_OUT)
            or left[kind] >= OF_EACH_ROUTE
        ):
            continue
        left[kind] += 1
        answer = await browser.get(address)
        assert answer.status < 500, (address, answer.status)
        if answer.status == 200 and answer.content_type == "text/html":
            seen[address] = Page(parts.path, await answer.text())
            waiting += sorted(seen[address].links - seen.keys())
    return seen


@pytest.fixture
async def furnished(site):
    history = site.history
    await furnish(history)
    await make_plans(history)
    await miss(history, name="Olga Petrova")
    await publish_routing_file(DEFAULT_FILE, site.store, history.now)
    return site


def key_of(form, route):
    return (route, frozenset(form.names))


async def forms_of(site, pages):
    """One page for each form unlike the others."""
    found = {}
    for address, page in pages.items():
        for form in page.forms:
            route = await route_of(site, urlsplit(form.action).path, "POST")
            if form.names - {"csrf_token"} and route and not route.startswith(LEFT_OUT):
                found.setdefault(key_of(form, route), address)
    return found


async def again(site, browser, address, key):
    """The form as it stands there now; None: what was sent before took it away."""
    answer = await browser.get(address)
    if answer.status != 200:
        return None
    for form in Page(urlsplit(address).path, await answer.text()).forms:
        if key_of(form, await route_of(site, urlsplit(form.action).path, "POST")) == key:
            return form
    return None


def spoilt(form, name, value):
    kept = [(one, text or GOOD.get(one, "")) for one, text in form.fields if one != name]
    return urlencode([*kept, (name, value)], errors="surrogatepass")


async def spoil(site, browser, address, key, values):
    """Each field in turn, the others as the page has them; what was a fault."""
    form, wrong = await again(site, browser, address, key), []
    for number, name in enumerate(sorted(key[1] - {"csrf_token"})):
        for value in values[number % EVERY :: EVERY]:
            if form is None:
                return wrong
            answer = await browser.post(form.action, spoilt(form, name, value), **FORM)
            if answer.status >= 500:
                wrong.append((form.action, name, value[:40], answer.status))
            if answer.status < 400:
                form = await again(site, browser, address, key)
    return wrong


@pytest.mark.timeout(300)
async def test_a_spoiled_field_is_never_a_fault(furnished, database_with_history):
    admin = await furnished.browser("admin")
    is_sqlite = database_with_history[0].startswith("sqlite")
    values = SPOILED if is_sqlite else SPOILED[::-1]  # what the one is not asked, the other is
    wrong, places = [], await forms_of(furnished, await pages_of(furnished, admin))
    with capture_logs() as logs:
        for key, address in places.items():
            wrong += await spoil(furnished, admin, address, key, values)
        await pages_of(furnished, admin)  # what was kept can be shown
    assert not wrong
    assert not [line for line in logs if line["event"] == "request failed"]
    assert len(places) > 60
