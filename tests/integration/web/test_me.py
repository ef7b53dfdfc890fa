# SPDX-License-Identifier: Apache-2.0
"""The pages about oneself: profile, password, second step, sessions, tokens."""

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from crm_core.domain.session import SCOPES
from tests.support.history import PASSWORD
from web import keys

GOOD = "three quiet green words"


@pytest.fixture
async def anna(site):
    return await site.browser("anna")


async def log_in(site, password=PASSWORD, login="anna"):
    return await site.stranger().post("/login", {"login": login, "password": password})


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


@pytest.mark.parametrize("path", ["/me", "/me/password", "/me/second-step", "/me/sessions", "/me/tokens"])
async def test_every_page_is_there(site, anna, path):
    text = await anna.text(path)
    assert "Anna Smirnova" in text
    assert 'aria-current="page"' in text


async def test_language_zone_and_theme_are_mine(site, anna):
    saved = await anna.post("/me", {"locale": "ru", "zone": "Asia/Tokyo", "theme": "dark"})
    assert saved.headers["Location"] == "/me?saved"
    text = await anna.text("/me")
    assert 'lang="ru"' in text
    assert 'data-zone="Asia/Tokyo"' in text
    assert 'data-theme="dark"' in text
    refused = await anna.post("/me", {"zone": "Mars/Base"})
    assert refused.status == 422
    assert "Mars/Base" in await refused.text()


async def test_a_new_password_needs_the_old_one_and_ends_other_sessions(site, anna):
    elsewhere = await site.browser("anna")
    form = {"old": "wrong", "password": GOOD, "again": GOOD}
    assert (await anna.post("/me/password", form)).status == 422
    assert (await elsewhere.get("/calls")).status == 200
    assert (await anna.post("/me/password", form | {"old": PASSWORD})).status == 303
    assert (await anna.get("/calls")).status == 200
    assert (await elsewhere.get("/calls")).status == 303
    assert (await log_in(site)).status == 422
    assert (await log_in(site, GOOD)).status == 303


@pytest.mark.parametrize(
    ("password", "again"), [("short", "short"), ("a" * 20, "a" * 20), (GOOD, GOOD + "!"), ("", "")]
)
async def test_a_password_that_will_not_do(site, anna, password, again):
    form = {"old": PASSWORD, "password": password, "again": again}
    answer = await anna.post("/me/password", form)
    assert answer.status == 422
    assert PASSWORD not in await answer.text()


async def test_the_old_password_cannot_be_guessed_from_an_open_browser(site, anna):
    form = {"old": "guess", "password": GOOD, "again": GOOD}
    answers = [(await anna.post("/me/password", form)).status for _ in range(8)]
    assert answers[0] == 422
    assert answers[-1] == 429


# --- the second step
async def set_up(site, anna):
    """Returns the seed, the recovery codes, and a clock that tests turn."""
    clock = [datetime.now(UTC)]
    site.app._state[keys.CLOCK] = lambda: clock[0]
    await anna.post("/me/second-step/begin", {"password": PASSWORD})
    text = await anna.text("/me/second-step")
    seed = re.search(r'secret-key">([A-Z2-7 ]+)<', text)[1].replace(" ", "")
    code = pyotp.TOTP(seed).at(clock[0])
    answer = await anna.post("/me/second-step/confirm", {"code": code})
    assert answer.status == 200
    return pyotp.TOTP(seed), re.findall(r"<li><code>([\w-]+)</code>", await answer.text()), clock


async def step_two(site, code, pending=None):
    first = await (await log_in(site)).text()
    pending = pending or re.search(r'name="pending" value="([^"]+)"', first)[1]
    return await site.stranger().post("/login/code", {"code": code, "pending": pending, "next": "/calls"})


async def test_a_code_of_the_app_is_asked_for_and_taken_once(site, anna):
    totp, recovery, clock = await set_up(site, anna)
    assert len(set(recovery)) == 10
    first = await log_in(site)
    assert first.status == 200
    assert not first.cookies
    clock[0] += timedelta(seconds=60)
    assert (await step_two(site, "000000")).status == 422
    code = totp.at(clock[0])
    answer = await step_two(site, code)
    assert (answer.status, answer.headers["Location"]) == (303, "/calls")
    assert answer.cookies["rolodial"].value
    assert (await step_two(site, code)).status == 422  # never twice
    assert (await step_two(site, totp.at(clock[0] - timedelta(seconds=30)))).status == 422  # nor one before


async def test_the_code_that_confirmed_is_used_up(site, anna):
    totp, _, clock = await set_up(site, anna)
    assert (await step_two(site, totp.at(clock[0]))).status == 422


async def test_a_recovery_code_works_once(site, anna):
    _, recovery, _ = await set_up(site, anna)
    assert (await step_two(site, recovery[3].upper())).status == 303
    assert (await step_two(site, recovery[3])).status == 422
    assert "9 recovery codes are left" in await anna.text("/me/second-step")


