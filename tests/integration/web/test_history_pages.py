# SPDX-License-Identifier: Apache-2.0
"""Cards, calls, leads, notes and health as people see them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID

import pytest

from crm_core.domain.audit import SYSTEM
from crm_core.domain.call import Disposition
from crm_core.domain.ids import new_id
from crm_core.domain.recording import RecordingPause, RecordingState
from crm_core.domain.witness import Difference, DifferenceKind, Witness, WitnessState
from crm_core.ports.pbx import LinkState
from crm_core.usecases.save_contact import edit_contact
from tests.support.calls import T0
from tests.support.witness import a_witnessed_call


def plain(html):
    """What a person reads."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


async def test_the_card_tells_who_it_is_what_they_bought_and_what_happened(site):
    anna = await site.browser("anna")
    text = plain(await anna.text(f"/contacts/{site.history.contacts['Olga Petrova'].id}"))
    for part in (
        "Olga Petrova",
        "Anna Smirnova",
        "+7 916 100-00-01",
        "₽79,740.50",
        "Order 2026-1005",
        "Open items",
        "Missed call",
    ):
        assert part in text, part
    assert "Took two boxes more." in text


async def test_every_state_of_a_recording_says_what_it_is(site):
    anna, olga = await site.browser("anna"), site.history.contacts["Olga Petrova"]
    empty = {"talk": 9, "recording": RecordingState.EMPTY}
    await site.history.call("empty", number="+79161000001", owner=olga, minutes_ago=5, **empty)
    html = await anna.text(f"/contacts/{olga.id}")
    assert html.count("<rd-player") == 5  # ready, ready, truncated, ready, silent
    for part in ("its end is missing", "recording is silent", "Nothing was recorded", "its file never came"):
        assert part in html


async def test_a_contacts_turnover_is_that_of_the_company(site):
    clara = await site.browser("clara")
    text = plain(await clara.text(f"/contacts/{site.history.contacts['Pavel Orlov'].id}"))
    assert "₽1,432,000" in text
    assert "Turnover of Northern Lights LLC" in text


async def test_a_company_shows_the_calls_of_its_people(site):
    clara = await site.browser("clara")
    company = site.history.companies["Northern Lights LLC"]
    text = plain(await clara.text(f"/companies/{company.id}"))
    assert "Asks for a frame contract" in text
    assert "Pavel Orlov" in text
    assert "7701234567" in text


async def test_a_colleagues_recording_is_locked_on_the_card(site):
    anna = await site.browser("anna")
    html = await anna.text(f"/contacts/{site.history.contacts['Ivan Sokolov'].id}")
    assert "<rd-player" not in html
    assert "You may hear those of your own" in html


async def test_a_long_timeline_is_read_a_page_at_a_time(site):
    history, anna = site.history, await site.browser("anna")
    ivan = history.contacts["Ivan Sokolov"]
    for i in range(45):
        await history.call(f"n{i}", number="+79161000002", owner=ivan, minutes_ago=500 + i * 60, talk=10)
    seen, path, pages = [], f"/contacts/{ivan.id}", 0
    while path:
        html = await anna.text(path)
        seen += re.findall(r'id="c-([0-9a-f-]{36})"', html)
        more = re.search(r'hx-get="([^"]+timeline\?after=[^"]+)"', html)
        path, pages = (unescape(more[1]) if more else None), pages + 1
    assert pages == 3
    assert len(seen) == len(set(seen)) == 47


async def test_the_trace_of_a_decision_is_told_in_words(site):
    anna = await site.browser("anna")
    text = plain(await anna.text(f"/calls/{site.history.calls['answered'].id}/why"))
    assert "Turnover (30 days) ₽48,300 is below ₽200,000" in text
    assert "Passed over: Boris Volkov, on a call" in text
    assert "Step 1: The assigned manager: Anna Smirnova" in text


async def test_a_transferred_call_names_both_people(site):
    anna = await site.browser("anna")
    text = plain(await anna.text(f"/calls/{site.history.calls['transferred'].id}"))
    assert "Anna Smirnova handed over to Boris Volkov after asking" in text


