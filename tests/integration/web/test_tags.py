# SPDX-License-Identifier: Apache-2.0
"""Tags on cards, in forms and lists, and for programs."""

import pytest

from crm_core.domain.order import OrderStatus
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases.upsert_orders import upsert_orders
from tests.support.api import Program, token_of
from tests.support.builders import ANNA, a_received_order
from web import keys


@pytest.fixture
async def anna(site):
    return await site.browser("anna")


async def form_of(site, browser, client, kind="contacts", **more):
    async with site.store.read() as tx:
        saved = await (tx.clients.contact(client.id) if kind == "contacts" else tx.clients.company(client.id))
    said = {"seen": saved.updated_at.isoformat(), "name": saved.name, "was_name": saved.name}
    return await browser.post(f"/{kind}/{client.id}/edit", said | more)


async def test_they_are_written_in_the_form_stand_on_the_card_and_narrow_the_list(site, anna):
    olga, north = site.history.contacts["Olga Petrova"], site.history.companies["Northern Lights LLC"]
    assert 'id="filter-tag"' not in await anna.text("/contacts"), "nobody has one yet"
    assert (await form_of(site, anna, olga, tags="VIP, from the fair")).status == 303
    assert (await form_of(site, anna, north, "companies", tags="dealer")).status == 303
    card = await anna.text(f"/contacts/{olga.id}")
    assert 'href="/contacts?tag=from%20the%20fair"' in card
    assert 'value="from the fair, vip"' in await anna.text(f"/contacts/{olga.id}/edit")
    found = await anna.text("/contacts?tag=vip&cols=name,tags")
    assert "Olga Petrova" in found
    assert "from the fair, vip" in found
    assert "Ivan Sokolov" not in found
    assert 'id="filter-tag"' in found
    assert "Northern Lights LLC" in await anna.text("/companies?tag=dealer")
    assert "Northern Lights LLC" not in await anna.text("/companies?tag=vip")
    assert (await form_of(site, anna, olga, tags="x" * 41)).status == 422


async def test_what_two_editors_wrote_is_for_a_person_to_choose(site, anna):
    olga = site.history.contacts["Olga Petrova"]
    async with site.store.read() as tx:
        seen = (await tx.clients.contact(olga.id)).updated_at.isoformat()
    await form_of(site, anna, olga, tags="vip")
    said = {"seen": seen, "name": olga.name, "was_name": olga.name, "tags": "slow", "was_tags": ""}
    clash = await anna.post(f"/contacts/{olga.id}/edit", said)
    assert clash.status == 409
    text = await clash.text()
    assert 'name="tags" value="vip"' in text
    assert 'name="tags" value="slow"' in text


async def test_programs_read_write_and_find_by_them(site):
    secret = await token_of(site.store, site.history.users["sofia"].id, ("contacts:read", "contacts:write"))
    shop = Program(site.client, {"Authorization": f"Bearer {secret}"})
    made = await shop.post("/contacts", {"name": "New One", "tags": ["VIP", "shop"]})
    assert (made.status, made.json["tags"]) == (201, ["shop", "vip"])
    patched = await shop.patch(f"/contacts/{made.json['id']}", {"tags": ["shop"]})
    assert patched.json["tags"] == ["shop"]
    assert [one["name"] for one in (await shop.get("/contacts?tag=Shop")).json["items"]] == ["New One"]
    assert (await shop.get("/companies?tag=shop")).json["items"] == []
    assert (await shop.patch(f"/contacts/{made.json['id']}", {"tags": ["x" * 41]})).status == 422
    assert (await shop.patch(f"/contacts/{made.json['id']}", {"note": "n"})).json["tags"] == ["shop"]


async def test_what_a_client_owes_stands_on_their_card(site, anna):
    olga = site.history.contacts["Olga Petrova"]
    source = DirectorySource(site.store, site.app[keys.DIRECTORY], lambda: site.history.now)
    await source.load()
    before = await anna.text(f"/contacts/{olga.id}")
    bought = a_received_order("D-1", "1300", "+79161000001", status=OrderStatus.SHIPPED)
    await upsert_orders(site.store, [bought], ANNA, site.history.now)
    await source.catch_up()
    assert "Shipped and not paid" in await anna.text(f"/contacts/{olga.id}")
    assert before != await anna.text(f"/contacts/{olga.id}")
