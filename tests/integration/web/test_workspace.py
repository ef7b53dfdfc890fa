# SPDX-License-Identifier: Apache-2.0
"""The workspace page, states, notes, the demo panel and click-to-call, asked for as a browser does."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import aiohttp
import pytest

from crm_core.domain.call import Call, Direction, Leg, LegKind
from crm_core.domain.communication import Communication, CommunicationKind
from crm_core.domain.directory import Operator
from crm_core.domain.lead import Lead, LeadStatus
from crm_core.domain.people import Extension
from crm_core.ports.pbx import DeviceState, LinkState, OriginateUnknownError
from tests.support.live_site import live_site
from web.middleware.csrf import masked


@pytest.fixture
async def site(store):
    async with live_site(store) as opened:
        await opened.log_in("anna")
        yield opened


@pytest.fixture
async def anna(site):
    """A browser of Anna's: cookie, origin and token of her session."""
    headers = {"Origin": site.url, "Accept": "application/json"}
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(site.url, headers=headers, cookie_jar=jar) as session:
        session.cookie_jar.update_cookies({"rolodial": site.cookies["anna"]})
        session.headers["X-CSRF-Token"] = masked(site.sessions["anna"].csrf)
        yield session


async def page(browser, path="/"):
    async with browser.get(path, headers={"Accept": "text/html"}) as answer:
        assert answer.status == 200
        return await answer.text()


async def post(browser, path, **data):
    headers = data.pop("headers", {})
    async with browser.post(path, data=data, headers=headers) as answer:
        text = await answer.text()
        return answer.status, text


def talking(call_id: UUID, device: str = "PJSIP/101", *, answered: bool = True) -> Call:
    now = datetime.now(UTC)
    leg = Leg(
        uniqueid="1", device=device, party="101", kind=LegKind.OPERATOR, answered_at=now if answered else None
    )
    return Call(
        id=call_id,
        pbx="main",
        boot="",
        linkedids=("1",),
        direction=Direction.INBOUND,
        caller="+79161000001",
        caller_name=None,
        dialled=None,
        legs=(leg,),
    )


async def test_the_workspace_has_a_place_for_everything(anna):
    text = await page(anna)
    for part in (
        'id="stage"',
        'id="strips"',
        'id="missed"',
        'id="dial"',
        "Place a demo call",
        "Boris Volkov",
    ):
        assert part in text
    assert "Your phone 101 rings first" in text
    assert "Nobody waits for a call." in await page(anna, "/workspace/missed")


async def test_without_an_extension_it_says_whom_to_ask(site, anna):
    site.directory.set_people([Operator(id=site.id("anna"), name="Anna")], [])
    text = await page(anna)
    assert "You have no extension" in text
    assert 'id="dial"' not in text


async def test_a_demo_client_can_be_made_to_call_and_nobody_else(site, anna):
    status, text = await post(
        anna, "/demo/call", number="+79161000002", headers={"HX-Request": "true", "Accept": "*/*"}
    )
    assert (status, site.demo_calls) == (200, ["+79161000002"])
    assert "is calling us now" in text
    assert (await post(anna, "/demo/call", number="+79990000000"))[0] == 422
    assert len(site.demo_calls) == 1


async def test_my_state_is_kept_shown_and_told_to_the_pbx(site, anna):
    at = datetime.now(UTC)
    extension = Extension(id=uuid4(), user_id=site.id("anna"), pbx="main", extension="101", valid_from=at)
    async with site.store.begin() as tx:
        await tx.people.add_extension(extension)
    assert (await post(anna, "/me/state", state="paused", reason="lunch"))[0] == 204
    assert site.pbx.available == {"101": False}
    seen = site.feed.watch(site.id("boris"), "operator")
    assert b'"reason":"lunch"' in (await seen.take())[0]
    assert (await post(anna, "/me/state", state="available", reason="lunch"))[0] == 204
    assert site.pbx.available == {"101": True}
    assert (await post(anna, "/me/state", state="meeting", reason="lunch"))[0] == 204
    assert (site.pbx.available, site.pbx.reasons) == ({"101": False}, {"101": "meeting"})
    for state in ("wrap_up", "dancing", ""):
        assert (await post(anna, "/me/state", state=state))[0] == 422


