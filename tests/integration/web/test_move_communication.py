# SPDX-License-Identifier: Apache-2.0
"""A call that was with somebody else than its number says: moved, taken back, and who may do it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from crm_core.domain.lead import LeadStatus
from crm_core.ports.feed import Audience
from tests.support.api import Program, token_of
from web import keys


@pytest.fixture
async def anna(site):
    return await site.browser("anna")


@pytest.fixture
async def call(site):
    """Boris answered it; it stands with Olga, who is Anna's client."""
    olga = site.history.contacts["Olga Petrova"]
    made = await site.history.call("wrong", number="+79161000001", owner=olga, minutes_ago=5, by="boris")
    return made.id


@pytest.fixture
async def vera(site):
    """Who it was with; Clara's client."""
    await site.history.company("Vera and Sons")
    return await site.history.contact("Vera Belova", "+79161000099", company="Vera and Sons", manager="clara")


async def kept(site, communication_id):
    async with site.store.read() as tx:
        return await tx.communications.get(communication_id)


async def timelines(site, communication_id, **whose):
    """On which of these timelines it stands."""
    async with site.store.read() as tx:
        found = {
            name: await tx.communications.timeline(**{f"{kind}_id": client.id}, limit=100)
            for name, (kind, client) in whose.items()
        }
    return {
        name
        for name, items in found.items()
        if any(item.communication.id == communication_id for item in items)
    }


async def program(site, login, *scopes):
    secret = await token_of(site.store, site.history.users[login].id, scopes)
    return Program(site.client, {"Authorization": f"Bearer {secret}"})


async def frames_of(site, login):
    """What this person's screen hears of communications from now on."""
    user = site.history.users[login]
    watcher = site.app[keys.FEED].watch(user.id, user.role.value)
    await watcher.take()

    async def heard():
        site.app[keys.FEED].publish("pop", {"pop": "0" * 32, "call_id": "x"}, Audience.of(user.id))
        found = [orjson.loads(each) for each in await watcher.take()]
        return [each["data"] for each in found if each["type"] == "communication"]

    return heard


async def test_it_moves_to_the_other_timeline_with_its_note_and_back(site, anna, call, vera):
    olga, sons = site.history.contacts["Olga Petrova"], site.history.companies["Vera and Sons"]
    whose = {"olga": ("contact", olga), "vera": ("contact", vera), "sons": ("company", sons)}
    await anna.post(f"/communications/{call}", {"result": "call_back", "note": "It was Vera"})
    assert f"for=move&amp;of={call}" in await anna.text(f"/calls/{call}")
    found = await anna.text(f"/search?q=Vera&for=move&of={call}")
    assert f'action="/communications/{call}/move"' in found
    assert f'name="contact" value="{vera.id}"' in found
    assert f'name="company" value="{sons.id}"' in found
    done = await anna.post(f"/communications/{call}/move", {"contact": str(vera.id)})
    # Vera is Clara's: Anna no longer sees it, but she may take it back.
    assert done.headers["Location"] == f"/calls?said=communication-moved.{call}"
    assert f"/communications/{call}/move-back" in await anna.text(done.headers["Location"])
    assert (await anna.get(f"/calls/{call}")).status == 404
    after = await kept(site, call)
    assert (after.contact_id, after.company_id, after.lead_id) == (vera.id, sons.id, None)
    assert (after.result, after.note) == ("call_back", "It was Vera")
    assert await timelines(site, call, **whose) == {"vera", "sons"}
    back = await anna.post(f"/communications/{call}/move-back")
    assert back.headers["Location"] == f"/calls/{call}?said=communication-back"
    assert await timelines(site, call, **whose) == {"olga"}
    async with site.store.read() as tx:
        trail = await tx.audit.of("communication", call)
    assert [each.action for each in trail[:2]] == ["move_back", "move"]
    assert trail[1].before["contact_id"] == str(olga.id)
    assert trail[1].after["contact_id"] == str(vera.id)
    assert (await anna.post(f"/communications/{call}/move-back")).status == 409


async def test_a_leads_call_goes_to_a_company_and_does_not_follow_the_lead(site, anna):
    history = site.history
    lead, north = history.leads["+79263334455"], history.companies["Northern Lights LLC"]
    ivan = history.contacts["Ivan Sokolov"]
    sofia = await site.browser("sofia")
    async with site.store.read() as tx:
        [item, *_] = await tx.communications.timeline(lead_id=lead.id)
    call = item.communication.id
    done = await sofia.post(f"/communications/{call}/move", {"company": str(north.id)})
    assert done.headers["Location"] == f"/calls/{call}?said=communication-moved.{call}"
    await anna.post(f"/leads/{lead.id}/merge", {"contact": str(ivan.id)})
    whose = {"lead": ("lead", lead), "north": ("company", north), "ivan": ("contact", ivan)}
    assert await timelines(site, call, **whose) == {"north"}
    assert (await sofia.post(f"/communications/{call}/move-back")).status == 303
    assert await timelines(site, call, **whose) == {"lead"}


