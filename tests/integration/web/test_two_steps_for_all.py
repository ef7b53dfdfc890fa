# SPDX-License-Identifier: Apache-2.0
"""A house that demands a second step of everybody: who has none sets it up first, and reaches nothing else."""

import json
import re
from datetime import UTC, datetime, timedelta

import aiohttp
import pyotp
import pytest

from crm_core.domain.credentials import SecondFactor
from crm_core.domain.ids import new_id
from crm_core.domain.security import Security
from crm_core.domain.session import ApiToken
from tests.integration.web.test_live_ends import page, post, screen
from tests.integration.web.test_live_ends import site as live  # noqa: F401 - a fixture
from tests.integration.web.test_live_socket import client, close_code, connect, frame  # noqa: F401 - a fixture
from tests.integration.web.test_rights_matrix import address
from tests.support.history import PASSWORD
from web import keys
from web.secret_ids import hashed, new_token

STEP = "/me/second-step"
OPEN = {STEP, f"{STEP}/qr.svg", f"{STEP}/begin", f"{STEP}/confirm", "/logout"}


def version(text):
    return re.search(r'name="version" value="(\w*)"', text)[1]


async def protect(store, user):
    """As somebody who has confirmed an app."""
    now = datetime.now(UTC)
    factor = SecondFactor(user_id=user.id, sealed_secret="-", created_at=now, confirmed_at=now)
    async with store.begin() as tx:
        await tx.credentials.save_second_factor(factor)


async def demand(site, admin):
    await protect(site.store, site.history.users["admin"])
    sent = {"two_steps": "1", "version": version(await admin.text("/settings/security"))}
    assert (await admin.post("/settings/security", sent)).status == 303


@pytest.fixture
async def admin(site):
    return await site.browser("admin")


async def set_up(site, browser):
    """Returns the answer with the recovery codes."""
    assert (await browser.post(f"{STEP}/begin", {"password": PASSWORD})).headers["Location"] == STEP
    text = await browser.text(STEP)
    assert (await browser.get(f"{STEP}/qr.svg")).status == 200
    seed = re.search(r'secret-key">([A-Z2-7 ]+)<', text)[1].replace(" ", "")
    code = pyotp.TOTP(seed).at(site.app[keys.CLOCK]())
    return await browser.post(f"{STEP}/confirm", {"code": code})


async def test_who_has_none_is_led_to_it_and_is_in_once_it_is_set_up(site, admin):
    anna = await site.browser("anna")
    await demand(site, admin)
    led = await site.stranger().post("/login", {"login": "anna", "password": PASSWORD, "next": "/calls"})
    assert led.headers["Location"] == "/calls"
    answer = await anna.get("/calls")
    assert (answer.status, answer.headers["Location"]) == (303, STEP)
    text = await anna.text(STEP)
    assert "Everybody here logs in in two steps" in text
    assert 'href="/calls"' not in text
    assert "live_status" not in text, "a screen without frames does not ask for them"
    done = await set_up(site, anna)
    assert (done.status, 'href="/"' in await done.text()) == (200, True)
    assert (await anna.get("/calls")).status == 200
    assert 'href="/calls"' in await anna.text(STEP)


async def test_nothing_else_opens_whatever_is_asked_and_however(site, admin):
    anna, sofia = await site.browser("anna"), await site.browser("sofia")
    await demand(site, admin)
    for route in site.app.router.routes():
        path = route.resource.canonical
        access = route.handler.access
        if access.scope or access.is_public or route.method == "HEAD":
            continue
        asked = (anna.get, anna.post) if path != "/logout" else (sofia.get, sofia.post)
        answer = await asked[route.method == "POST"](address(path))
        led = answer.status == 303 and answer.headers["Location"] == STEP
        if path in OPEN:
            assert answer.status in {200, 303, 404, 409, 422, 429}, path
        else:
            assert led, (route.method, path, answer.status)
    script = await anna.get("/calls", Accept="application/json")
    assert (script.status, (await script.json())["status"]) == (403, 403)
    part = await anna.get("/search?q=o", **{"HX-Request": "true"})
    assert part.headers["HX-Redirect"] == STEP


async def test_who_demands_it_has_it_so_that_nobody_is_locked_out_by_mistake(site, admin):
    text = await admin.text("/settings/security")
    answer = await admin.post("/settings/security", {"two_steps": "1", "version": version(text)})
    assert answer.status == 422
    assert "Set up your own second step first" in await answer.text()
    document = json.dumps({"rolodial_settings": 1, "security": {"two_steps": True}})
    answer = await admin.post("/settings/transfer", {"text": document})
    assert (answer.status, "security: Set up your own" in await answer.text()) == (422, True)
    assert (await admin.get("/calls")).status == 200


async def test_it_travels_with_the_settings(site, admin):
    await demand(site, admin)
    exported = json.loads(await admin.text("/settings/transfer/file"))
    assert exported["security"] == {"two_steps": True}
    wanted = json.dumps(exported | {"security": {"two_steps": False}})
    shown = await (await admin.post("/settings/transfer", {"text": wanted})).text()
    assert "security.two_steps" in shown
    sent = {"text": wanted, "version": version(shown)}
    assert (await admin.post("/settings/transfer", sent)).status == 303
    async with site.store.read() as tx:
        assert await tx.settings.security() == Security()
    assert (await (await site.browser("anna")).get("/calls")).status == 200
    wrong = json.dumps(exported | {"security": {"two_steps": "yes"}})
    assert (await admin.post("/settings/transfer", {"text": wrong})).status == 422


async def test_an_administrator_resets_another_who_sets_it_up_anew(site, admin):
    await demand(site, admin)
    boris = site.history.users["boris"]
    browser = await site.browser("boris")
    await protect(site.store, boris)
    assert (await browser.get("/calls")).status == 200
    assert "Boris" not in (await admin.text("/settings/security")).split('class="lines"')[1]
    await admin.post(f"/settings/people/{boris.id}/second-step/off")
    assert (await browser.get("/calls")).headers["Location"] == STEP
    assert "Boris" in (await admin.text("/settings/security")).split('class="lines"')[1]


async def test_programs_go_on(site, admin):
    secret, now = new_token(), datetime.now(UTC)
    token = ApiToken(
        id=new_id(now),
        token_hash=hashed(secret),
        user_id=site.history.users["anna"].id,
        label="shop",
        scopes=frozenset({"calls:read"}),
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    async with site.store.begin() as tx:
        await tx.sessions.add_token(token)
    await demand(site, admin)
    answer = await site.stranger().get("/api/v1/calls", Authorization=f"Bearer {secret}")
    assert answer.status == 200


async def test_open_screens_without_one_close_at_once_and_do_not_come_back(live, client):  # noqa: F811
    for login in ("admin", "boris"):
        await protect(live.store, live.users[login])
    async with screen(client, live, "anna") as ends, screen(client, live, "boris") as stays:
        text = await page(client, live, "admin", "/settings/security")
        sent = {"two_steps": "1", "version": version(text)}
        await post(client, live, "admin", "/settings/security", sent)
        assert await close_code(ends) == 4401
        popped = live.pop("boris")
        assert (await frame(stays, "pop"))["data"]["pop"] == popped["pop"]
    async with connect(client, live, "anna") as again:
        assert await close_code(again) == 4401
    path = f"/settings/people/{live.id('boris')}/second-step/off"
    async with screen(client, live, "boris") as ends:
        await post(client, live, "admin", path)
        assert await close_code(ends) == 4401
    assert isinstance(client, aiohttp.ClientSession)
