# SPDX-License-Identifier: Apache-2.0
"""What every operation of the API has in common: refusals, pages, repeated writes, limits, concurrent edits."""

import asyncio
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crm_core.domain.ids import new_id
from crm_core.domain.kept_answer import KeptAnswer
from crm_core.domain.people import Role
from crm_core.domain.session import SCOPES
from crm_core.ports.pbx import LinkState
from tests.support.api import Program, program
from web import keys
from web.api.limits import RateLimit
from web.api.routes import OPERATIONS

RANK = [Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN]
NOBODY = "01890000-0000-7000-8000-000000000000"


def address(operation):
    return re.sub(r"{\w+}", lambda found: "1" if found[0] == "{version}" else NOBODY, operation.address)


@pytest.fixture
async def admin(site):
    return await program(site, "admin", SCOPES)


# --- rights -------------------------------------------------------------------------------------
async def test_each_operation_asks_for_its_scope(site):
    strangers = ({}, {"Authorization": "Bearer rolodial_wrong"}, {"Authorization": "Basic eDp5"})
    wider = {"callbacks:write": "calls:write"}
    without = {one: await program(site, "admin", set(SCOPES) - {one, wider.get(one)}) for one in SCOPES}
    for each in OPERATIONS:
        answer = await without[each.scope].ask(each.method, address(each), {})
        assert (answer.status, answer.type) == (403, "application/problem+json"), each.name
        for headers in strangers:
            assert (await Program(site.client, headers).ask(each.method, address(each), {})).status == 401


async def test_each_operation_ends_with_the_token_and_with_its_user(site):
    over = await program(site, "admin", SCOPES, over_since=timedelta(seconds=1))
    anna = await program(site, "anna", SCOPES)
    async with site.store.begin() as tx:
        await tx.people.save_user(replace(site.history.users["anna"], archived_at=datetime.now(UTC)))
    for each in OPERATIONS:
        assert (await over.ask(each.method, address(each), {})).status == 401, each.name
        assert (await anna.ask(each.method, address(each), {})).status == 401, each.name


async def test_a_token_has_no_more_rights_than_its_user(site):
    for login, user in site.history.users.items():
        asking = await program(site, login, SCOPES)
        for each in (one for one in OPERATIONS if one.role):
            answer = await asking.ask(each.method, address(each), {})
            assert (answer.status == 403) == (RANK.index(user.role) < RANK.index(each.role)), (
                login,
                each.name,
            )


async def test_each_operation_counts_against_the_limit_of_its_token(site, admin):
    for each in OPERATIONS:
        site.app._state[keys.RATE_LIMIT] = RateLimit(1)
        assert (await admin.ask(each.method, address(each), {})).status != 429, each.name
        refused = await admin.ask(each.method, address(each), {})
        assert refused.status == 429, each.name
        assert int(refused.headers["Retry-After"]) in range(1, 61)
        assert refused.headers["RateLimit-Policy"] == '"token";q=1;w=60'
        assert refused.headers["RateLimit"].startswith('"token";r=0;t=')


def test_a_limit_fills_up_again():
    now = [0.0]
    limit = RateLimit(60, lambda: now[0])
    token = new_id(datetime.now(UTC))
    assert [limit.take(token).left for _ in range(60)] == list(range(59, -1, -1))
    assert limit.take(token).wait_s == 1
    now[0] += 1
    assert limit.take(token).wait_s == 0
    assert limit.take(new_id(datetime.now(UTC))).left == 59  # another token has its own