async def test_it_counts_again_where_only_the_lead_stood_against_it(site):
    lead = site.history.leads["+79263334455"]
    sofia, olga = await site.browser("sofia"), site.history.contacts["Olga Petrova"]
    await sofia.post(f"/leads/{lead.id}/mark", {"status": LeadStatus.SPAM.value})
    async with site.store.read() as tx:
        [item, *_] = await tx.communications.timeline(lead_id=lead.id)
    assert not item.communication.in_statistics
    await sofia.post(f"/communications/{item.communication.id}/move", {"contact": str(olga.id)})
    assert (await kept(site, item.communication.id)).in_statistics
    await sofia.post(f"/communications/{item.communication.id}/move-back")
    assert not (await kept(site, item.communication.id)).in_statistics


async def test_screens_of_all_who_may_see_it_hear_of_it_and_no_others(site, anna, call, vera):
    """Who talked, whose client it was, whose it is, supervisors."""
    await site.history.call("hers", number="+79161000099", owner=vera, minutes_ago=9, by="clara")
    heard = {login: await frames_of(site, login) for login in ("anna", "boris", "clara", "sofia")}
    await anna.post(f"/communications/{call}/move", {"contact": str(vera.id)})
    told = {login: await frames() for login, frames in heard.items()}
    assert {login: len(frames) for login, frames in told.items()} == dict.fromkeys(heard, 1)
    assert (told["clara"][0]["id"], told["clara"][0]["contact_id"]) == (str(call), str(vera.id))
    mine = site.history.calls["hers"].id
    heard = await frames_of(site, "boris")
    olga = site.history.contacts["Olga Petrova"]
    await (await site.browser("clara")).post(f"/communications/{mine}/move", {"contact": str(olga.id)})
    assert await heard() == [], "a call of Clara's is nothing to Boris"


@pytest.mark.parametrize("target", [{}, {"contact": "x"}, {"contact": "0" * 32}, {"company": "0" * 32}])
async def test_a_target_that_is_not_there_changes_nothing(site, anna, call, target):
    before = await kept(site, call)
    assert (await anna.post(f"/communications/{call}/move", target)).status in {404, 422}
    assert await kept(site, call) == before


async def test_nobody_moves_what_is_not_theirs_nor_to_who_is_archived(site, call, vera):
    clara, sofia = await site.browser("clara"), await site.browser("sofia")
    assert (await clara.post(f"/communications/{call}/move", {"contact": str(vera.id)})).status == 404
    async with site.store.begin() as tx:
        await tx.clients.save_contacts([replace(vera, archived_at=datetime.now(UTC))])
    assert (await sofia.post(f"/communications/{call}/move", {"contact": str(vera.id)})).status == 404


async def test_what_was_moved_away_is_taken_back_by_who_did_it_or_who_sees_it(site, anna, call):
    ivan = site.history.contacts["Ivan Sokolov"]
    await anna.post(f"/communications/{call}/move", {"contact": str(ivan.id)})
    clara, boris = await site.browser("clara"), await site.browser("boris")
    assert (await clara.post(f"/communications/{call}/move-back")).status == 404
    assert (await boris.post(f"/communications/{call}/move-back")).status == 303


async def test_two_at_once_end_on_one_timeline(site, anna, call, vera):
    sofia, ids = await site.browser("sofia"), [str(vera.id), str(site.history.contacts["Ivan Sokolov"].id)]
    await asyncio.gather(
        *(
            browser.post(f"/communications/{call}/move", {"contact": each})
            for browser in (sofia, anna)
            for each in ids
        )
    )
    assert str((await kept(site, call)).contact_id) in ids


async def test_programs_move_too(site, call, vera):
    shop = await program(site, "sofia", "calls:read", "calls:write")
    seen = (await shop.get(f"/communications/{call}")).headers["ETag"]
    body = {"kind": "contact", "id": str(vera.id)}
    moved = await shop.post(f"/communications/{call}/move", body, **{"If-Match": seen})
    assert (moved.status, moved.json["contact_id"]) == (200, str(vera.id))
    late = await shop.post(f"/communications/{call}/move", body, **{"If-Match": seen})
    assert (late.status, late.json["current"]["contact_id"]) == (412, str(vera.id))
    north = {"kind": "company", "id": str(site.history.companies["Northern Lights LLC"].id)}
    assert (await shop.post(f"/communications/{call}/move", north)).json["contact_id"] is None
    assert (await shop.post(f"/communications/{call}/move", {"kind": "lead", "id": "1"})).status == 422
    reader = await program(site, "sofia", "calls:read")
    assert (await reader.post(f"/communications/{call}/move", body)).status == 403
    anna = await program(site, "anna", "calls:read", "calls:write")
    assert (await anna.post(f"/communications/{call}/move", body)).status == 404
