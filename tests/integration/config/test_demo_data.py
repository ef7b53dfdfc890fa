# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.demo.data import DID, PASSWORD, load_demo
from config.demo.generate import generate_clients, number_of
from config.demo.shop import IVAN, MARIA, OLGA
from crm_core.domain.client import ClientKind
from crm_core.domain.turnover import Window
from crm_core.usecases.find_client import find_client
from tests.support.builders import NOW
from web.passwords import Passwords

DAYS = [
    datetime(2026, 11, 1, 0, 30, tzinfo=UTC),
    datetime(2026, 11, 30, 23, 30, tzinfo=UTC),
    datetime(2027, 1, 1, 12, tzinfo=UTC),
    datetime(2028, 2, 29, 9, tzinfo=UTC),
]


async def bought(store, number, now):
    found = await find_client(store, number)
    kind, client = (
        (ClientKind.COMPANY, found.company) if found.company else (ClientKind.CONTACT, found.contact)
    )
    today = now.astimezone(ZoneInfo("Europe/Moscow")).date()
    async with store.read() as tx:
        return await tx.orders.turnover(kind, client.id, Window.DAYS_30, today, "RUB")


@pytest.mark.parametrize("now", DAYS, ids=lambda day: f"{day:%d %B}")
async def test_the_three_demo_clients_show_the_three_roads_on_any_day(store, now):
    await load_demo(store, now)
    assert await bought(store, OLGA, now) == 48_300
    assert await bought(store, IVAN, now) == 6_900
    assert await bought(store, MARIA, now) == 640_000
    olga, maria = (await find_client(store, OLGA)).contact, await find_client(store, MARIA)
    async with store.read() as tx:
        anna = await tx.people.user_by_login("anna")
        assert await tx.people.device_at("main", "PJSIP/101", now - timedelta(days=60)) == anna.id
        assert await tx.people.extension_at("main", "105", now) is not None
        assert [number.e164 for number in await tx.people.own_numbers()] == [DID]
        assert {team.name: len(team.members) for team in await tx.people.teams()} == {
            "retail": 2,
            "wholesale": 2,
        }
        assert await Passwords(1).matches(PASSWORD, await tx.people.password_hash(anna.id))
        assert await tx.clients.count(ClientKind.CONTACT) == 63
        assert await tx.clients.count(ClientKind.COMPANY) == 21
    assert olga.manager_id == anna.id
    assert (maria.company.name, maria.contact.manager_id) == ("Northern Lights LLC", None)


async def test_loading_it_again_changes_nothing_and_later_it_is_fresh_again(store):
    await load_demo(store, NOW)
    async with store.read() as tx:
        last = await tx.changes.last_seq()
    await load_demo(store, NOW)
    async with store.read() as tx:
        assert await tx.changes.last_seq() == last
    later = NOW + timedelta(days=45)
    assert await bought(store, MARIA, later) == 0
    await load_demo(store, later)
    assert await bought(store, MARIA, later) == 640_000


async def test_generated_clients_are_found_by_number_and_name(store):
    await generate_clients(store, 25, NOW)
    await generate_clients(store, 5, NOW, start=25)
    assert (await find_client(store, number_of(29))).contact.name == "Client 0000029"
    async with store.read() as tx:
        assert [one.name for one in await tx.clients.search("client 0000007")] == ["Client 0000007"]
    async with store.begin() as tx:  # the search index follows again
        contact = (await find_client(store, number_of(3))).contact
        await tx.clients.remove_phone_number(contact.id)
    async with store.read() as tx:
        assert await tx.clients.search(number_of(3)) == []
