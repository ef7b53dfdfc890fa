# SPDX-License-Identifier: Apache-2.0
"""Deals are found by their title, their client's names and numbers; archived ones count nowhere, and come back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from alembic import command
from sqlalchemy import insert

from crm_core.domain.client import ClientKind
from crm_core.domain.listing import ListKind, ListQuery
from crm_core.domain.narrowed import Archived, DealFilter
from crm_core.domain.sharing import Owned
from crm_core.storage.deals import NEVER
from crm_core.storage.engine import make_engines, parse_url
from crm_core.storage.open_store import alembic_config, migrate, open_store
from crm_core.storage.schema import contact
from crm_core.storage.schema_deals import deal
from crm_core.usecases.add_phone_number import add_phone_number
from crm_core.usecases.archive_deal import archive_deal, restore_deal
from crm_core.usecases.save_company import create_company, edit_company
from crm_core.usecases.save_contact import create_contact, edit_contact
from crm_core.usecases.save_deal import create_deal, edit_deal
from tests.support.builders import ANNA, NOW, a_contact


@pytest.fixture
async def house(store):
    firm = await create_company(store, {"name": "Northern Lights LLC"}, ANNA, NOW)
    olga = await create_contact(store, {"name": "Olga Petrova", "company_id": firm.id}, ANNA, NOW)
    await add_phone_number(store, ClientKind.CONTACT, olga.id, "+79161234567", ANNA, NOW)
    hers = await create_deal(store, {"title": "Two lathes", "contact_id": olga.id}, ANNA, NOW)
    theirs = await create_deal(store, {"title": "Ёлки 2026", "company_id": firm.id}, ANNA, NOW)
    return firm, olga, hers, theirs


async def found(store, text, *, archived=False):
    """By the list; a program finds the same."""
    filters = {"text": text, "archived": archived}
    query = ListQuery(sort="created", filters=filters)
    async with store.read() as tx:
        listed = {row.deal.title for row in (await tx.lists.deals(query)).rows}
        assert await tx.lists.count(ListKind.DEALS, query, 10) == len(listed)
        if not archived:
            told = await tx.listings.deals(DealFilter(text=text), None, 10)
            assert {one.title for one in told} == listed
    return listed


async def test_by_title_names_and_number(store, house):
    firm, olga, hers, _ = house
    for text, titles in {
        "lathe": {"Two lathes"},
        "petrova lathes": {"Two lathes"},
        "елки": {"Ёлки 2026"},
        "2026": {"Ёлки 2026"},
        "northern": {"Two lathes", "Ёлки 2026"},
        "+7 916 123-45-67": {"Two lathes"},
        "34567": {"Two lathes"},
        "nothing": set(),
    }.items():
        assert await found(store, text) == titles, text
    await edit_contact(store, olga.id, {"name": "Olga Sidorova"}, ANNA, NOW)
    await edit_company(store, firm.id, {"name": "Southern Cross"}, ANNA, NOW)
    await edit_deal(store, hers.id, {"title": "Three lathes"}, ANNA, NOW)
    for text, titles in {
        "sidorova three": {"Three lathes"},
        "petrova": set(),
        "northern": set(),
        "southern": {"Three lathes", "Ёлки 2026"},
    }.items():
        assert await found(store, text) == titles, text


async def test_the_search_for_clients_finds_no_deals(store, house):
    async with store.read() as tx:
        assert [one.name for one in await tx.clients.search("petrova")] == ["Olga Petrova"]
        assert await tx.clients.search("lathes") == []


async def test_what_is_archived_counts_nowhere_and_comes_back(store, house):
    _, olga, hers, _ = house
    await edit_deal(store, hers.id, {"amount": Decimal(500)}, ANNA, NOW)
    for _ in range(2):  # told twice it is one act
        await archive_deal(store, hers.id, ANNA, NOW + timedelta(hours=1))
    assert (await found(store, "lathes"), await found(store, "lathes", archived=True)) == (
        set(),
        {"Two lathes"},
    )
    async with store.read() as tx:
        assert await tx.deals.of_client(ClientKind.CONTACT, olga.id) == []
        assert await tx.deals.open_sums(ClientKind.CONTACT, olga.id) == {}
        assert await tx.sharing.without_owner(Owned.DEAL, 10) == 1
        assert len(await tx.listings.deals(DealFilter(), None, 10)) == 1
        assert len(await tx.listings.deals(DealFilter(archived=Archived.ANY, text="lathes"), None, 10)) == 1
        assert [one.action for one in await tx.audit.of("deal", hers.id)][:1] == ["archive"]
    back = await restore_deal(store, hers.id, ANNA, NOW + timedelta(hours=2))
    assert (back.archived_at, back.is_open, await found(store, "lathes")) == (None, True, {"Two lathes"})


async def test_deals_of_before_are_found_after_the_upgrade(empty_database_url):
    engines = make_engines(parse_url(empty_database_url))

    def upgrade(connection):
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0015")

    olga = a_contact("Olga Petrova")
    async with engines.writer.begin() as connection:
        await connection.run_sync(upgrade)
        born = {"created_at": NOW, "updated_at": NOW}
        await connection.execute(insert(contact).values(id=olga.id, name=olga.name, tags=[], **born))
        plain = {"stage": "new", "state": "open", "amount": 0, "currency": "EUR", "expected_on": NEVER}
        old = {"id": olga.id, "title": "Two lathes", "contact_id": olga.id}
        await connection.execute(insert(deal).values(**old, **plain, **born))
    await engines.dispose()
    await migrate(empty_database_url)
    store = await open_store(empty_database_url)
    assert await found(store, "petrova") == {"Two lathes"}
    await store.close()
