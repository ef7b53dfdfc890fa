# SPDX-License-Identifier: Apache-2.0
"""Tags and debts in the directory: as the database has them at the start, and after every change."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from crm_core.domain.client import ClientKind
from crm_core.domain.directory import Directory
from crm_core.domain.order import OrderStatus
from crm_core.domain.received import ReceivedClient
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases.add_phone_number import add_phone_number
from crm_core.usecases.save_company import create_company, edit_company
from crm_core.usecases.save_contact import create_contact, edit_contact
from crm_core.usecases.upsert_clients import upsert_clients
from crm_core.usecases.upsert_orders import upsert_orders
from tests.support.builders import ANNA, NOW, a_received_order

OLGAS = "+79161000001"


@pytest.fixture
async def olga(store):
    olga = await create_contact(store, {"name": "Olga Petrova", "tags": ("north", "vip")}, ANNA, NOW)
    await add_phone_number(store, ClientKind.CONTACT, olga.id, OLGAS, ANNA, NOW)
    return olga


@pytest.fixture
async def follower(store, olga):
    """Gives the client of the number after each change, checked against a fresh load."""
    directory, changed = Directory(), []
    source = DirectorySource(store, directory, lambda: NOW, on_change=changed.append)
    await source.load()

    async def party(number=OLGAS):
        await source.catch_up()
        fresh = Directory()
        await DirectorySource(store, fresh, lambda: NOW).load()
        assert directory.identify(number) == fresh.identify(number)
        alone = Directory()
        await DirectorySource(store, alone, lambda: NOW).load_one(number)
        assert (alone.identify(number).tags, alone.identify(number).debt) == (
            fresh.identify(number).tags,
            fresh.identify(number).debt,
        )
        return directory.identify(number)

    party.changed = changed
    return party


async def test_a_contact_has_their_own_tags_and_those_of_their_company(store, olga, follower):
    assert (await follower()).tags == ("north", "vip")
    north = await create_company(store, {"name": "North", "tags": ("dealer", "vip")}, ANNA, NOW)
    await edit_contact(store, olga.id, {"company_id": north.id, "tags": ("slow",)}, ANNA, NOW)
    assert (await follower()).tags == ("dealer", "slow", "vip")
    assert {OLGAS} in follower.changed
    await edit_company(store, north.id, {"tags": ()}, ANNA, NOW)
    await edit_contact(store, olga.id, {"tags": ()}, ANNA, NOW)
    assert (await follower()).tags == ()


async def test_who_changed_which_tags_is_known_and_they_are_found(store, olga):
    await edit_contact(store, olga.id, {"tags": ("VIP ", "new")}, ANNA, NOW + timedelta(minutes=1))
    async with store.read() as tx:
        [entry, *_] = await tx.audit.of("contact", olga.id)
        assert await tx.clients.tags() == ["new", "vip"]
        assert (await tx.clients.contact(olga.id)).tags == ("new", "vip")
    assert (entry.before, entry.after) == ({"tags": ["north", "vip"]}, {"tags": ["new", "vip"]})


async def test_a_file_adds_tags_and_takes_none_away(store, olga, follower):
    rows = [
        ReceivedClient(phones=(OLGAS,), tags=("dealer",)),
        ReceivedClient(company="North", tags=("big",)),
        ReceivedClient(name="Ivan", phones=("+79161000002",), company="North", tags=("new",)),
        ReceivedClient(name="Nobody", phones=("+79161000003",), tags=("x" * 41,)),
    ]
    verdicts = await upsert_clients(store, rows, ANNA, NOW)
    assert [one.outcome for one in verdicts] == ["updated", "created", "created", "refused"]
    assert (await follower()).tags == ("dealer", "north", "vip")
    assert (await follower("+79161000002")).tags == ("big", "new")
    again = await upsert_clients(store, rows[:3], ANNA, NOW)
    assert {one.outcome for one in again} == {"unchanged"}


def shipped(number, amount, **more):
    return replace(
        a_received_order(number, amount, OLGAS, status=OrderStatus.SHIPPED),
        shipped_at=NOW - timedelta(days=3),
        **more,
    )


async def test_a_debt_is_what_was_shipped_and_not_paid_less_what_came_back(store, olga, follower):
    assert (await follower()).debt == 0
    orders = [
        shipped("A-1", "1000"),
        shipped("A-2", "500", returned=Decimal(200)),
        shipped("A-3", "70", paid_at=NOW),
        replace(shipped("A-4", "9"), currency="EUR"),
        replace(shipped("A-5", "40"), status=OrderStatus.NEW),
        a_received_order("A-6", "3000", OLGAS),
    ]
    await upsert_orders(store, orders, ANNA, NOW)
    assert (await follower()).debt == 1300_00
    assert {OLGAS} in follower.changed
    await upsert_orders(store, [replace(orders[0], status=OrderStatus.PAID, paid_at=NOW)], ANNA, NOW)
    assert (await follower()).debt == 300_00


async def test_at_a_company_the_debts_of_its_people_are_the_companys(store, olga, follower):
    await upsert_orders(store, [shipped("A-1", "1000")], ANNA, NOW)
    north = await create_company(store, {"name": "North"}, ANNA, NOW)
    await add_phone_number(store, ClientKind.COMPANY, north.id, "+79161000005", ANNA, NOW)
    await edit_contact(store, olga.id, {"company_id": north.id}, ANNA, NOW)
    assert (await follower()).debt == (await follower("+79161000005")).debt == 1000_00
    await edit_contact(store, olga.id, {"company_id": None}, ANNA, NOW)
    assert ((await follower()).debt, (await follower("+79161000005")).debt) == (1000_00, 0)
