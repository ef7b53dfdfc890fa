# SPDX-License-Identifier: Apache-2.0
"""Leads and dealing out, for programs: what they may do, and what is refused."""

from datetime import UTC, datetime

import pytest

from crm_core.domain.audit import Actor
from crm_core.usecases.publish_rules import publish_text
from crm_core.usecases.trail import Trail
from tests.integration.web.test_sharing_pages import RULES
from tests.support.api import Program, token_of
from tests.support.until import until

NUMBER = "+7 916 555-00-77"


async def program(site, login, *scopes):
    secret = await token_of(site.store, site.history.users[login].id, scopes)
    return Program(site.client, {"Authorization": f"Bearer {secret}"})


@pytest.fixture
async def shop(site):
    return await program(site, "sofia", "contacts:read", "contacts:write")


async def publish(site, text):
    async with site.store.begin() as tx:
        await publish_text(tx, text, "draft", Trail(Actor("admin"), datetime.now(UTC)))


async def test_a_lead_is_made_given_away_and_closed(site, shop):
    await publish(site, RULES.replace('"hand"', '"api"'))
    anna, boris = (str(site.history.users[login].id) for login in ("anna", "boris"))
    made = await shop.post("/leads", {"phone": NUMBER, "name": " From the fair "})
    assert (made.status, made.json["e164"], made.json["name"]) == (201, "+79165550077", "From the fair")
    assert made.json["manager_id"] == anna, "by the rules of the house"
    address = made.headers["Location"]
    assert (await shop.post("/leads", {"phone": NUMBER})).status == 409
    given = await shop.patch(address, {"manager_id": boris}, **{"If-Match": made.headers["ETag"]})
    assert (given.status, given.json["manager_id"]) == (200, boris)
    late = await shop.patch(address, {"manager_id": None}, **{"If-Match": made.headers["ETag"]})
    assert (late.status, late.json["current"]["manager_id"]) == (412, boris)
    wrong = await shop.patch(address, {"manager_id": made.json["id"]})
    assert (wrong.status, wrong.json["errors"][0]["pointer"]) == (422, "/manager_id")
    mine = (await shop.get(f"/leads?status=open&manager_id={boris}")).json["items"]
    assert [one["e164"] for one in mine] == ["+79165550077"]
    assert all(
        one["manager_id"] is None for one in (await shop.get("/leads?without_manager=true")).json["items"]
    )
    closed = await shop.post(f"{address}/close", {"status": "spam"})
    assert (closed.status, closed.json["status"]) == (200, "spam")
    assert (await shop.post(f"{address}/close", {"status": "open"})).status == 422
    again = await shop.post(f"{address}/reopen")
    assert (again.status, again.json["status"], again.json["manager_id"]) == (200, "open", boris)
    done = await shop.post(f"{address}/complete", {"name": "Nina New"})
    assert (done.status, done.json["status"]) == (200, "completed")
    contact = (await shop.get(f"/contacts/{done.json['contact_id']}")).json
    assert (contact["name"], contact["manager_id"]) == ("Nina New", boris)
    assert (await shop.patch(address, {"name": "x"})).status == 409
    refused = await shop.post("/leads", {"phone": NUMBER})
    assert (refused.status, "a client has this number" in refused.json["title"] + refused.json["detail"]) == (
        409,
        True,
    )


async def test_what_is_no_number_of_a_lead_is_refused(shop):
    for phone in ("101", "not a number"):
        refused = await shop.post("/leads", {"phone": phone})
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/phone")
    assert (await shop.get("/leads/01a2042b-895c-7558-989e-cc6d1b8780f5")).status == 404


async def test_reading_does_not_write_and_operators_deal_out_nothing(site):
    reader = await program(site, "sofia", "contacts:read")
    assert (await reader.get("/leads")).status == 200
    assert (await reader.post("/leads", {"phone": NUMBER})).status == 403
    assert (await reader.post("/sharing-out", {"list": "leads", "way": "evenly"})).status == 403
    anna = await program(site, "anna", "contacts:read", "contacts:write")
    assert (await anna.get("/leads")).status == 200
    assert (await anna.get("/sharing-out")).status == 403
    assert (await anna.post("/sharing-out", {"list": "leads", "way": "evenly"})).status == 403


async def test_a_list_is_planned_dealt_out_and_taken_back(site, shop):
    boris = str(site.history.users["boris"].id)
    made = await shop.post(
        "/sharing-out", {"list": "contacts", "query": "manager=none", "way": "evenly", "people": [boris]}
    )
    assert (made.status, made.json["state"]) == (201, "planning")
    address = made.headers["Location"]

    async def has(state):
        return (await shop.get(address)).json["state"] == state

    await until(lambda: has("planned"))
    plan = (await shop.get(address)).json
    assert plan["plan"] == [{"before_id": None, "after_id": boris, "count": plan["total"]}]
    assert plan["total"] > 0
    assert (await shop.post(f"{address}/undo")).status == 409
    assert (await shop.post(f"{address}/apply")).status == 200
    await until(lambda: has("given"))
    assert (await shop.post(f"{address}/apply")).status == 409
    mine = (await shop.get(f"/contacts?manager_id={boris}&limit=200")).json["items"]
    assert len(mine) >= plan["total"]
    assert (await shop.post(f"{address}/undo")).json["state"] in {"taking_back", "taken_back"}
    await until(lambda: has("taken_back"))
    assert (await shop.get("/sharing-out")).json["items"][0]["state"] == "taken_back"


async def test_what_cannot_be_planned_is_refused_by_its_field(site, shop):
    for wrong, pointer in (
        ({"way": "evenly"}, "/people"),
        ({"way": "rules"}, "/way"),
        ({"way": "by_lot"}, "/way"),
        ({"way": "evenly", "team": "nobodys"}, "/team"),
        ({"way": "evenly", "people": ["01a2042b-895c-7558-989e-cc6d1b8780f5"]}, "/people"),
        ({"way": "evenly", "query": "band=%20moon&manager=moon"}, "/query"),
        ({"way": "evenly", "query": "manger=none"}, "/query"),  # a slip would deal out everybody
        ({"list": "orders", "way": "evenly"}, "/list"),
    ):
        answer = await shop.post("/sharing-out", {"list": "contacts"} | wrong)
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer), wrong