# --- refusals -----------------------------------------------------------------------------------
async def test_what_is_wrong_is_named(admin):
    for path, parameter in (
        ("/contacts?colour=red", "colour"),
        ("/contacts?limit=0", "limit"),
        ("/contacts?limit=201", "limit"),
        ("/contacts?limit=5&limit=6", "limit"),
        ("/contacts?external_id=%00", "external_id"),
        ("/contacts?changed_since=2026-01-01T00:00:00", "changed_since"),
        ("/contacts?cursor=made-up", "cursor"),
        ("/calls?from_=2026-01-01T00:00:00Z", "from_"),
        ("/calls?direction=sideways", "direction"),
        ("/clients", "phone"),
        ("/users/me?x=1", "x"),
    ):
        answer = await admin.get(path)
        assert (answer.status, answer.type) == (422, "application/problem+json"), path
        assert [fault["parameter"] for fault in answer.json["errors"]] == [parameter], path
    for body, pointer in (
        ({}, "/name"),
        ({"name": " "}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "a\0b"}, "/name"),
        ({"name": "x", "email": "nonsense"}, "/email"),
        ({"name": "x", "phones": ["+79161000001", "no number"]}, "/phones/1"),
        ({"name": "x", "manager_id": NOBODY}, "/manager_id"),
        ({"name": "x", "company_id": NOBODY}, "/company_id"),
        ({"name": "x", "a/b~c": 1}, "/a~1b~0c"),
    ):
        answer = await admin.post("/contacts", body)
        assert answer.status == 422, body
        assert [fault["pointer"] for fault in answer.json["errors"]] == [pointer], body
    found = await admin.get("/contacts?external_id=none&archived=any")
    assert found.json == {"items": [], "next": None}


async def test_http_is_spoken(admin):
    wrong = await admin.ask("PUT", "/contacts", {})
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET,POST")
    assert (await admin.get("/contacts", Accept="text/html")).status == 406
    assert (await admin.get("/contacts", Accept="text/html, application/*;q=0.1")).status == 200
    assert (await admin.get("/contacts", Accept="application/json;q=0")).status == 406
    assert (await admin.post("/contacts", b"name=x", **{"Content-Type": "text/plain"})).status == 415
    assert (await admin.post("/contacts", io.BytesIO(b"x" * 3_000_000))).status == 413
    assert (await admin.post("/contacts", b'{"name"')).status == 422
    assert (await admin.get("/nothing")).type == "application/problem+json"
    assert (await admin.get("/contacts/none")).status == 404


# --- pages --------------------------------------------------------------------------------------
async def test_pages_hold_every_row_once(site, admin):
    for n in range(7):
        await admin.post("/contacts", {"name": f"Page {n}"})
    for list_ in (
        "/contacts?archived=any",
        "/companies?archived=any",
        "/orders?",
        "/calls?",
        "/communications?",
    ):
        whole = (await admin.get(f"{list_}&limit=200")).json["items"]
        assert len(whole) > 1, list_
        found, cursor = [], ""
        while cursor is not None:
            page = (await admin.get(f"{list_}&limit=3{cursor and f'&cursor={cursor}'}")).json
            found += page["items"]
            cursor = page["next"]
        assert found == whole, list_


async def test_a_cursor_is_sealed_to_its_list(admin):
    for n in range(3):
        await admin.post("/contacts", {"name": f"Page {n}"})
    cursor = (await admin.get("/contacts?limit=1")).json["next"]
    assert (await admin.get(f"/contacts?limit=2&cursor={cursor}")).status == 200
    elsewhere = (f"/companies?cursor={cursor}", f"/contacts?archived=any&cursor={cursor}")
    changed = cursor[:-3] + ("A" if cursor[-3] != "A" else "B") + cursor[-2:]
    for path in (*elsewhere, f"/contacts?cursor={changed}", f"/contacts?cursor={cursor[1:]}"):
        assert (await admin.get(path)).status == 422, path


