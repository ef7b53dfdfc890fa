# SPDX-License-Identifier: Apache-2.0
"""What attackers try: S8, S10, S12, S13, S20 and hostile names (RELIABILITY section 6)."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from crm_core.domain.ids import new_id
from crm_core.domain.people import Role
from crm_core.domain.session import ApiToken
from tests.support.builders import a_contact
from web.access import Access, check_routes
from web.middleware.headers import POLICY
from web.secret_ids import hashed, new_token

HOSTILE = """"><img src=x onerror=alert(1)>'{{7*7}}<script>alert(2)</script>"""


def routes(app):
    return [(route.method, route.resource.canonical, route.handler.access) for route in app.router.routes()]


def test_a_route_without_a_rule_stops_the_start():
    async def forgotten(_request):
        return web.Response()

    app = web.Application()
    app.router.add_get("/forgotten", forgotten)
    with pytest.raises(TypeError, match="/forgotten"):
        check_routes(app)


def filled(path, site):
    some = site.history.contacts["Olga Petrova"].id
    path = path.replace("{of}", "contacts").replace("{kind}", "contact").replace("{id}", str(some))
    return re.sub(r"{\w+}", "1", path)


async def test_a_session_is_no_token_and_a_token_no_session(site):
    anna = await site.browser("anna")
    assert (await anna.post("/api/v1/orders", "{}")).status == 401
    secret = await token(site, "anna", {"orders:write"})
    assert (await site.stranger().get("/calls", Authorization=f"Bearer {secret}")).status == 303


async def test_a_token_without_the_scope_is_refused(site):
    secret = await token(site, "anna", {"calls:read"})
    response = await site.stranger().post("/api/v1/orders", "{}", Authorization=f"Bearer {secret}")
    assert response.status == 403
    assert (await response.json())["status"] == 403


async def token(site, login, scopes):
    secret, now = new_token(), site.history.now
    given = ApiToken(
        id=new_id(now),
        token_hash=hashed(secret),
        user_id=site.history.users[login].id,
        label="shop",
        scopes=frozenset(scopes),
        created_at=now,
    )
    async with site.store.begin() as tx:
        await tx.sessions.add_token(given)
    return secret


