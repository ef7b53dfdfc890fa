# SPDX-License-Identifier: Apache-2.0
"""The inbox of messages: what it shows, to whom, and what can be done from it; the same for programs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.domain.call import Disposition
from crm_core.domain.recording import RecordingState
from crm_core.domain.voicemail import Voicemail
from tests.integration.web.test_security import token


@pytest.fixture
async def left(site):
    """Olga, Anna's client, spoke for twelve seconds after eight of greeting."""
    h = site.history
    olga = h.contacts["Olga Petrova"]
    call = await h.call(
        "left",
        number="+79161000001",
        owner=olga,
        minutes_ago=12,
        by="boris",
        talk=20,
        disposition=Disposition.VOICEMAIL,
        recording=RecordingState.READY,
    )
    recording = replace(h.recorded[str(call.id)], started_at=call.started_at, duration_s=20.0)
    message = Voicemail(
        id=call.id,
        left_at=call.ended_at,
        updated_at=call.ended_at,
        did=call.dialled,
        began_at=call.started_at + timedelta(seconds=8),
        assigned_to=h.users["anna"].id,
    )
    async with site.store.begin() as tx:
        await tx.recordings.save(recording)
        await tx.voicemails.expect(message)
    return message


async def now_of(site, message):
    async with site.store.read() as tx:
        return await tx.voicemails.get(message.id)


async def test_the_message_with_who_it_is_from_and_where_it_begins(site, left):
    anna = await site.browser("anna")
    page = await anna.text("/voicemail")
    assert "Olga Petrova" in page
    assert 'data-start="8.00"' in page
    assert "/recordings/" in page
    assert 'data-call="+79161000001"' in page
    assert f'action="/voicemail/{left.id}/close"' in page


async def test_an_operator_has_not_what_is_a_colleagues(site, left):
    clara, sofia = await site.browser("clara"), await site.browser("sofia")
    page = await clara.text("/voicemail")
    assert "Olga Petrova" not in page
    assert "No messages wait" in page
    for verb in ("assign", "close", "reopen"):
        assert (await clara.post(f"/voicemail/{left.id}/{verb}")).status == 404
    assert "Olga Petrova" in await sofia.text("/voicemail")


async def test_given_to_a_colleague_who_sees_and_hears_it(site, left):
    anna, clara = await site.browser("anna"), await site.browser("clara")
    given = {"to": str(site.history.users["clara"].id), "seen": left.updated_at.isoformat()}
    response = await anna.post(f"/voicemail/{left.id}/assign", given)
    assert response.headers["Location"] == "/voicemail?said=voicemail-given"
    assert "Olga Petrova" in await clara.text("/voicemail?assigned=me")
    recording = site.history.recorded[str(left.id)]
    assert (await clara.get(f"/recordings/{recording.id}/audio")).status == 200
    assert (await now_of(site, left)).heard_by == site.history.users["clara"].id
    timeline = await clara.text(f"/contacts/{site.history.contacts['Olga Petrova'].id}")
    assert f"/calls/{left.id}" in timeline
    assert f"/recordings/{recording.id}/audio" in timeline
    # Anna's page is old now: what she does by it is refused, and Clara keeps it.
    boris = str(site.history.users["boris"].id)
    sofia = await site.browser("sofia")
    old = await sofia.post(f"/voicemail/{left.id}/assign", {"to": boris, "seen": left.updated_at.isoformat()})
    assert old.status == 409
    assert (await now_of(site, left)).assigned_to == site.history.users["clara"].id


@pytest.mark.parametrize("field", ["to", "seen"])
@pytest.mark.parametrize("value", ["x", "2026-11-20T10:00:00"])
async def test_nonsense_in_the_form(site, left, field, value):
    anna = await site.browser("anna")
    assert (await anna.post(f"/voicemail/{left.id}/assign", {field: value})).status == 422


async def test_closed_and_taken_back(site, left):
    anna = await site.browser("anna")
    response = await anna.post(f"/voicemail/{left.id}/close")
    page = await anna.text(response.headers["Location"])
    assert "Olga Petrova" not in page.split('id="list"')[1]
    assert f"/voicemail/{left.id}/reopen" in page  # the way back
    assert "Olga Petrova" in await anna.text("/voicemail?state=closed")
    await anna.post(f"/voicemail/{left.id}/reopen")
    assert "Olga Petrova" in await anna.text("/voicemail")


async def test_programs_read_give_and_close(site, left):
    secret = await token(site, "anna", {"calls:read", "calls:write"})
    headers = {"Authorization": f"Bearer {secret}"}
    answer = await site.client.get("/api/v1/voicemails?state=open", headers=headers)
    (told,) = (await answer.json())["items"]
    assert (told["id"], told["starts_at_s"], told["e164"]) == (str(left.id), 8.0, "+79161000001")
    one = f"/api/v1/voicemails/{left.id}"
    tag = (await site.client.get(one, headers=headers)).headers["ETag"]
    body = {"state": "closed"}
    closed = await site.client.patch(one, json=body, headers=headers)
    assert (closed.status, (await closed.json())["state"]) == (200, "closed")
    late = await site.client.patch(one, json={"assigned_to": None}, headers=headers | {"If-Match": tag})
    assert late.status == 412
    again = await site.client.patch(one, json={"state": "open"}, headers=headers | {"If-Match": tag})
    assert (again.status, (await again.json())["current"]["state"]) == (412, "closed")
    clara = str(site.history.users["clara"].id)
    given = await site.client.patch(one, json={"state": "open", "assigned_to": clara}, headers=headers)
    assert (await given.json())["assigned_to"] == clara
    assert (await site.client.get(one, headers=headers)).status == 404, "it is Clara's now"