# --- repeated writes ----------------------------------------------------------------------------
async def test_a_repeated_write_gets_its_first_answer(site, admin):
    key, body = {"Idempotency-Key": "order-1"}, {"name": "Once Only"}
    first = await admin.post("/contacts", body, **key)
    again = await admin.post("/contacts", body, **key)
    assert (first.status, again.status) == (201, 201)
    assert (first.raw, first.headers["Location"]) == (again.raw, again.headers["Location"])
    assert first.headers["ETag"] == again.headers["ETag"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await admin.post("/contacts", {"name": "Another"}, **key)
    assert (other.status, other.json["errors"][0]["header"]) == (422, "Idempotency-Key")
    assert (await admin.post("/companies", body, **key)).status == 422
    elsewhere = await program(site, "admin", SCOPES)
    assert (await elsewhere.post("/contacts", body, **key)).json["id"] != first.json["id"]
    assert (await admin.post("/contacts", body, **{"Idempotency-Key": "a b"})).status == 422


async def test_a_refusal_is_an_answer_too_and_a_fault_of_ours_is_not(site, admin):
    key = {"Idempotency-Key": "refused"}
    for _ in range(2):
        assert (await admin.post("/contacts", {"name": "x", "manager_id": NOBODY}, **key)).status == 422
    anna = await program(site, "anna", SCOPES)
    site.pbx.state = LinkState.DISCONNECTED
    dial, key = {"number": "+79161000001"}, {"Idempotency-Key": "dial"}
    assert (await anna.post("/calls", dial, **key)).status == 503
    site.pbx.state = LinkState.CONNECTED
    for _ in range(2):
        assert (await anna.post("/calls", dial, **key)).status == 202
    assert len(site.pbx.originated) == 1


async def test_many_at_once_make_one(site, admin):
    body, key = {"name": "Of Many"}, {"Idempotency-Key": "many"}
    answers = await asyncio.gather(*(admin.post("/contacts", body, **key) for _ in range(12)))
    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.json["id"] for answer in answers if answer.status == 201}) == 1
    async with site.store.read() as tx:
        assert len([one for one in await tx.clients.search("Of Many") if one.name == "Of Many"]) == 1


async def test_a_key_is_kept_a_day_and_what_was_cut_off_is_not_done_again(site):
    token, now = new_id(datetime.now(UTC)), datetime.now(UTC)
    day_ago = now - timedelta(days=1)
    cut_off = KeptAnswer(token_id=token, key="k", digest="d", created_at=now)
    async with site.store.begin() as tx:
        assert await tx.kept_answers.reserve(cut_off, day_ago) is None
        assert await tx.kept_answers.reserve(cut_off, day_ago) == cut_off
        later = replace(cut_off, created_at=now + timedelta(hours=25))
        assert await tx.kept_answers.reserve(later, now + timedelta(hours=1)) is None


# --- concurrent edits ---------------------------------------------------------------------------
async def test_the_second_editor_sees_what_the_first_changed(site, admin):
    made = await admin.post("/contacts", {"name": "Vera Nikitina"})
    path, seen = f"/contacts/{made.json['id']}", made.headers["ETag"]
    assert (await admin.get(path)).headers["ETag"] == seen
    first = await admin.patch(path, {"position": "Buyer"}, **{"If-Match": seen})
    assert (first.status, first.json["position"]) == (200, "Buyer")
    second = await admin.patch(path, {"position": "Seller"}, **{"If-Match": seen})
    assert (second.status, second.json["current"]) == (412, first.json)
    assert (await admin.patch(path, {"note": "kept"}, **{"If-Match": "*"})).status == 200
    last = await admin.patch(path, {"position": None})
    assert (last.json["position"], last.json["note"]) == (None, "kept")


async def test_of_two_edits_at_the_same_moment_one_is_told(admin):
    made = await admin.post("/contacts", {"name": "Race"})
    path, seen = f"/contacts/{made.json['id']}", {"If-Match": made.headers["ETag"]}
    edits = (admin.patch(path, {"note": f"{n}"}, **seen) for n in range(6))
    statuses = sorted(answer.status for answer in await asyncio.gather(*edits))
    assert statuses == [200, *[412] * 5]


# --- the page -----------------------------------------------------------------------------------
async def test_the_page_tells_every_operation(site):
    stranger = Program(site.client)
    page = (await stranger.get("/docs")).raw.decode()
    assert all(f'id="{each.name}"' in page and each.scope in page for each in OPERATIONS)
    assert all(f'id="{name}"' in page for name in re.findall(r"#/components/schemas/(\w+)", page))
    spec = (await stranger.get("/openapi.json")).json
    assert sum(len(methods) for methods in spec["paths"].values()) == len(OPERATIONS)
    assert spec["openapi"] == "3.1.0"
