# SPDX-License-Identifier: Apache-2.0
"""A call in which its caller asked to be called back, or left a message, says so and leads there."""

from dataclasses import replace

import pytest

from crm_core.domain.audit import Actor
from crm_core.domain.call import Disposition
from crm_core.domain.callback import CallbackRequest, CallbackSource
from crm_core.domain.voicemail import Voicemail
from crm_core.usecases.request_callback import request_callback
from web import keys

OLGA = "+79161000001"


async def a_call(site, name, how, **more):
    h = site.history
    told = {"number": OLGA, "owner": h.contacts["Olga Petrova"], "minutes_ago": 12, "by": "boris"}
    return await h.call(name, disposition=how, **{**told, **more})


async def asked(site, call):
    """In this call, as the dialplan tells it."""
    now = site.history.now
    request = CallbackRequest(
        id=call.id,
        e164=OLGA,
        source=CallbackSource.QUEUE,
        arrived_at=call.started_at,
        made_at=now,
        queue="retail",
    )
    return await request_callback(site.store, site.app[keys.DIRECTORY], request, Actor("PBX"), now)


async def test_the_list_and_the_page_lead_to_the_request(site):
    anna = await site.browser("anna")
    call = await a_call(site, "asked", Disposition.ABANDONED)
    item = await asked(site, call)
    way = f'href="/missed/{item.id}"'
    for page in ("/calls", f"/calls/{call.id}"):
        text = await anna.text(page)
        assert text.count("Asked to be called back") == 1
        assert way in text


async def test_whoever_may_not_see_the_item_sees_the_mark_alone(site):
    """Boris rang in vain; the client is Anna's, who are in no team with him."""
    call = await a_call(site, "asked", Disposition.ABANDONED)
    item = await asked(site, call)
    async with site.store.begin() as tx:
        for team in await tx.people.teams():
            await tx.people.save_team(replace(team, members=frozenset()))
    boris = await site.browser("boris")
    text = await boris.text("/calls")
    assert "Asked to be called back" in text
    assert f"/missed/{item.id}" not in text
    assert (await boris.get(f"/missed/{item.id}")).status == 404


async def test_the_list_and_the_page_lead_to_the_message(site):
    anna = await site.browser("anna")
    call = await a_call(site, "left", Disposition.VOICEMAIL)
    other = await a_call(site, "left too", Disposition.VOICEMAIL, minutes_ago=20)
    async with site.store.begin() as tx:
        for one in (call, other):
            await tx.voicemails.expect(
                Voicemail(id=one.id, left_at=one.ended_at, updated_at=one.ended_at, closed_at=one.ended_at)
            )
    way = f"/voicemail?state=all&amp;call={call.id}"
    for page in ("/calls", f"/calls/{call.id}"):
        assert f'href="{way}"' in await anna.text(page)
    inbox = await anna.text(way.replace("&amp;", "&"))
    assert f'id="m-{call.id}"' in inbox, "a closed one too"
    assert f'id="m-{other.id}"' not in inbox


@pytest.mark.parametrize("nonsense", ["x", "1"])
async def test_a_call_that_is_none_is_said(site, nonsense):
    anna = await site.browser("anna")
    assert (await anna.get(f"/voicemail?call={nonsense}")).status == 200
