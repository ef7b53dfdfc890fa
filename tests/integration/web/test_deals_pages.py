# SPDX-License-Identifier: Apache-2.0
"""Deals on pages and for programs: made, changed, ended, listed, and on the client's card."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from crm_core.domain.deal import DealState
from tests.support.api import program


@pytest.fixture
async def anna(site):
    return await site.browser("anna")


@pytest.fixture
def olga(site):
    return site.history.contacts["Olga Petrova"]


def said(buyer, **more):
    fields = {"title": "Two lathes", "client": f"contact:{buyer.id}", "amount": "120 000,50"}
    return fields | {"currency": "RUB", "stage": "offer", "expected_on": "2026-12-01"} | more


async def made(anna, client, **more):
    answer = await anna.post("/deals/new", said(client, **more))
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"].partition("?")[0]


async def kept(site, address):
    async with site.store.read() as tx:
        return await tx.deals.get(UUID(address.rpartition("/")[2]))


async def test_one_is_made_from_the_card_and_stands_there_with_the_sum(site, anna, olga):
    card = await anna.text(f"/contacts/{olga.id}")
    assert "No deals with them." in card
    link = re.search(r'href="(/deals/new[^"]+)"', card)[1]
    form = await anna.text(link)
    assert f'name="client" value="contact:{olga.id}" checked' in form
    assert "Olga Petrova" in form
    address = await made(anna, olga, owner_id=str(site.history.users["anna"].id))
    await made(anna, olga, amount="9", currency="EUR", title="Spare parts")
    card = await anna.text(f"/contacts/{olga.id}")
    for text in ("Two lathes", "Spare parts", "₽120,000.50", "€9", "Offer made"):
        assert text in card
    page = await anna.text(address)
    assert 'value="2026-12-01"' in page
    assert "Anna Smirnova began it" in page


async def test_it_is_won_with_one_click_and_opened_again(site, anna, olga):
    address = await made(anna, olga)
    won = await anna.post(f"{address}/state", {"state": "won"})
    assert (won.status, (await kept(site, address)).state) == (303, DealState.WON)
    page = await anna.text(won.headers["Location"])
    assert f'action="{address}/reopen"' in page, "the way back"
    assert "Two lathes" not in await anna.text("/deals")
    assert "Two lathes" in await anna.text("/deals?state=won")
    await anna.post(f"{address}/reopen")
    assert (await kept(site, address)).is_open
    assert (await anna.post(f"{address}/state", {"state": "eaten"})).status == 422


async def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(site, anna, olga):
    for wrong, at in (
        ({"title": " "}, "a deal needs a title"),
        ({"client": ""}, "a deal is with a contact or a company"),
        ({"amount": "much"}, "an amount is needed, as 200000"),
        ({"amount": "-5"}, "the sum of a deal is not below 0"),
        ({"currency": "€"}, "three letters are needed, as EUR"),
        ({"stage": "dream"}, "there is no such stage"),
        ({"expected_on": "soon"}, "this is not a day"),
        ({"owner_id": "01890000-0000-7000-8000-000000000000"}, "there is no such colleague"),
    ):
        answer = await anna.post("/deals/new", said(olga, note="Kept", **wrong))
        text = await answer.text()
        assert (answer.status, at in text, ">Kept</textarea>" in text) == (422, True, True), wrong
    async with site.store.read() as tx:
        assert await tx.deals.open_sums("contact", olga.id) == {}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30"])
async def test_a_day_that_is_none_of_ours_is_refused_as_programs_are(anna, olga, day):
    sent = {"title": "Lathe", "client": f"contact:{olga.id}", "amount": "5", "currency": "EUR"}
    answer = await anna.post("/deals/new", sent | {"expected_on": day})
    assert answer.status == 422
    assert "this is not a day" in await answer.text()


async def test_the_second_editor_sees_what_the_first_saved(site, anna, olga):
    address = await made(anna, olga)
    seen = (await kept(site, address)).updated_at.isoformat()
    boris = await site.browser("boris")
    assert (await boris.post(address, said(olga, title="Three lathes", seen=seen))).status == 303
    clash = await anna.post(address, said(olga, title="Four lathes", seen=seen))
    text = await clash.text()
    assert clash.status == 409
    assert "Boris Volkov saved this deal while you were writing." in text
    assert "<b>Title</b>: Three lathes" in text
    assert "<b>Sum</b>" not in text, "the same sum, written otherwise"
    assert 'value="Four lathes"' in text
    again = re.search(r'name="seen" value="([^"]+)"', text)[1]
    assert (await anna.post(address, said(olga, title="Four lathes", seen=again))).status == 303
    assert (await kept(site, address)).title == "Four lathes"


async def test_the_list_by_owner_and_stage(site, anna, olga):
    me = str(site.history.users["anna"].id)
    await made(anna, olga, owner_id=me)
    await made(anna, olga, title="Nobody's", stage="contract", owner_id="")
    whole = await anna.text("/deals?cols=title,client,stage,owner,state,currency,closed,created")
    assert "Two lathes" in whole
    assert "Nobody&#39;s" in whole
    mine = await anna.text("/deals?owner=me")
    assert ("Two lathes" in mine, "Nobody&#39;s<" in mine) == (True, False)
    nobodys = await anna.text("/deals?owner=none&stage=contract")
    assert ("Two lathes" in nobodys, "Nobody&#39;s<" in nobodys) == (False, True)
    for query in ("sort=-amount", "sort=title", "sort=created", f"contact={olga.id}", "state=all"):
        assert "Two lathes" in await anna.text(f"/deals?{query}")
    assert "Two lathes" not in await anna.text(f"/deals?company={site.history.users['anna'].id}")
    sofia = await site.browser("sofia")
    file = await sofia.post(
        "/exports", {"list": "deals", "query": "cols=title,amount,expected", "format": "csv"}
    )
    assert "Two lathes" in await file.text()


async def test_one_made_by_mistake_is_archived_and_comes_back(site, anna, olga):
    address = await made(anna, olga)
    assert "Two lathes" in await anna.text("/deals?q=olga+lathes")
    assert "Two lathes" in await anna.text("/deals?q=9161000001")
    assert 'data-href="/deals/' not in await anna.text("/deals?q=sawmill")
    answer = await anna.post(f"{address}/archive")
    page = await anna.text(answer.headers["Location"])
    assert f'action="{address}/restore"' in page
    assert "Anna Smirnova archived it" in page
    assert "Two lathes" not in await anna.text("/deals?state=all")
    assert "Two lathes" in await anna.text("/deals?archived=1&state=all")
    assert "No deals with them." in await anna.text(f"/contacts/{olga.id}")
    await anna.post(f"{address}/restore")
    assert "Two lathes" in await anna.text("/deals")


async def test_programs_find_archive_and_restore(site, anna, olga):
    address = await made(anna, olga)
    shop = await program(site, "anna", {"deals:read", "deals:write"})
    for text, many in (("lathes olga", 1), ("9161000001", 1), ("sawmill", 0)):
        assert len((await shop.get(f"/deals?text={text}")).json["items"]) == many, text
    gone = await shop.post(f"{address}/archive")
    assert (gone.status, gone.json["archived_at"] is not None) == (200, True)
    assert (await shop.get("/deals")).json["items"] == []
    assert len((await shop.get("/deals?archived=any&text=lathes")).json["items"]) == 1
    assert (await shop.post(f"{address}/restore")).json["archived_at"] is None


async def test_a_stage_of_the_house_is_offered(site, anna, olga):
    admin = await site.browser("admin")
    assert "Negotiation" in await admin.text("/settings/stages")
    new = await admin.post("/settings/stages", {"text": "Test drive", "version": ""})
    assert new.status == 303
    assert 'value="test drive"' in await anna.text("/deals/new")
    address = await made(anna, olga, stage="test drive")
    assert "Test drive" in await anna.text("/deals")
    assert (await kept(site, address)).stage == "test drive"
    assert (await anna.get("/settings/stages")).status == 403


# --- programs -----------------------------------------------------------------------------------
async def test_programs_make_change_and_read_them(site, olga):
    shop = await program(site, "anna", {"deals:read", "deals:write"})
    body = {"title": "Two lathes", "contact_id": str(olga.id), "amount": "120000.50"}
    new = await shop.post("/deals", body)
    assert new.status == 201
    assert (new.json["stage"], new.json["state"], new.json["currency"]) == ("new", "open", "RUB")
    path = new.headers["Location"].removeprefix("/api/v1")
    seen = new.headers["ETag"]
    won = await shop.patch(path, {"state": "won", "expected_on": "2026-12-01"}, **{"If-Match": seen})
    assert (won.status, won.json["state"], won.json["expected_on"]) == (200, "won", "2026-12-01")
    assert won.json["closed_at"] is not None
    late = await shop.patch(path, {"state": "lost"}, **{"If-Match": seen})
    assert (late.status, late.json["current"]) == (412, won.json)
    assert (await shop.get(path)).json == won.json
    assert [one["id"] for one in (await shop.get("/deals?state=won")).json["items"]] == [new.json["id"]]
    assert (await shop.get("/deals?state=open")).json["items"] == []
    company = site.history.companies["Northern Lights LLC"]
    assert (await shop.get(f"/deals?company_id={company.id}&stage=new")).json["items"] == []
    for wrong, pointer in (
        ({"title": " "}, "/title"),
        ({"amount": -1}, "/amount"),
        ({"currency": "euro"}, "/currency"),
        ({"expected_on": "2026-12-01T00:00:00Z"}, "/expected_on"),
        ({"expected_on": 5}, "/expected_on"),
        ({"state": "eaten"}, "/state"),
        ({"stage": "dream"}, "/stage"),
        ({"contact_id": None}, "/contact_id"),
    ):
        refused = await shop.post("/deals", body | wrong)
        assert refused.status == 422, wrong
        assert [fault["pointer"] for fault in refused.json["errors"]] == [pointer], wrong


async def test_pages_of_programs_hold_every_deal_once(site, anna, olga):
    for number in range(7):
        await made(anna, olga, title=f"Deal {number}")
    shop = await program(site, "anna", {"deals:read"})
    whole = (await shop.get("/deals")).json["items"]
    found, cursor = [], ""
    while cursor is not None:
        page = (await shop.get(f"/deals?limit=3{cursor and f'&cursor={cursor}'}")).json
        found += page["items"]
        cursor = page["next"]
    assert found == whole
    assert len(whole) == 7
    since = (site.history.now + timedelta(days=1)).isoformat().replace("+", "%2B")
    assert (await shop.get(f"/deals?changed_since={since}")).json["items"] == []