async def test_a_note_is_kept_with_the_communication(site, anna):
    now = datetime.now(UTC)
    note = Communication(
        id=uuid4(), kind=CommunicationKind.MEETING, started_at=now, updated_at=now, user_id=site.id("anna")
    )
    async with site.store.begin() as tx:
        lead = await _lead(tx, now)
        note = replace(note, lead_id=lead)
        await tx.communications.save(note)
    path = f"/workspace/note/{note.id}"
    assert (await post(anna, path, note="Wants a quote", result="call_back"))[0] == 204
    async with site.store.read() as tx:
        kept = await tx.communications.get(note.id)
    assert (kept.note, kept.result) == ("Wants a quote", "call_back")
    assert "Wants a quote" in await page(anna, f"/workspace/before/lead/{lead}")
    assert "Wants a quote" not in await page(anna, f"/workspace/before/lead/{lead}?but={note.id}")
    assert (await post(anna, path, note="x", result="nonsense"))[0] == 422
    assert (await post(anna, f"/workspace/note/{uuid4()}", note="x"))[0] == 404


async def _lead(tx, now):
    lead = Lead(id=uuid4(), e164="+79990001122", status=LeadStatus.OPEN, created_at=now, updated_at=now)
    await tx.leads.add(lead)
    return lead.id


async def test_only_clients_have_a_past(anna):
    async with anna.get(f"/workspace/before/thing/{uuid4()}") as answer:
        assert answer.status == 404
    for kind in ("contact", "company", "lead"):
        assert "No earlier contact" in await page(anna, f"/workspace/before/{kind}/{uuid4()}")


# --- click-to-call
async def test_my_phone_rings_first_then_the_number(site, anna):
    status, text = await post(anna, "/calls/originate", number="8 (916) 100-00-01")
    assert status == 200
    assert site.pbx.originated == [("PJSIP/101", "101", "+79161000001")]
    assert UUID(json.loads(text)["call_id"]).version == 7
    async with site.store.read() as tx:
        found = await tx.audit.of("call", UUID(json.loads(text)["call_id"]))
    assert found[0].action == "dial"


@pytest.fixture
def rings(site, monkeypatch):
    """What the PBX is told to dial rings from then on."""
    asked = site.pbx.originate

    async def originate(**said):
        await asked(**said)
        site.pbx.calls.append(talking(said["call_id"], answered=False))

    monkeypatch.setattr(site.pbx, "originate", originate)


async def test_five_hundred_clicks_are_one_call(site, anna, rings):
    site.pbx.takes_s = 0.05
    answers = await asyncio.gather(*(post(anna, "/calls/originate", number="102") for _ in range(500)))
    assert {status for status, _ in answers} == {200}
    assert len({text for _, text in answers}) == 1, "all of them are told of the same call"
    assert len(site.pbx.originated) == 1


async def test_a_click_while_my_phone_still_rings_is_the_same_call_and_afterwards_a_new_one(
    site, anna, rings, monkeypatch
):
    monkeypatch.setattr("crm_core.usecases.place_call.ONE_WISH_S", 0.0)
    first = await post(anna, "/calls/originate", number="102")
    assert await post(anna, "/calls/originate", number="102") == first
    site.pbx.calls[0] = replace(site.pbx.calls[0], answered_at=datetime.now(UTC))
    assert await post(anna, "/calls/originate", number="102") != first
    site.pbx.calls.clear()
    await post(anna, "/calls/originate", number="102")
    assert len(site.pbx.originated) == 3


