# SPDX-License-Identifier: Apache-2.0
"""Who dials a client by hand whom a colleague is calling back is told so; the database keeps nobody from calling."""

import asyncio

import pytest

from crm_core.domain.audit import Actor
from crm_core.domain.outbound import OutboundSettings
from crm_core.usecases.claim_missed import claim_missed, release_missed
from crm_core.usecases.claimed_elsewhere import claimed_elsewhere
from pbx_bridge.agi_lines import AgiRequest
from pbx_bridge.outbound_agi import OutboundAgi
from tests.support.calls import OLGA, a_call, a_world, add_company, add_contact, at, ended
from tests.support.missed import OTHER, called_back, record, the_item
from tests.support.routing import ANNA, NOW, a_desk


@pytest.fixture
async def world(store):
    return await a_world(store)


async def taken_by(world, user):
    await record(world, ended(a_call("1795165200.1", legs=())))
    item = await the_item(world)
    await claim_missed(world.store, user, item.id, Actor(user.login, user.id), at(60))
    return item


async def test_a_colleagues_claim_counts_by_any_number_of_the_client(world):
    company = await add_company(world.store)
    await add_contact(world.store, company=company)
    await taken_by(world, world.anna)
    assert await claimed_elsewhere(world.store, OLGA, world.boris.id)
    assert await claimed_elsewhere(world.store, OLGA, None), "a phone of nobody's"
    assert not await claimed_elsewhere(world.store, OLGA, world.anna.id), "one's own"
    assert not await claimed_elsewhere(world.store, OTHER, world.boris.id)


async def test_who_let_them_go_or_has_talked_with_them_has_them_no_more(world):
    item = await taken_by(world, world.anna)
    await release_missed(world.store, world.anna, item.id, Actor("anna", world.anna.id), at(70))
    assert not await claimed_elsewhere(world.store, OLGA, world.boris.id)
    await claim_missed(world.store, world.anna, item.id, Actor("anna", world.anna.id), at(80))
    assert await claimed_elsewhere(world.store, OLGA, world.boris.id)
    await record(world, called_back(100, "1795165300.1"))
    assert not await claimed_elsewhere(world.store, OLGA, world.boris.id)


async def said(claimed, **settings):
    agi = OutboundAgi(a_desk(), OutboundSettings(**settings), lambda: NOW, claimed=claimed)
    env = {"agi_channel": "PJSIP/101-00000001", "agi_callerid": "101"}
    return (
        await agi(AgiRequest(script="outbound", args=("main", "1.1", "+79165554433", "101"), env=env))
    ).made


async def test_it_is_told_or_refused_as_the_settings_say():
    asked = []

    async def claimed(number, person):
        asked.append((number, person))
        return True

    told = await said(claimed)
    assert (told["ROLODIAL_CLAIMED"], told["ROLODIAL_ALLOWED"]) == ("yes", "yes")
    told = await said(claimed, claimed_refuses=True)
    assert (told["ROLODIAL_ALLOWED"], told["ROLODIAL_REASON"]) == ("no", "claimed")
    assert asked == [("+79165554433", ANNA)] * 2
    told = await said(claimed, refused=("+7916",))
    assert told["ROLODIAL_REASON"] == "refused"
    assert len(asked) == 2, "what is refused anyhow is not asked about"


@pytest.mark.parametrize("how", ["silent", "broken", "no"])
async def test_a_database_that_is_away_keeps_nobody_from_calling(how):
    async def claimed(_number, _person):
        if how == "silent":
            await asyncio.Event().wait()
        if how == "broken":
            raise OSError
        return False

    async with asyncio.timeout(30):
        told = await said(claimed, claimed_refuses=True)
    assert (told["ROLODIAL_CLAIMED"], told["ROLODIAL_ALLOWED"]) == ("no", "yes")
