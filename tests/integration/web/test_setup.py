# SPDX-License-Identifier: Apache-2.0
"""The first run: who may begin it, the first administrator, and the steps."""

import re
from dataclasses import replace

import pytest

from crm_core.domain.people import Role
from web import keys

FIRST = {"name": "Ada <b>", "login": "Ada", "password": "four words in a row", "again": "four words in a row"}


@pytest.fixture
async def empty(site):
    """Nobody administers it."""
    async with site.store.begin() as tx:
        for user in await tx.people.users():
            if user.role is Role.ADMIN:
                await tx.people.save_user(replace(user, role=Role.OPERATOR))
    await site.app[keys.IN_FORCE].read(site.store)
    return site


async def test_every_page_leads_there_until_somebody_administers_it(empty):
    stranger = empty.stranger()
    for path in ("/", "/login", "/calls", "/settings/people", "/no such page"):
        answer = await stranger.get(path)
        assert (answer.status, answer.headers["Location"]) == (303, "/setup"), path
    assert (await stranger.post("/login", {"login": "x"})).status == 403
    assert (await stranger.get("/healthz")).status == 200
    assert (await stranger.get("/api/v1/live")).status == 401
    assert (await stranger.get("/setup/steps")).status == 303


async def test_the_first_administrator_at_the_machine_itself(empty):
    stranger = empty.stranger()
    assert 'name="code"' not in await stranger.text("/setup")
    answer = await stranger.post("/setup", FIRST)
    assert (answer.status, answer.headers["Location"]) == (303, "/setup/steps")
    assert "rolodial=" in answer.headers["Set-Cookie"]
    again = await stranger.post("/setup", FIRST | {"login": "eve"})
    assert (again.status, "administrator already" in await again.text()) == (422, True)
    async with empty.store.read() as tx:
        ada = await tx.people.user_by_login("ada")
        assert (ada.role, ada.name) == (Role.ADMIN, "Ada <b>")
        assert [entry.actor.name for entry in await tx.audit.of("user", ada.id)][-1] == "Ada"
        assert await tx.people.user_by_login("eve") is None
    assert (await stranger.get("/setup")).headers["Location"] == "/setup/steps"
    assert (await stranger.get("/")).headers["Location"].startswith("/login")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "crm.example.com"},
        {"Host": "evil.example:8080"},
    ],
)
async def test_from_elsewhere_only_with_the_code_of_the_log(empty, headers):
    stranger = empty.stranger()
    stranger.headers = headers
    assert 'name="code"' in await stranger.text("/setup")
    for code in ("", "wrong", "aaaa-aaaa-aaaa", "ä"):
        answer = await stranger.post("/setup", FIRST | {"code": code})
        assert (answer.status, "server&#39;s log" in await answer.text()) == (422, True)
    code = empty.app[keys.SETUP_CODE].text
    assert code not in await stranger.text("/setup")
    assert code not in repr(empty.app[keys.SETUP_CODE])
    assert (await stranger.post("/setup", FIRST | {"code": f" {code.upper()} "})).status == 303


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"login": "no spaces here"}, "login"),
        ({"login": "anna"}, "login"),
        ({"name": "\u202e"}, "name"),
        ({"password": "short"}, "password"),
        ({"again": "something else entirely"}, "again"),
    ],
)
async def test_what_is_not_right_is_said_beside_its_field(empty, wrong, field):
    answer = await empty.stranger().post("/setup", FIRST | wrong)
    text = await answer.text()
    assert (answer.status, f'id="f-{field}-error"' in text) == (422, True)
    assert "four words" not in text


async def test_steps_are_left_taken_up_and_ticked(site):
    admin = await site.browser("admin")
    assert (await admin.text("/setup/steps")).count("is-done") == 1
    for step in ("company", "pbx", "numbers", "users", "import", "rules", "call"):
        assert " of 8<" in await admin.text(f"/setup/{step}"), step
    for step in ("pbx", "numbers", "import", "rules", "call"):
        assert (await admin.post(f"/setup/{step}")).status == 303
    text = await admin.text("/setup/company")
    sent = {
        "region": "ID",
        "zone": "Asia/Jakarta",
        "currency": "IDR",
        "turnover_basis": "paid",
        "turnover_window": "30d",
        "wholesale_from": "1",
        "version": re.search(r'name="version" value="(\w+)"', text)[1],
    }
    assert (await admin.post("/setup/company", sent | {"zone": "Mars"})).status == 422
    assert (await admin.post("/setup/company", sent)).status == 303
    people = "Dewi Lestari, dewi, 601\n\nBudi <b>, budi"
    assert (await admin.post("/setup/users", {"people": f"{people}\nwrong"})).status == 422
    async with site.store.read() as tx:
        assert await tx.people.user_by_login("dewi") is None
    assert (await admin.post("/setup/users", {"people": people})).status == 303
    assert (await admin.text("/setup/steps")).count("is-done") == 8
    async with site.store.read() as tx:
        dewi = await tx.people.user_by_login("dewi")
        assert await tx.people.extension_at("main", "601", site.app[keys.CLOCK]()) == dewi.id
    assert (await admin.get("/setup/nothing")).status == 404
    assert (await admin.post("/setup/admin")).status == 404


async def test_the_steps_are_for_administrators(site):
    sofia = await site.browser("sofia")
    assert (await sofia.get("/setup/steps")).status == 403
    assert (await sofia.post("/setup/users", {"people": "x, y"})).status == 403