async def test_a_wish_said_again_with_its_key_is_the_same_however_late(site, anna, monkeypatch):
    key = {"Idempotency-Key": "k1"}
    first = await post(anna, "/calls/originate", number="102", headers=key)
    monkeypatch.setattr("crm_core.usecases.place_call.ONE_WISH_S", 0.0)
    assert await post(anna, "/calls/originate", number="102", headers=key) == first
    assert len(site.pbx.originated) == 1
    await post(anna, "/calls/originate", number="102")
    assert len(site.pbx.originated) == 2


@pytest.fixture
def in_one_breath(monkeypatch):
    """However long the machine stands still between two clicks."""
    monkeypatch.setattr("crm_core.usecases.place_call.ONE_WISH_S", 3600.0)


@pytest.mark.usefixtures("in_one_breath")
async def test_another_number_at_once_is_not_dialled(site, anna):
    await post(anna, "/calls/originate", number="102")
    status, text = await post(anna, "/calls/originate", number="103")
    assert (status, "being placed" in text) == (409, True)
    assert len(site.pbx.originated) == 1


@pytest.mark.parametrize(
    "number", ["", "hello", "1\n2", "PJSIP/102", "102&PJSIP/103", "${EXTEN}", "102@x", "9" * 61, "+7"]
)
async def test_what_is_no_number_is_never_dialled(site, anna, number):
    assert (await post(anna, "/calls/originate", number=number))[0] == 422
    assert site.pbx.originated == []


async def test_without_a_phone_or_a_pbx_nothing_is_dialled_and_it_says_so(site, anna):
    site.pbx.devices["PJSIP/101"] = DeviceState.UNAVAILABLE
    status, text = await post(anna, "/calls/originate", number="102")
    assert (status, "not connected" in text) == (409, True)
    site.pbx.devices["PJSIP/101"] = DeviceState.NOT_INUSE
    site.pbx.state = LinkState.DISCONNECTED
    status, text = await post(anna, "/calls/originate", number="102")
    assert (status, "cannot be reached" in text) == (503, True)
    site.pbx.state = LinkState.CONNECTED
    assert (await post(anna, "/calls/originate", number="102"))[0] == 200, (
        "a wish that failed may be repeated"
    )
    site.directory.set_people([], [])
    await asyncio.sleep(0)
    status, text = await post(anna, "/calls/originate", number="104", headers={"Idempotency-Key": "other"})
    assert status == 409


@pytest.mark.usefixtures("in_one_breath")
async def test_who_cannot_know_whether_it_was_dialled_is_told_so_and_it_is_not_tried_again(site, anna):
    tried = []

    async def breaks(**said):
        tried.append(said)
        raise OriginateUnknownError

    site.pbx.originate = breaks
    status, text = await post(anna, "/calls/originate", number="102")
    assert (status, "may or may not" in text) == (502, True)
    assert (await post(anna, "/calls/originate", number="102"))[0] == 502
    assert len(tried) == 1


async def test_a_browser_without_scripts_gets_a_page_and_htmx_a_message(anna):
    html = {"Accept": "text/html"}
    async with anna.post(
        "/calls/originate", data={"number": "102"}, headers=html, allow_redirects=False
    ) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/")
    status, text = await post(anna, "/calls/originate", number="102", headers={"HX-Request": "true", **html})
    assert (status, "Your phone rings" in text) == (200, True)


# --- hanging up
async def test_only_who_talks_can_end_a_call(site, anna):
    mine, theirs, ringing = uuid4(), uuid4(), uuid4()
    site.pbx.calls = [talking(mine), talking(theirs, "PJSIP/102"), talking(ringing, answered=False)]
    assert (await post(anna, f"/calls/{theirs}/hang-up"))[0] == 403
    assert (await post(anna, f"/calls/{ringing}/hang-up"))[0] == 403
    assert (await post(anna, f"/calls/{uuid4()}/hang-up"))[0] == 404
    assert (await post(anna, f"/calls/{mine}/hang-up"))[0] == 204
    assert site.pbx.hung_up == [mine]