@pytest.mark.parametrize("where", ["call", "timeline"])
async def test_a_recording_names_who_talked_and_who_paused_it(site, where):
    history = site.history
    call, clara = history.calls["transferred"], history.users["clara"]
    began = call.answered_at + timedelta(seconds=30)
    pause = RecordingPause(
        id=new_id(began),
        call_id=call.id,
        actor=f"user:{clara.id}",
        user_id=clara.id,
        started_at=began,
        ended_at=began + timedelta(seconds=20),
    )
    async with site.store.begin() as tx:
        await tx.recordings.add_pause(pause)
        await tx.people.save_user(replace(clara, archived_at=began))  # what she did stays hers
    anna = await site.browser("anna")
    olga = history.contacts["Olga Petrova"].id
    text = await anna.text(f"/calls/{call.id}" if where == "call" else f"/contacts/{olga}")
    item = text if where == "call" else text.split(f'id="c-{call.id}"')[1].split('<li class="event"')[0]
    parts = re.findall(r"<button[^>]* data-seek=[^>]*>(.*?)<span class=\"num", item, re.DOTALL)
    assert [plain(one) for one in parts] == ["Anna Smirnova", f"Paused by {clara.name}", "Boris Volkov"]


async def test_why_a_call_is_uncertain_is_said_in_words(site):
    call, olga = site.history.calls["lost"].id, site.history.contacts["Olga Petrova"].id
    english, russian = await site.browser("anna"), await site.browser("anna", **{"Accept-Language": "ru"})
    assert "Parts of this record are uncertain: holding, who was rung" in plain(
        await english.text(f"/calls/{call}")
    )
    for address in (f"/calls/{call}", f"/contacts/{olga}", "/calls"):
        assert "удержание, кому звонили" in await russian.text(address), address


async def test_a_call_shows_what_its_time_went_to(site):
    anna = await site.browser("anna")
    text = await anna.text(f"/calls/{site.history.calls['transferred'].id}")
    assert 'class="call-parts"' in text
    assert 'class="part-talk"' in text
    assert "Talk 0:00" not in plain(text)


async def test_result_and_note_are_changed_where_they_stand(site):
    anna = await site.browser("anna")
    call = site.history.calls["missed"].id
    assert "<textarea" in await anna.text(f"/communications/{call}/edit")
    # nobody took part, but Olga is Anna's client
    response = await anna.post(
        f"/communications/{call}", {"result": "call_back", "note": "Rang back, line busy"}
    )
    assert "Rang back, line busy" in await response.text()
    async with site.store.read() as tx:
        kept = await tx.communications.get(call)
    assert (kept.result, kept.note) == ("call_back", "Rang back, line busy")


async def test_a_result_nobody_offers_is_refused(site):
    anna = await site.browser("anna", **{"HX-Request": "true"})
    response = await anna.post(
        f"/communications/{site.history.calls['missed'].id}", {"result": "bought the house"}
    )
    assert response.status == 422
    assert response.headers["HX-Retarget"] == "#toasts"


# --- calls


async def numbers_of(browser, query):
    html = await browser.text(f"/calls{query}")
    return len(re.findall(r'<tr data-href="/calls/', html))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 14),
        ("?missed=1", 3),
        ("?direction=outbound", 2),
        ("?disposition=voicemail", 1),
        ("?number=1000002", 2),
        ("?number=8 (916) 100-00-02", 2),
        ("?number=1000002&direction=inbound", 1),
        ("?from=2001-01-01&to=2001-01-02", 0),
    ],
)
async def test_filters_of_the_list(site, query, found):
    assert await numbers_of(await site.browser("sofia"), query) == found


async def test_calls_of_one_operator(site):
    boris = site.history.users["boris"].id
    assert await numbers_of(await site.browser("sofia"), f"?user={boris}") == 3


