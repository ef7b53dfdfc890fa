# SPDX-License-Identifier: Apache-2.0
"""WCAG 2.2 AA: axe finds nothing on any page, light and dark, wide and on a phone. The pages come from the router."""

from datetime import timedelta
from pathlib import Path

import pytest

from crm_core.domain.audit import Actor
from crm_core.usecases.give_up_missed import give_up_missed
from tests.browser.conftest import AT_REST
from tests.support.missed import miss
from tests.support.plans import make_plans

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(1800),
    pytest.mark.parametrize("database_with_history", ["sqlite"], indirect=True),
]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
ASK = """async () => {
  const found = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]});
  return found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " | " + n.html.slice(0, 120)).join(" || ")}`);
}"""
# Not pages: files, parts that htmx asks for, streams, what programs read.
NOT_PAGES = (
    "/static",
    "/live",
    "/api/",
    "/search",
    "/workspace",
    "/exports",
    "/communications",
    "/recordings",
    "/metrics",
    "/healthz",
    "/readyz",
    "/setup",
    "/preferences",
)


def is_page(address):
    if "." in address.rsplit("/", 1)[-1] or address.endswith(
        ("/timeline", "/attempts", "/why", "/part", "/rows", "/file")
    ):
        return False
    return not address.startswith(NOT_PAGES)


async def addresses(app, history):
    """Every page that can be asked for by GET; those that need an id get one that exists."""
    waiting = await miss(history, "+79269990001", ago=timedelta(days=3), n=2)
    given_up = await miss(history, "+79269990000")
    sofia = history.users["sofia"]
    actor = Actor(sofia.login, sofia.id)
    await give_up_missed(history.store, sofia, given_up.id, "Wrong number", actor, history.now)
    plans = await make_plans(history, "admin")
    ids = {
        "/deals/{id}": plans.deal.id,
        "/tasks/{id}": plans.task.id,
        "/missed/{id}": waiting.id,
        "/contacts/{id}": history.contacts["Olga Petrova"].id,
        "/companies/{id}": history.companies["Northern Lights LLC"].id,
        "/calls/{id}": history.calls["transferred"].id,
        "/leads/{id}": history.leads["+79263334455"].id,
    }
    found = set()
    for route in app.router.routes():
        if route.method != "GET" or route.resource is None:
            continue
        address = route.resource.canonical
        for pattern, record in ids.items():
            address = address.replace(pattern, pattern.replace("{id}", str(record)))
        if "{" not in address and is_page(address):
            found.add(address)
    return sorted(
        found
        | {
            "/contacts?q=nobody",
            "/calls?disposition=failed",
            "/contacts/none?said=saved",
            "/missed?view=closed",
        }
    )


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_on_any_page(desk, theme, width):
    base, page = desk.base, desk.page
    # Without motion: what fades in has too little contrast for a moment.
    await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    await page.set_viewport_size({"width": width, "height": 800})
    await desk.become("admin")
    complaints = []
    for address in await addresses(desk.app, desk.history):
        answer = await page.goto(base + address)
        if "html" not in answer.headers.get("content-type", "") or answer.status >= 500:
            complaints.append(f"{address}: {answer.status} {answer.headers.get('content-type')}")
            continue
        await page.evaluate(AT_REST)
        await page.evaluate(AXE)
        complaints += [f"{address}: {each}" for each in await page.evaluate(ASK)]
        wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wider > 0:
            complaints.append(f"{address}: {wider} px wider than the screen")
    assert complaints == [], "\n".join(complaints)
