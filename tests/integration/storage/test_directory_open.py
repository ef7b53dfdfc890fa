# SPDX-License-Identifier: Apache-2.0
"""Open deals and tasks in the directory: as the database has them at the start, and after every change."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from crm_core.domain.client import ClientKind
from crm_core.domain.deal import DealState
from crm_core.domain.directory import Directory
from crm_core.domain.open_items import OpenDeal, OpenTask
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases.add_phone_number import add_phone_number
from crm_core.usecases.archive_client import archive_client
from crm_core.usecases.do_task import do_task, reopen_task
from crm_core.usecases.save_company import create_company
from crm_core.usecases.save_contact import create_contact, edit_contact
from crm_core.usecases.save_deal import create_deal, edit_deal
from crm_core.usecases.save_task import create_task, edit_task
from tests.support.builders import ANNA, NOW, a_user

OLGAS, NORTHS, IVANS = "+79161000001", "+79161000005", "+79161000006"
DAY = date(2026, 11, 25)


@pytest.fixture
async def house(store):
    """Olga, and Ivan who is of North."""
    anna = a_user("anna")
    async with store.begin() as tx:
        await tx.people.add_user(anna, "-")
    north = await create_company(store, {"name": "North"}, ANNA, NOW)
    olga = await create_contact(store, {"name": "Olga"}, ANNA, NOW)
    ivan = await create_contact(store, {"name": "Ivan", "company_id": north.id}, ANNA, NOW)
    await add_phone_number(store, ClientKind.CONTACT, olga.id, OLGAS, ANNA, NOW)
    await add_phone_number(store, ClientKind.CONTACT, ivan.id, IVANS, ANNA, NOW)
    await add_phone_number(store, ClientKind.COMPANY, north.id, NORTHS, ANNA, NOW)
    return {"anna": anna, "olga": olga, "ivan": ivan, "north": north}


@pytest.fixture
async def follower(store, house):
    """What is open with the client of a number after each change, checked against a fresh load."""
    directory, changed = Directory(), []
    source = DirectorySource(store, directory, lambda: NOW, on_change=changed.append)
    await source.load()

    async def open_with(number=OLGAS):
        await source.catch_up()
        fresh = Directory()
        await DirectorySource(store, fresh, lambda: NOW).load()
        alone = Directory()
        await DirectorySource(store, alone, lambda: NOW).load_one(number)
        party = directory.identify(number)
        assert party == fresh.identify(number)
        assert (alone.identify(number).deals, alone.identify(number).tasks) == (party.deals, party.tasks)
        sizes = [len(one.clients.deals) + len(one.clients.tasks) for one in (directory, fresh)]
        assert sizes[0] == sizes[1]
        return party.deals, party.tasks

    open_with.changed = changed
    open_with.directory = directory
    return open_with


async def test_a_deal_is_known_while_it_is_open(store, house, follower):
    assert await follower() == ((), ())
    fields = {"title": "Lathes", "contact_id": house["olga"].id, "amount": Decimal(700), "stage": "offer"}
    made = await create_deal(store, fields, ANNA, NOW)
    assert await follower() == ((OpenDeal("offer", 700_00, "RUB"),), ())
    assert {OLGAS} in follower.changed
    await edit_deal(store, made.id, {"stage": "contract", "amount": Decimal(800)}, ANNA, NOW)
    assert (await follower())[0] == (OpenDeal("contract", 800_00, "RUB"),)
    await edit_deal(store, made.id, {"state": DealState.WON}, ANNA, NOW)
    assert await follower() == ((), ())
    assert not len(follower.directory.clients.deals), "what is over takes no memory"
    await edit_deal(store, made.id, {"state": DealState.OPEN}, ANNA, NOW)
    assert len((await follower())[0]) == 1


async def test_a_companys_people_have_its_deals_and_take_theirs_along(store, house, follower):
    its = {"title": "Its own", "company_id": house["north"].id, "amount": Decimal(1)}
    await create_deal(store, its, ANNA, NOW)
    assert (await follower(IVANS))[0] == (await follower(NORTHS))[0] == (OpenDeal("new", 1_00, "RUB"),)
    assert {IVANS, NORTHS} in follower.changed
    mine = {"title": "Olga's", "contact_id": house["olga"].id, "amount": Decimal(2), "stage": "offer"}
    made = await create_deal(store, mine, ANNA, NOW)
    assert len((await follower(NORTHS))[0]) == 1
    await edit_contact(store, house["olga"].id, {"company_id": house["north"].id}, ANNA, NOW)
    both = (OpenDeal("new", 1_00, "RUB"), OpenDeal("offer", 2_00, "RUB"))
    for number in (OLGAS, IVANS, NORTHS):
        assert (await follower(number))[0] == both
    await edit_contact(store, house["olga"].id, {"company_id": None}, ANNA, NOW)
    assert [len((await follower(number))[0]) for number in (OLGAS, NORTHS)] == [1, 1]
    await edit_deal(store, made.id, {"contact_id": house["ivan"].id}, ANNA, NOW)
    assert [len((await follower(number))[0]) for number in (OLGAS, NORTHS)] == [0, 2]


async def test_a_task_is_known_until_it_is_done(store, house, follower):
    anna, olga = house["anna"], house["olga"]
    noon = NOW.replace(hour=12)
    task = await create_task(store, anna, {"text": "Call", "due_at": noon, "contact_id": olga.id}, ANNA, NOW)
    assert await follower() == ((), (OpenTask(noon.date(), noon),))
    assert {OLGAS} in follower.changed
    await edit_task(store, task.id, {"due_on": DAY}, ANNA, NOW)
    assert (await follower())[1] == (OpenTask(DAY),)
    await do_task(store, anna, task.id, ANNA, NOW)
    assert await follower() == ((), ())
    await reopen_task(store, task.id, ANNA, NOW)
    assert (await follower())[1] == (OpenTask(DAY),)
    await create_task(store, anna, {"text": "No client", "due_on": DAY}, ANNA, NOW)
    await follower()
    assert len(follower.directory.clients.tasks) == 1
    await edit_task(store, task.id, {"contact_id": None}, ANNA, NOW)
    assert await follower() == ((), ())


async def test_with_an_archived_client_what_is_open_stays_and_nobody_calls(store, house, follower):
    made = await create_deal(store, {"title": "Lathes", "contact_id": house["olga"].id}, ANNA, NOW)
    await follower()
    await archive_client(store, ClientKind.CONTACT, house["olga"].id, ANNA, NOW + timedelta(minutes=1))
    async with store.read() as tx:
        assert await tx.deals.of_client(ClientKind.CONTACT, house["olga"].id) == [made]
    assert (await edit_deal(store, made.id, {"state": DealState.LOST}, ANNA, NOW)).closed_at == NOW
