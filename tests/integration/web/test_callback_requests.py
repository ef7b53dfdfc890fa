# SPDX-License-Identifier: Apache-2.0
"""A request to be called back: by a form of ours, and by a program."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.web.test_security import token

OLGA = "+79161000001"


async def open_ones(site):
    async with site.store.begin() as tx:  # they are held
        return await tx.missed.open_under([OLGA, str(site.history.contacts["Olga Petrova"].id)])


async def test_an_operator_notes_what_was_said_to_them(site):
    anna = await site.browser("anna")
    page = await anna.text("/missed")
    assert 'action="/missed/requests"' in page
    wanted = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    local = (wanted + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    said = {"number": "8 916 100-00-01", "wanted_at": local, "note": "about the price list"}
    answer = await anna.post("/missed/requests", said)
    assert answer.status == 303
    (item,) = await open_ones(site)
    assert answer.headers["Location"] == f"/missed/{item.id}?said=callback-noted"
    assert item.due_at == wanted.replace(second=0)
    shown = await anna.text(f"/missed/{item.id}")
    assert "about the price list" in shown
    assert "Asked to be called back" in shown
    assert "noted by Anna Smirnova" in shown


async def test_who_noted_it_is_still_told_after_they_left(site):
    anna, sofia = await site.browser("anna"), await site.browser("sofia")
    noted = await anna.post("/missed/requests", {"number": OLGA, "note": "about the price list"})
    async with site.store.begin() as tx:
        await tx.people.save_user(replace(site.history.users["anna"], archived_at=site.history.now))
    assert "noted by Anna Smirnova" in await sofia.text(noted.headers["Location"])


@pytest.mark.parametrize(
    "said",
    [
        {"number": "x"},
        {"number": OLGA, "wanted_at": "soon"},
        {"number": OLGA, "wanted_at": "2020-01-01T10:00"},
        {"number": OLGA, "wanted_at": "0001-01-01T00:00"},
        {"number": OLGA, "wanted_at": "0001-01-01T00:00+14:00"},
        {"number": OLGA, "wanted_at": "9999-12-31T23:59-14:00"},
    ],
)
async def test_nonsense_is_refused_and_nothing_is_noted(site, said):
    anna = await site.browser("anna")
    before = await open_ones(site)
    assert (await anna.post("/missed/requests", said)).status == 422
    assert await open_ones(site) == before


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"number": "x"}, "this is not a telephone number"),
        ({"number": OLGA, "wanted_at": "2020-01-01T10:00"}, "within the next 60 days"),
        ({"number": OLGA, "note": "x" * 2001}, "too long"),
    ],
)
async def test_what_was_typed_stays_and_what_is_wrong_is_told_at_its_field(site, said, refusal):
    anna = await site.browser("anna")
    sent = {"note": "about the <b>price</b> list"} | said
    answer = await anna.post("/missed/requests", sent, **{"HX-Request": "true"})
    text = await answer.text()
    assert answer.status == 422
    assert refusal in text
    assert f'value="{sent["number"]}"' in text
    assert ("about the &lt;b&gt;price" in text) is ("about" in sent["note"])


async def test_who_notes_it_for_a_colleagues_client_is_led_to_what_they_may_see(site):
    boris = await site.browser("boris")
    answer = await boris.post("/missed/requests", {"number": OLGA, "note": "asked me on the stairs"})
    assert answer.headers["Location"] == "/missed?said=callback-noted"
    assert "Noted." in await boris.text(answer.headers["Location"])
    (item,) = await open_ones(site)
    assert item.owner_id == site.history.users["anna"].id


async def test_a_program_asks_and_sees_what_became_of_it(site):
    headers = {"Authorization": f"Bearer {await token(site, 'sofia', {'calls:read', 'calls:write'})}"}
    body = {"number": OLGA, "queue": "retail", "note": "from the site"}
    made = await site.client.post("/api/v1/callback-requests", json=body, headers=headers)
    told = await made.json()
    assert (made.status, told["number"], told["state"], told["source"]) == (201, OLGA, "missed", "program")
    one = await site.client.get(made.headers["Location"], headers=headers)
    assert (await one.json())["missed_id"] == told["missed_id"]
    again = await site.client.post("/api/v1/callback-requests", json=body, headers=headers)
    assert (await again.json())["missed_id"] == told["missed_id"], "nobody is called twice"
    listed = await site.client.get("/api/v1/callback-requests?open=true&limit=1", headers=headers)
    page = await listed.json()
    assert [each["id"] for each in page["items"]] == [told["id"]]
    assert page["next"]


async def test_the_token_of_a_sites_form_asks_and_can_do_nothing_else(site):
    form = {"Authorization": f"Bearer {await token(site, 'sofia', {'callbacks:write'})}"}
    made = await site.client.post("/api/v1/callback-requests", json={"number": OLGA}, headers=form)
    assert made.status == 201
    item = (await made.json())["missed_id"]
    for path in ("/callback-requests", "/calls", "/missed", "/contacts", made.headers["Location"][7:]):
        assert (await site.client.get(f"/api/v1{path}", headers=form)).status == 403, path
    for path, body in {"/calls": {"number": OLGA}, f"/missed/{item}/call": {}}.items():
        assert (await site.client.post(f"/api/v1{path}", json=body, headers=form)).status == 403, path


async def test_what_is_a_colleagues_is_not_told(site):
    boss = {"Authorization": f"Bearer {await token(site, 'sofia', {'calls:read', 'calls:write'})}"}
    made = await site.client.post("/api/v1/callback-requests", json={"number": OLGA}, headers=boss)
    clara = {"Authorization": f"Bearer {await token(site, 'clara', {'calls:read'})}"}
    (item,) = await open_ones(site)
    assert item.owner_id == site.history.users["anna"].id
    assert (await site.client.get(made.headers["Location"], headers=clara)).status == 404
    listed = await site.client.get("/api/v1/callback-requests", headers=clara)
    assert (await listed.json())["items"] == []