async def test_an_operator_sees_own_calls_and_those_of_own_clients(site):
    html = await (await site.browser("anna")).text("/calls")
    assert "Olga Petrova" in html
    assert "Ivan Sokolov" not in html


async def test_an_empty_list_says_what_to_do(site):
    sofia = await site.browser("sofia")
    assert "Nothing fits these filters" in await sofia.text("/calls?disposition=failed")


async def test_htmx_gets_only_the_part_that_changes(site):
    sofia = await site.browser("sofia", **{"HX-Request": "true"})
    assert "<html" not in await sofia.text("/calls?missed=1")


# --- leads


async def test_a_lead_becomes_a_contact_with_its_calls(site):
    anna = await site.browser("anna")
    lead = site.history.leads["+79263334455"]
    response = await anna.post(f"/leads/{lead.id}/complete", {"name": "Zoya Kim"})
    card = plain(await anna.text(response.headers["Location"]))
    assert "Zoya Kim" in card
    assert "+7 926 333-44-55" in card
    assert "Missed call" in card
    assert "This lead is a contact now" in await anna.text(f"/leads/{lead.id}")


async def test_a_lead_is_joined_to_somebody_we_know(site):
    anna = await site.browser("anna")
    lead, ivan = site.history.leads["+79263334455"], site.history.contacts["Ivan Sokolov"]
    assert "Ivan Sokolov" in await anna.text(f"/search?q=Sokolov&for=lead&of={lead.id}")
    response = await anna.post(f"/leads/{lead.id}/merge", {"contact": str(ivan.id)})
    assert response.headers["Location"] == f"/contacts/{ivan.id}?said=lead-merged.{lead.id}"
    assert "+7 926 333-44-55" in plain(await anna.text(f"/contacts/{ivan.id}"))


@pytest.mark.parametrize("how", ["complete", "merge"])
async def test_what_was_made_of_a_lead_is_taken_back(site, how):
    anna, lead = await site.browser("anna"), site.history.leads["+79263334455"]
    olga = site.history.contacts["Olga Petrova"]
    form = {"name": "Zoya Kim"} if how == "complete" else {"contact": str(olga.id)}
    done = await anna.post(f"/leads/{lead.id}/{how}", form)
    card = done.headers["Location"]
    assert f'action="/leads/{lead.id}/reopen"' in await anna.text(card)
    await anna.post(f"/leads/{lead.id}/reopen")
    html = await anna.text(f"/leads/{lead.id}")
    assert "Make a contact" in html
    assert html.count('id="c-') == 2  # its calls are on its timeline again
    async with site.store.read() as tx:
        assert await tx.clients.owners_of([lead.e164]) == {}
        was = await tx.clients.contact(uuid_in(card))
    assert bool(was.archived_at) == (how == "complete")


async def test_a_contact_somebody_worked_on_is_not_taken_back(site):
    anna, lead = await site.browser("anna"), site.history.leads["+79263334455"]
    contact = uuid_in((await anna.post(f"/leads/{lead.id}/complete", {"name": "Zoya"})).headers["Location"])
    await edit_contact(site.store, contact, {"note": "VIP"}, SYSTEM, datetime.now(UTC))
    assert (await anna.post(f"/leads/{lead.id}/reopen")).status == 409


def uuid_in(address):
    return UUID(address.split("?")[0].rsplit("/", 1)[1])


@pytest.mark.parametrize("status", ["not_client", "wrong_number", "spam"])
async def test_one_click_sets_a_lead_aside_and_one_more_takes_it_back(site, status):
    anna = await site.browser("anna")
    lead = site.history.leads["+79263334455"]
    await anna.post(f"/leads/{lead.id}/mark", {"status": status})
    html = await anna.text(f"/leads/{lead.id}")
    assert "Undo" in html
    assert "not counted" in html
    await anna.post(f"/leads/{lead.id}/mark", {"status": "open"})
    html = await anna.text(f"/leads/{lead.id}")
    assert "Undo" not in html
    assert "not counted" not in html