async def test_new_recovery_codes_and_turning_it_off_need_a_code(site, anna):
    totp, recovery, clock = await set_up(site, anna)
    assert (await anna.post("/me/second-step/off", {"code": "123456"})).status == 422
    clock[0] += timedelta(seconds=60)
    renewed = await anna.post("/me/second-step/codes", {"code": totp.at(clock[0])})
    fresh = re.findall(r"<li><code>([\w-]+)</code>", await renewed.text())
    assert len(fresh) == 10
    assert (await step_two(site, recovery[0])).status == 422
    assert (await anna.post("/me/second-step/off", {"code": fresh[0]})).status == 303
    assert (await log_in(site)).status == 303


async def test_the_second_step_is_slowed_down_and_knows_its_time(site, anna):
    _, recovery, clock = await set_up(site, anna)
    first = await (await log_in(site)).text()
    pending = re.search(r'name="pending" value="([^"]+)"', first)[1]
    answers = [(await step_two(site, "000000", pending)).status for _ in range(8)]
    assert (answers[0], answers[-1]) == (422, 429)
    clock[0] += timedelta(minutes=6)
    late = await step_two(site, recovery[0], pending)
    assert (late.status, late.headers["Location"]) == (303, "/login")


@pytest.mark.parametrize("pending", ["", "x", "gAAAAABm", "\x7f" * 100])
async def test_a_made_up_first_step_leads_to_the_login(site, pending):
    answer = await site.stranger().post("/login/code", {"code": "123456", "pending": pending})
    assert (answer.status, answer.headers["Location"]) == (303, "/login")


async def test_the_picture_is_there_only_while_it_is_set_up(site, anna):
    assert (await anna.get("/me/second-step/qr.svg")).status == 404
    assert (await anna.post("/me/second-step/begin", {"password": "wrong"})).status == 422
    await anna.post("/me/second-step/begin", {"password": PASSWORD})
    picture = await anna.get("/me/second-step/qr.svg")
    assert picture.content_type == "image/svg+xml"
    assert b"<svg" in await picture.read()
    async with site.store.read() as tx:
        factor = await tx.credentials.second_factor(site.history.users["anna"].id)
    shown = re.search(r'secret-key">([A-Z2-7 ]+)<', await anna.text("/me/second-step"))[1]
    assert shown.replace(" ", "") not in factor.sealed_secret


# --- sessions
async def test_a_session_elsewhere_can_be_ended(site, anna):
    phone = await site.stranger().post(
        "/login",
        {"login": "anna", "password": PASSWORD},
        **{"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1"},
    )
    cookie = {"Cookie": f"rolodial={phone.cookies['rolodial'].value}"}
    text = await anna.text("/me/sessions")
    assert "Safari, iPhone" in text
    assert "this one" in text
    [mark] = re.findall(r"/me/sessions/(\w+)/end\"", text)
    assert (await anna.post(f"/me/sessions/{mark}/end")).status == 303
    assert (await site.client.get("/calls", headers=cookie, allow_redirects=False)).status == 303
    assert (await anna.post(f"/me/sessions/{mark}/end")).status == 404


async def test_logging_out_everywhere_else(site, anna):
    others = [await site.browser("anna") for _ in range(3)]
    boris = await site.browser("boris")
    assert (await anna.post("/me/sessions/end-all")).headers["Location"] == "/me/sessions?ended=3"
    assert [(await each.get("/calls")).status for each in others] == [303, 303, 303]
    assert (await anna.get("/calls")).status == (await boris.get("/calls")).status == 200


# --- tokens
async def test_a_token_is_shown_once_lets_in_and_is_taken_back(site, anna):
    made = await anna.post("/me/tokens", {"label": "Shop", "days": "90", "scope-orders:write": "1"})
    secret = re.search(r'id="token">(rolodial_[\w-]+)<', await made.text())[1]
    assert secret not in await anna.text("/me/tokens")
    stranger = site.stranger()
    assert (await stranger.post("/api/v1/orders", b"[]", **bearer(secret))).status not in {401, 403}
    boris = await site.browser("boris")
    [token_id] = re.findall(r"/me/tokens/([\w-]{36})/revoke", await anna.text("/me/tokens"))
    assert (await boris.post(f"/me/tokens/{token_id}/revoke")).status == 404
    assert (await anna.post(f"/me/tokens/{token_id}/revoke")).status == 303
    assert (await stranger.post("/api/v1/orders", b"[]", **bearer(secret))).status == 401


@pytest.mark.parametrize(
    "wrong", [{"label": " "}, {"label": "\u202e"}, {"days": "0"}, {"days": "x"}, {"scope-orders:write": None}]
)
async def test_a_token_that_says_too_little_is_not_made(site, anna, wrong):
    form = {"label": "Shop", "days": "90", "scope-orders:write": "1"} | wrong
    answer = await anna.post("/me/tokens", {name: value for name, value in form.items() if value is not None})
    assert answer.status == 422
    async with site.store.read() as tx:
        assert not await tx.sessions.tokens(site.history.users["anna"].id)


async def test_every_scope_can_be_chosen(site, anna):
    text = await anna.text("/me/tokens")
    assert all(f'name="scope-{scope}"' in text for scope in SCOPES)
