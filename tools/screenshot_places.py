# SPDX-License-Identifier: Apache-2.0
"""What pictures are taken of: pages by their address, and states, by what is done on a page before."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from playwright.async_api import Page

from crm_core.domain.client import ClientKind
from crm_core.usecases.first_admin import STEPS
from tests.support.history import PASSWORD, History
from tests.support.live_site import LiveSite

_FIXED = {
    "workspace": "/",
    "calls": "/calls",
    "calls-missed": "/calls?missed=1",
    "calls-none": "/calls?disposition=failed&number=0000",
    "contacts": "/contacts",
    "contacts-found": "/contacts?q=o&cols=company%2Cposition%2Cphone%2Cemail%2Cmanager",
    "contacts-none": "/contacts?q=nobody+at+all",
    "contact-form-new": "/contacts/new",
    "companies": "/companies",
    "company-form": "/companies/new",
    "orders": "/orders",
    "deals": "/deals",
    "deal-new": "/deals/new",
    "tasks": "/tasks",
    "task-new": "/tasks/new",
    "leads": "/leads",
    "outbox-given-up": "/settings/outbox?state=given_up",
    "password-forgot": "/password/forgot",
    "invitation-over": "/invitation/nothing",
    "health": "/health",
    "404": "/contacts/nobody",
}


async def pages(history: History) -> dict[str, str]:
    calls, contacts = history.calls, history.contacts
    async with history.store.read() as tx:
        (webhook,) = await tx.webhooks.every()
        (order, *_) = await tx.orders.of_client(ClientKind.CONTACT, contacts["Olga Petrova"].id)
    clara = history.users["clara"].id
    return {
        **_FIXED,
        "contact": f"/contacts/{contacts['Olga Petrova'].id}",
        "contact-new": f"/contacts/{contacts['Pavel Orlov'].id}",
        "company": f"/companies/{history.companies['Northern Lights LLC'].id}",
        "call": f"/calls/{calls['transferred'].id}",
        "call-lost": f"/calls/{calls['lost'].id}",
        "contact-form": f"/contacts/{contacts['Olga Petrova'].id}/edit",
        "contact-archived": f"/contacts/{contacts['Ivan Sokolov'].id}?said=restored",
        "lead": f"/leads/{history.leads['+79263334455'].id}",
        "lead-spam": f"/leads/{history.leads['+78005553535'].id}",
        "person": f"/settings/people/{clara}",
        "person-dismiss": f"/settings/people/{history.users['boris'].id}/dismiss",
        "webhook": f"/settings/webhooks/{webhook.id}",
        "order": f"/orders/{order.id}",
        **{f"setup-{step}": f"/setup/{step}" for step in STEPS[1:]},
    }


def plain_pages(app: web.Application) -> dict[str, str]:
    """Every other page that needs no id: settings, profile, what others add later."""
    addresses = {
        route.resource.canonical
        for route in app.router.routes()
        if route.method == "GET" and route.resource and "{" not in route.resource.canonical
    }
    shown = (address for address in addresses if re.match(r"/(settings|me|setup|tls|docs|api)(/|$)", address))
    return {
        address.strip("/").replace("/", "-"): address
        for address in sorted(shown)
        if not address.endswith((".json", ".yaml", ".crt", ".pem", ".svg", "/live", "/logout", "/file"))
        and not address.startswith("/api/v1/")
    }


@dataclass(frozen=True)
class State:
    login: str
    address: str
    act: Callable[[Page, LiveSite], Awaitable[Any]]  # gives the id of a call that it began
    is_narrow: bool | None = None  # only there, or only where it is wide


def states(contact: object, clara: object) -> dict[str, State]:  # longer: one line for each state
    edit = f"/contacts/{contact}/edit"
    return {
        "workspace-operator": State("anna", "/", _nothing),
        "workspace-ringing": State("anna", "/", _ringing),
        "workspace-talking": State("anna", "/", _talking),
        "dock-talking": State("anna", "/calls", _talking),
        "state-menu": State("anna", "/", lambda page, _: page.click(".live-status > summary")),
        "palette": State("anna", "/calls", lambda page, _: page.fill("#search", "olga")),
        "palette-nothing": State("anna", "/calls", lambda page, _: page.fill("#search", "qqqqq")),
        "keyboard-map": State(
            "admin", "/calls", lambda page, _: page.evaluate("document.querySelector('#keys').showModal()")
        ),
        "more-menu": State(
            "admin", "/calls", lambda page, _: page.click(".tabs-bar summary"), is_narrow=True
        ),
        "my-menu": State(
            "admin", "/calls", lambda page, _: page.click(".side-foot summary"), is_narrow=False
        ),
        "filters-open": State(
            "admin", "/calls", lambda page, _: page.click("label[for=more-filters]"), is_narrow=True
        ),
        "views-menu": State("admin", "/calls", lambda page, _: page.click(".list-tools summary >> nth=0")),
        "columns-menu": State(
            "admin", "/contacts", lambda page, _: page.click(".list-tools summary >> nth=1")
        ),
        "toast-undo": State("admin", f"/contacts/{contact}", _archived),
        "contact-form-wrong": State("admin", edit, _sent(".form", {"email": "olga at home"})),
        "contact-form-conflict": State("admin", edit, _conflict),
        "hours-form-wrong": State(
            "admin", "/settings/hours/new", _sent("", {"name": "Shop", "special": "May 1"})
        ),
        "person-link": State(
            "admin", f"/settings/people/{clara}", lambda page, _: page.click("form[action$='/link'] button")
        ),
        "person-new-wrong": State(
            "admin", "/settings/people/new", _sent("", {"name": "Anna", "login": "anna"})
        ),
        "webhook-wrong": State("admin", "/settings/webhooks/new", _sent("", {"url": "ftp://example.com"})),
        "transfer-preview": State(
            "admin", "/settings/transfer", _sent("", {"text": '[company]\nzone = "Nowhere"'})
        ),
        "second-step-setup": State("clara", "/me/second-step", _sent("", {"password": PASSWORD})),
        "password-wrong": State(
            "clara", "/me/password", _sent("", {"old": "no", "password": "short", "again": "other"})
        ),
        "token-made": State("boris", "/me/tokens", _token),
    }


async def _nothing(page: Page, site: LiveSite) -> None:
    pass


async def _ringing(page: Page, site: LiveSite) -> str:
    call_id: str = site.pop("anna")["call_id"]
    await page.locator(".live-card, .dock-card").first.wait_for()
    return call_id


async def _talking(page: Page, site: LiveSite) -> str:
    call_id = await _ringing(page, site)
    site.tell("call", "anna", call_id, state="talking")
    await page.locator("[data-state=talking]").first.wait_for()
    return call_id


def _sent(form: str, values: dict[str, str]) -> Callable[[Page, LiveSite], Awaitable[None]]:
    """The page's form, sent past the browser's own checks, as a script would."""

    async def act(page: Page, _: LiveSite) -> None:
        scope = form or "main form[method=post]"
        for name, value in values.items():
            field = page.locator(f"{scope} [name={name!r}]").first
            if await field.count():
                await field.fill(value)
        async with page.expect_navigation():
            await page.locator(scope).first.evaluate(
                "form => { form.noValidate = true; form.requestSubmit(); }"
            )

    return act


async def _archived(page: Page, _: LiveSite) -> None:
    await page.click(".client-head .actions form button")
    await page.locator(".toast-note").wait_for()


async def _conflict(page: Page, site: LiveSite) -> None:
    other = await page.context.new_page()
    await other.goto(page.url)
    await _sent(".form", {"position": "Owner"})(other, site)
    await other.close()
    await _sent(".form", {"position": "Buyer"})(page, site)


async def _token(page: Page, _: LiveSite) -> None:
    await page.fill("form [name=label]", "Web shop")
    await page.check("form [type=checkbox] >> nth=0")
    async with page.expect_navigation():
        await page.click("main form .btn-primary")
