# SPDX-License-Identifier: Apache-2.0
"""Logging in and out."""

import pytest
from aiohttp import DummyCookieJar
from argon2 import extract_parameters

from tests.support.history import PASSWORD
from web import passwords
from web.opening import way_back
from web.secret_ids import hashed


async def log_in(site, login="anna", password=PASSWORD, next_="", **headers):
    data = {"login": login, "password": password, "next": next_}
    return await site.stranger().post("/login", data, **headers)


def cookie_of(response, name="rolodial"):
    return response.cookies[name]


async def test_a_password_opens_a_session(site):
    response = await log_in(site)
    assert (response.status, response.headers["Location"]) == (303, "/")
    cookie = cookie_of(response)
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert len(cookie.value) >= 43  # 256 bits
    async with site.store.read() as tx:
        sessions = await tx.sessions.of_user(site.history.users["anna"].id, site.history.now)
    assert [session.id_hash for session in sessions] == [hashed(cookie.value)]  # never the id itself


async def test_the_login_is_read_without_regard_to_case_and_blanks(site):
    assert (await log_in(site, " Anna ")).status == 303


async def test_each_login_has_a_new_id_and_ends_the_old_session(site):
    first = cookie_of(await log_in(site)).value
    again = await log_in(site, Cookie=f"rolodial={first}")
    assert cookie_of(again).value != first
    assert (
        await site.client.get("/calls", headers={"Cookie": f"rolodial={first}"}, allow_redirects=False)
    ).status == 303


async def test_a_planted_session_id_is_not_taken_over(site):
    response = await log_in(site, Cookie="rolodial=planted-by-somebody-else")
    assert cookie_of(response).value != "planted-by-somebody-else"


async def test_over_tls_the_cookie_is_secure_and_bound_to_the_host(make_site):
    site = await make_site(public_url="https://crm.example.com")
    response = await log_in(site, Origin="https://crm.example.com")
    cookie = cookie_of(response, "__Host-rolodial")
    assert cookie["secure"]
    assert cookie["path"] == "/"
    assert not cookie["domain"]


async def test_wrong_password_and_unknown_login_look_the_same(site):
    wrong, unknown = await log_in(site, "anna", "no"), await log_in(site, "nobody", "no")
    assert wrong.status == unknown.status == 422
    assert (await wrong.text()).replace("anna", "nobody") == await unknown.text()


async def test_an_unknown_login_takes_as_long(site, monkeypatch):
    """By what it costs: by the clock, a machine that is busy for a moment takes longer for either."""
    hasher, verified = passwords._HASHER, []

    class Counting:
        def verify(self, kept, password):
            verified.append(extract_parameters(kept))
            return hasher.verify(kept, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    for login in ("anna", "nobody"):
        assert (await log_in(site, login, "no")).status == 422
    known, unknown = verified
    assert known == unknown == extract_parameters(hasher.hash("x"))


async def test_many_wrong_passwords_are_slowed_down(site):
    answers = [(await log_in(site, "anna", f"no {i}")).status for i in range(8)]
    assert answers[0] == 422
    assert answers[-1] == 429
    refused = await log_in(site)  # even the right one has to wait
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) > 0


async def test_an_attack_on_one_account_locks_out_nobody_else(site):
    for i in range(8):
        await log_in(site, "anna", f"no {i}")
    assert (await log_in(site, "boris")).status == 303


async def test_logins_and_refusals_stand_in_the_audit_trail(site):
    await log_in(site, password="no")
    await log_in(site)
    async with site.store.read() as tx:
        entries = await tx.audit.of("user", site.history.users["anna"].id)
    assert [entry.action for entry in entries] == ["login", "login_refused"]


async def test_logging_out_ends_the_session(site):
    anna = await site.browser("anna")
    assert (await anna.get("/calls")).status == 200
    assert (await anna.post("/logout")).headers["Location"] == "/login"
    assert (await anna.get("/calls")).status == 303


async def test_somebody_who_no_longer_works_here_is_out(site):
    from dataclasses import replace

    anna = await site.browser("anna")
    async with site.store.begin() as tx:
        await tx.people.save_user(replace(site.history.users["anna"], archived_at=site.history.now))
    assert (await anna.get("/calls")).status == 303
    assert (await log_in(site)).status == 422


async def test_a_page_asked_for_before_login_is_where_one_lands(site):
    asked = await site.stranger().get("/calls?missed=1")
    assert asked.headers["Location"] == "/login?next=%2Fcalls%3Fmissed%3D1"
    response = await log_in(site, next_="/calls?missed=1")
    assert response.headers["Location"] == "/calls?missed=1"


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "%2F%2Fevil.example",
        "/a\r\nb",
    ],
)
def test_login_leads_to_no_foreign_page(address):
    assert way_back(address) == "/"


def test_the_client_of_these_tests_keeps_no_cookies(site):
    assert isinstance(site.client.session.cookie_jar, DummyCookieJar)