async def test_a_lead_settled_by_a_colleague_meanwhile_is_said_so(site):
    anna = await site.browser("anna")
    lead = site.history.leads["+79263334455"]
    await anna.post(f"/leads/{lead.id}/complete", {"name": "Zoya"})
    response = await anna.post(f"/leads/{lead.id}/mark", {"status": "spam"})
    assert response.status == 409
    assert "has become a contact already" in await response.text()


async def test_open_leads_are_listed(site):
    text = plain(await (await site.browser("anna")).text("/leads"))
    assert "+7 926 333-44-55" in text
    assert "Herr Schmidt" in text
    assert "800" not in text
    assert "+7 800 555-35-35" in plain(await (await site.browser("anna")).text("/leads?status=spam"))


# --- search, preferences, health


@pytest.mark.parametrize("text", ["petr", "100-00-01", "ПЕТР", "Northern"])
async def test_search_finds_by_name_number_and_company(site, text):
    from urllib.parse import quote

    found = await (await site.browser("anna")).text(f"/search?q={quote(text)}")
    assert ("Petrova" in found or "Northern Lights" in found) is (text != "ПЕТР")


async def test_language_and_theme_are_remembered(site):
    anna = await site.browser("anna", **{"Accept-Language": "de, en;q=0.5"})
    html = await anna.text("/calls")
    assert '<html lang="en"' in html
    assert 'data-theme="auto"' in html
    await anna.post("/preferences", {"theme": "dark", "locale": "ru"})
    html = await anna.text("/calls")
    assert '<html lang="ru"' in html
    assert 'data-theme="dark" data-bs-theme="dark"' in html
    assert "Звонки" in html


async def test_the_browsers_language_greets_a_stranger(site):
    stranger = site.stranger()
    assert "Вход в Rolodial" in await stranger.text(
        "/login", **{"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.8"}
    )
    assert "Log in to Rolodial" in await stranger.text("/login", **{"Accept-Language": "xx"})


async def test_health_names_a_pbx_that_is_gone(site):
    anna = await site.browser("anna")
    site.pbx.state, site.pbx.detail = LinkState.REFUSED, "login refused <b>"
    text = await anna.text("/health")
    assert "Login refused" in text
    assert "login refused &lt;b&gt;" in text


async def test_ready_only_with_a_pbx(site):
    assert (await site.client.get("/healthz")).status == 200
    assert (await site.client.get("/readyz")).status == 200
    site.pbx.state = LinkState.DISCONNECTED
    response = await site.client.get("/readyz")
    assert response.status == 503
    assert (await response.json())["missing"] == ["pbx"]


async def test_every_disposition_has_a_word(site):
    from web.words import DISPOSITIONS

    assert set(DISPOSITIONS) == set(Disposition)


async def test_what_cel_knew_better_stands_on_the_call_and_marks_it_in_the_list(site):
    anna, call_id = await site.browser("anna"), site.history.calls["answered"].id
    async with site.store.begin() as tx:
        call = (await tx.calls.get(call_id)).call
        told = (
            Difference(kind=DifferenceKind.TALK, had="12.0", saw="154.0"),
            Difference(kind=DifferenceKind.ANSWERED_BY, had=None, saw="101"),
            Difference(kind=DifferenceKind.LEG, saw="31.0", about="PJSIP/102"),
            Difference(kind=DifferenceKind.MISSING_CALL, saw=call.started_at.isoformat()),
        )
        said = replace(a_witnessed_call(), started_at=call.started_at, ended_at=call.ended_at)
        state = WitnessState.CORRECTED
        await tx.witnesses.keep(
            [
                Witness(
                    id=call_id,
                    boot="",
                    call_id=call_id,
                    said=said,
                    state=state,
                    differences=told,
                    compared_at=T0,
                )
            ]
        )
    text = plain(await anna.text(f"/calls/{call_id}"))
    for part in (
        "Corrected from CEL",
        "People talked for 2:34, not for 0:12.",
        "Anna Smirnova answered.",
        "knew better",
    ):
        assert part in text, part
    assert 'title="Corrected from CEL"' in await anna.text("/calls")
