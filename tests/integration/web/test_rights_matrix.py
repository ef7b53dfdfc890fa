# SPDX-License-Identifier: Apache-2.0
"""Every route by everybody: nobody, each role, and tokens with and without the scope; made from the routes."""

import re
from dataclasses import replace

import pytest

from crm_core.domain.people import Role
from crm_core.domain.session import SCOPES
from tests.integration.web.test_security import token
from tests.support.rights import rule_of, scope_and_role
from web.middleware.csrf import masked

RANK = {Role.OPERATOR: 0, Role.SUPERVISOR: 1, Role.ADMIN: 2}
ROLES = {"anna": Role.OPERATOR, "sofia": Role.SUPERVISOR, "admin": Role.ADMIN}
UNKNOWN = "01890000-0000-7000-8000-000000000000"
PLACES = {"of": "contacts", "kind": "contact", "id": UNKNOWN, "absence": UNKNOWN, "delivery": UNKNOWN}

# What answers by more than the rule: a websocket's Origin, who may read figures, a login page either way.
BY_THEIR_OWN = {"/live", "/metrics", "/logout"}


def routes(site):
    """Method, canonical path, access; a websocket's too. What reads comes first."""
    found = [(r.method, r.resource.canonical, r.handler.access) for r in site.app.router.routes()]
    return sorted(found, key=lambda one: (one[0] not in {"GET", "HEAD"}, one[1]))


def address(path):
    return re.sub(r"{(\w+)(:[^}]*)?}", lambda place: PLACES.get(place[1], "1"), path)


async def answer(site, method, path, headers):
    """A body that no form has: whoever is let in goes no further than that."""
    body = None if method in {"GET", "HEAD"} else b"x"
    said = {"Sec-Fetch-Site": "same-origin", "Content-Type": "text/plain"} | headers
    response = await site.client.request(
        method, address(path), data=body, headers=said, allow_redirects=False
    )
    return response.status, response.headers.get("Location", "")


def is_let_in(status, location, path):
    to_login = status == 303 and location.startswith("/login") and path != "/login/code"
    return not (status in {401, 403} or to_login)


def should_let_in(rule, *, role=None, scopes=frozenset()):
    """By the decisions written down, never by the handler's own word."""
    scope, least = scope_and_role(rule)
    if scope is None and least is None:
        return True
    if scope is None:
        return role is not None and not scopes and RANK[role] >= RANK[least]
    return scope in scopes and (least is None or RANK[role] >= RANK[least])


async def check(site, headers, **who):
    wrong = []
    for method, path, _ in routes(site):
        if path in BY_THEIR_OWN or method == "HEAD":
            continue
        status, location = await answer(site, method, path, await headers(method))
        expected = should_let_in(rule_of(method, path), **who)
        if is_let_in(status, location, path) is not expected:
            wrong.append((method, path, status, location, "expected in" if expected else "expected out"))
        assert status < 500 or status == 503, (method, path, status)
    assert not wrong


async def test_every_handler_says_what_was_decided(site):
    for method, path, access in routes(site):
        assert scope_and_role(rule_of(method, path)) == (access.scope, access.role), (method, path)


def test_a_route_that_nobody_decided_on_fails():
    with pytest.raises(AssertionError, match="nobody decided"):
        rule_of("GET", "/a/new/page")


async def test_nobody(site):
    async def headers(_method):
        return {}

    await check(site, headers)


@pytest.mark.parametrize("login", ROLES)
async def test_a_role(site, login):
    reader = await site.browser(login)

    async def headers(method):  # a session for each change: some of them end sessions
        browser = reader if method in {"GET", "HEAD"} else await site.browser(login)
        return {"Cookie": f"rolodial={browser.session_id}", "X-CSRF-Token": masked(browser.csrf)}

    await check(site, headers, role=ROLES[login])


@pytest.mark.parametrize("login", ["anna", "sofia"])
async def test_a_token_with_every_scope(site, login):
    secret = await token(site, login, set(SCOPES))

    async def headers(_method):
        return {"Authorization": f"Bearer {secret}"}

    await check(site, headers, role=ROLES[login], scopes=frozenset(SCOPES))


async def test_a_token_with_every_scope_but_the_one(site):
    wider = {"callbacks:write": "calls:write"}
    secrets = {one: await token(site, "admin", set(SCOPES) - {one, wider.get(one)}) for one in SCOPES}
    for method, path, access in routes(site):
        if access.scope:
            headers = {"Authorization": f"Bearer {secrets[access.scope]}"}
            assert (await answer(site, method, path, headers))[0] == 403, (method, path)


async def test_who_left_gets_nowhere_with_what_they_had(site):
    admin, secret = await site.browser("admin"), await token(site, "admin", set(SCOPES))
    async with site.store.begin() as tx:
        user = site.history.users["admin"]
        await tx.people.save_user(replace(user, archived_at=site.history.now))
    cookie = {"Cookie": f"rolodial={admin.session_id}", "X-CSRF-Token": masked(admin.csrf)}

    async def headers(_method):
        return cookie | {"Authorization": f"Bearer {secret}"}

    await check(site, headers)