@pytest.mark.parametrize(
    "headers",
    [
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "guessed"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_a_change_from_elsewhere_is_refused(site, headers):
    anna = await site.browser("anna")
    response = await anna.post("/preferences", {"theme": "dark"}, **headers)
    assert response.status == 403
    assert (await anna.get("/calls")).status == 200  # and nothing else happened
    async with site.store.read() as tx:
        assert (await tx.people.user(site.history.users["anna"].id)).theme is None


async def test_every_change_asks_for_the_token(site):
    anna = await site.browser("anna")
    anna.csrf = ""
    for method, path, access in routes(site.app):
        if method == "POST" and access.role and not access.scope:
            assert (await anna.post(filled(path, site))).status == 403, path


async def test_looking_changes_nothing(site):
    sofia = await site.browser("sofia")
    before = await state(site)
    for method, path, access in routes(site.app):
        if method == "GET" and access.role and path != "/live" and "audio" not in path:
            await sofia.get(filled(path, site))
    assert await state(site) == before


async def state(site):
    async with site.store.read() as tx:
        users = await tx.people.users(archived=True)
        audits = [len(await tx.audit.of("user", user.id)) for user in users]
        return await tx.changes.last_seq(), users, audits


async def test_a_hostile_name_is_only_text_everywhere(site):
    history, sofia = site.history, await site.browser("sofia")
    contact = replace(a_contact(HOSTILE), note=HOSTILE, position=HOSTILE, email=HOSTILE)
    async with site.store.begin() as tx:
        await tx.clients.save_contacts([contact])
    call = await history.call(
        "hostile",
        number="+79169999999",
        owner=contact,
        minutes_ago=1,
        talk=5,
        caller_name=HOSTILE,
        note=HOSTILE,
    )
    lead = await history.lead("+79168888888", 0.1, name=HOSTILE)
    pages = [
        "/calls",
        f"/contacts/{contact.id}",
        f"/calls/{call.id}",
        "/leads",
        f"/leads/{lead.id}",
        "/search?q=onerror",
    ]
    for path in pages:
        text = await sofia.text(path)
        assert "&gt;&lt;img src=x onerror" in text, path
        assert not re.search(r"<img src=x|<script>alert", text), path


@pytest.mark.parametrize(
    "query", ["q=<script>", "number='; drop table call--", "direction=sideways", "user=x", "from=yesterday"]
)
async def test_a_hostile_filter_is_left_out_and_named(site, query):
    sofia = await site.browser("sofia")
    text = await sofia.text(f"/calls?{query}")
    assert "<script>alert" not in text
    assert ("left out" in text) == (not query.startswith("q="))  # an unknown name is no filter at all


@pytest.mark.parametrize("after", ["x", "1_x", "99999999999999999999_" + "0" * 32, "-5_" + "0" * 32])
async def test_a_hostile_place_in_a_list_is_an_answer_not_a_fault(site, after):
    sofia = await site.browser("sofia")
    assert (await sofia.get(f"/calls?after={after}")).status in {200, 422}


@pytest.mark.parametrize(
    "path",
    ["/static/x/../app.py", "/static/x/%2e%2e/app.py", "/static/x/..%2f..%2fapp.py", "/static/x/css/%00"],
)
async def test_no_path_leads_out_of_the_static_files(site, path):
    from yarl import URL

    assert (await site.client.get(URL(path, encoded=True))).status == 404


async def test_somebody_elses_recording_is_not_there_and_the_try_is_logged(site):
    recording = site.history.recorded[str(site.history.calls["of boris"].id)]
    anna = await site.browser("anna")
    with capture_logs() as logs:
        response = await anna.get(f"/recordings/{recording.id}/audio")
    assert response.status == 404
    refused = [line for line in logs if line["event"] == "recording refused"]
    assert refused[0]["user"] == "anna"
    assert refused[0]["recording"] == str(recording.id)
    unknown = await anna.get("/recordings/01890000-0000-7000-8000-000000000000/audio")
    assert unknown.status == 404  # the same answer


async def test_somebody_elses_call_is_not_there(site):
    anna = await site.browser("anna")
    call = site.history.calls["of boris"].id
    for path in (
        f"/calls/{call}",
        f"/calls/{call}/why",
        f"/communications/{call}",
        f"/communications/{call}/edit",
    ):
        assert (await anna.get(path)).status == 404, path
    assert (await anna.post(f"/communications/{call}", {"note": "x"})).status == 404
    assert str(call) not in await anna.text("/calls")


async def test_headers_stand_on_every_answer(site):
    anna = await site.browser("anna")
    for path in ("/login", "/calls", "/nothing", "/healthz"):
        headers = (await anna.get(path)).headers
        assert headers["Content-Security-Policy"] == POLICY
        assert "unsafe" not in POLICY
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Server"] == "Rolodial"
    assert (await anna.get("/calls")).headers["Cache-Control"] == "no-store"


async def test_a_fault_tells_a_person_its_number_and_nothing_more(site):
    sofia = await site.browser("sofia")

    async def broken(_request):
        raise RuntimeError("secret of the house")

    broken.access = Access(role=Role.OPERATOR)
    route = next(
        r for r in site.app.router.routes() if r.resource.canonical == "/leads" and r.method == "GET"
    )
    route._handler = broken
    with capture_logs():
        response = await sofia.get("/leads")
    text = await response.text()
    assert response.status == 500
    assert "secret of the house" not in text
    assert response.headers["X-Request-Id"] in text


async def test_a_session_ends_when_nobody_uses_it(site):
    anna = await site.browser("anna")
    async with site.store.begin() as tx:
        await tx.sessions.touch(
            hashed(anna.session_id), site.history.now, site.history.now - timedelta(seconds=1)
        )
    assert (await anna.get("/calls")).status == 303
