# SPDX-License-Identifier: Apache-2.0
"""Lists: every row once whatever they are sorted by, narrowed by what was asked, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from crm_core.domain.client import Company, Contact
from crm_core.domain.ids import new_id
from crm_core.domain.listing import ExportJob, FileFormat, JobState, ListKind, ListQuery, SavedView
from crm_core.domain.order import Order, OrderStatus
from crm_core.domain.people import Role, User

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
async def filled(store):
    manager = User(id=new_id(NOW), login="anna", name="Anna", role=Role.OPERATOR, created_at=NOW)
    shop = Company(id=new_id(NOW), name="Shop", created_at=NOW, updated_at=NOW, manager_id=manager.id)
    contacts = [
        Contact(
            id=new_id(NOW),
            name=f"Person {i % 7}",
            created_at=NOW + timedelta(hours=i % 5),
            updated_at=NOW,
            manager_id=manager.id if i % 3 == 0 else None,
            company_id=shop.id if i % 10 == 0 else None,
            archived_at=NOW if i == 1 else None,
        )
        for i in range(30)
    ]
    orders = [
        Order(
            id=new_id(NOW),
            number=f"A-{i:03}",
            status=OrderStatus.PAID if i % 2 else OrderStatus.NEW,
            amount=Decimal(i % 4),
            currency="RUB",
            ordered_at=NOW,
            updated_at=NOW,
            contact_id=contacts[i].id,
        )
        for i in range(12)
    ]
    async with store.begin() as tx:
        await tx.people.add_user(manager, "-")
        await tx.clients.save_companies([shop])
        await tx.clients.save_contacts(contacts)
        await tx.orders.save(orders, [])
    return manager, shop, contacts


async def walked(store, noun, query):
    """All rows, page by page."""
    rows = []
    while True:
        async with store.read() as tx:
            listed = await getattr(tx.lists, noun)(query)
        rows += listed.rows
        if listed.next is None:
            return rows
        query = replace(query, after=listed.next)


@pytest.mark.parametrize("sort", ["name", "created", "updated"])
@pytest.mark.parametrize("descending", [False, True])
async def test_every_row_stands_on_one_page(store, filled, sort, descending):
    query = ListQuery(sort=sort, descending=descending, limit=7, filters={"archived": False})
    ids = [row.contact.id for row in await walked(store, "contacts", query)]
    assert len(ids) == len(set(ids)) == 29
    names = [row.contact.name for row in await walked(store, "contacts", query)]
    if sort == "name":
        assert names == sorted(names, reverse=descending)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (lambda manager, shop: {"manager_id": manager.id}, 10),
        (lambda manager, shop: {"manager_id": None, "archived": False}, 19),
        (lambda manager, shop: {"archived": True}, 1),
        (lambda manager, shop: {"company_id": shop.id}, 3),
        (lambda manager, shop: {"text": "shop"}, 3),
        (lambda manager, shop: {"text": "person 3"}, 4),
        (lambda manager, shop: {"text": "nobody at all"}, 0),
        (lambda manager, shop: {"since": NOW + timedelta(hours=4)}, 6),
    ],
)
async def test_filters_of_contacts(store, filled, filters, found):
    manager, shop, _ = filled
    query = ListQuery(sort="name", filters=filters(manager, shop))
    async with store.read() as tx:
        assert len((await tx.lists.contacts(query)).rows) == found
        assert await tx.lists.count(ListKind.CONTACTS, query, 1000) == found
        assert await tx.lists.count(ListKind.CONTACTS, query, 2) == min(2, found)


@pytest.mark.parametrize("sort", ["name", "created"])
async def test_nobodys_are_the_same_however_sorted(store, filled, sort):
    rows = await walked(
        store, "contacts", ListQuery(sort=sort, filters={"manager_id": None, "archived": False}, limit=6)
    )
    assert len({row.contact.id for row in rows}) == 19


async def test_what_stands_beside_a_row(store, filled):
    async with store.read() as tx:
        [row] = (await tx.lists.companies(ListQuery(sort="name"))).rows
        people = (await tx.lists.contacts(ListQuery(sort="name", filters={"text": "shop"}))).rows
    assert (row.company.name, row.manager, row.people) == ("Shop", "Anna", 3)
    assert {one.company for one in people} == {"Shop"}


@pytest.mark.parametrize("sort", ["ordered", "number", "amount"])
async def test_orders_by_what_they_are_sorted_by(store, filled, sort):
    rows = await walked(store, "orders", ListQuery(sort=sort, descending=True, limit=5))
    assert len({row.order.id for row in rows}) == 12
    if sort == "amount":
        amounts = [row.order.amount for row in rows]
        assert amounts == sorted(amounts, reverse=True)


async def test_orders_of_a_company_are_its_contacts_too(store, filled):
    _, shop, _ = filled
    rows = await walked(store, "orders", ListQuery(sort="number", filters={"company_id": shop.id}))
    assert [row.order.number for row in rows] == ["A-000", "A-010"]


async def test_a_view_is_replaced_by_its_name_and_removed_by_its_owner_only(store, filled):
    manager, shop, _ = filled
    view = SavedView(
        id=new_id(NOW), user_id=manager.id, list=ListKind.CONTACTS, name="Mine", query="a=1", created_at=NOW
    )
    async with store.begin() as tx:
        await tx.lists.save_view(view)
        await tx.lists.save_view(replace(view, id=new_id(NOW), query="a=2"))
        [kept] = await tx.lists.views(manager.id, ListKind.CONTACTS)
        assert kept.query == "a=2"
        assert await tx.lists.remove_view(shop.id, kept.id) is None
        assert await tx.lists.remove_view(manager.id, kept.id) == kept
        assert await tx.lists.views(manager.id, ListKind.CONTACTS) == []


async def test_a_job_that_was_running_begins_again(store, filled):
    manager, _, _ = filled
    job = ExportJob(
        id=new_id(NOW),
        user_id=manager.id,
        list=ListKind.CALLS,
        query="",
        format=FileFormat.CSV,
        created_at=NOW,
        state=JobState.RUNNING,
        rows=7,
    )
    async with store.begin() as tx:
        await tx.exports.save(job)
        assert await tx.exports.waiting() is None
        await tx.exports.begin_again()
        again = await tx.exports.waiting()
        assert (again.id, again.rows) == (job.id, 0)
        assert await tx.exports.forget(NOW + timedelta(days=1)) == [job.id]


async def test_preferences_are_kept_by_name(store, filled):
    manager, _, _ = filled
    async with store.begin() as tx:
        assert await tx.preferences.get(manager.id, "keys") == {}
        await tx.preferences.set(manager.id, "keys", {"answer": "F8"})
        await tx.preferences.set(manager.id, "keys", {"answer": "F9"})
        assert await tx.preferences.get(manager.id, "keys") == {"answer": "F9"}
