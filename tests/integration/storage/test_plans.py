# SPDX-License-Identifier: Apache-2.0
"""No page reads a large table from end to end: the plans of what lists, cards, the search and the API ask, on both."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text

from config.demo.data import load_demo
from config.demo.generate import number_of
from config.demo.many import client_id, company_id, load_many, name_of, order_number
from crm_core.domain.call import Direction, Disposition
from crm_core.domain.call_history import CallFilter, Cursor
from crm_core.domain.client import ClientKind
from crm_core.domain.listing import ListQuery, Place
from crm_core.domain.narrowed import CommunicationFilter
from crm_core.domain.turnover import Window
from crm_core.storage.engine import is_sqlite

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
CONTACTS, CALLS = 3000, 6000
LARGE = "call|call_leg|communication|contact|company|phone_number|search_doc|customer_order|turnover_day|deal"
# 'SCAN call USING INDEX' in the order asked for ends where the page is full; a bare one reads everything.
FULL = {"sqlite": rf"SCAN ({LARGE})(?! USING)\b", "postgresql": rf"Seq Scan on ({LARGE})\b"}
SORTED = "USE TEMP B-TREE FOR ORDER BY"  # PostgreSQL weighs how many rows there are, and sorts few
LATE = Cursor(NOW - timedelta(days=100), client_id(0, NOW))


@pytest.fixture
async def house(store):
    await load_demo(store, NOW)
    await load_many(store, CONTACTS, CALLS, NOW)
    async with store.read() as tx:
        people = {user.login: user.id for user in await tx.people.users()}
    return store, people["anna"]


async def plans(store, ask):
    """The plan of each statement that reads, with the values it was sent with."""
    engine, sent = store.engines.reader.sync_engine, []

    def listen(_connection, _cursor, statement, parameters, _context, _many):
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        async with store.read() as tx:
            await ask(tx)
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    async with store.engines.reader.connect() as connection:
        await connection.execute(text("SELECT 1"))
        how = "EXPLAIN QUERY PLAN" if is_sqlite(connection) else "EXPLAIN"
        if not is_sqlite(connection):
            # So few rows are read quicker from end to end: what counts is whether there is another way.
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        found = [
            "\n".join(
                str(row[-1]) for row in await connection.exec_driver_sql(f"{how} {statement}", parameters)
            )
            for statement, parameters in sent
            if statement.lstrip().startswith("SELECT")
        ]
    assert found
    return connection.dialect.name, found


def contacts(**asked):
    query = ListQuery(**{"sort": "name", "filters": {"archived": False}} | asked)
    return lambda tx: tx.lists.contacts(query)


def deals(text):
    return ListQuery(sort="expected", filters={"text": text, "state": "open", "archived": False}, limit=50)


def calls(limit=51, after=None, **asked):
    return lambda tx: tx.calls.page(CallFilter(**asked), after, limit)


IN_ORDER = {
    "contacts": contacts(),
    "contacts, a page later": contacts(after=Place("Olga", client_id(9, NOW))),
    "contacts, the newest": contacts(sort="created", descending=True),
    "contacts, the last changed": contacts(sort="updated", descending=True),
    "contacts of nobody": contacts(
        filters={"archived": False, "manager_id": None}, sort="created", descending=True
    ),
    "companies": lambda tx: tx.lists.companies(ListQuery(sort="name", filters={"archived": False})),
    "orders": lambda tx: tx.lists.orders(ListQuery(sort="ordered", descending=True)),
    "orders by amount": lambda tx: tx.lists.orders(ListQuery(sort="amount", descending=True)),
    "calls": calls(),
    "calls, a page later": calls(after=LATE),
    "calls missed": calls(missed=True),
    "calls out": calls(direction=Direction.OUTBOUND),
    "calls to voicemail": calls(disposition=Disposition.VOICEMAIL),
    "communications": lambda tx: tx.listings.communications(CommunicationFilter(), LATE, 50),
}
NARROW = {
    "orders by number": lambda tx: tx.lists.orders(
        ListQuery(sort="number", filters={"number": order_number(7)})
    ),
    "a name": lambda tx: tx.clients.search("olga petrov", 10),
    "a whole name": lambda tx: tx.clients.search(name_of(7), 10),
    "the end of a number": lambda tx: tx.clients.search(number_of(7)[-7:], 10),
    "deals of a name": lambda tx: tx.lists.deals(deals("olga petrov")),
    "deals of a number": lambda tx: tx.lists.deals(deals(number_of(7)[-7:])),
    "contacts found by name": contacts(filters={"archived": False, "text": "olga"}),
    "contacts of a company": contacts(filters={"archived": False, "company_id": company_id(3, NOW)}),
    "calls of a number": calls(tail=number_of(7)[-10:]),
    "a contact": lambda tx: tx.clients.contact(client_id(7, NOW)),
    "numbers": lambda tx: tx.clients.phone_numbers([client_id(7, NOW), company_id(1, NOW)]),
    "a timeline": lambda tx: tx.communications.timeline(contact_id=client_id(0, NOW), after=LATE),
    "a company's timeline": lambda tx: tx.communications.timeline(company_id=company_id(0, NOW)),
    "a contact's orders": lambda tx: tx.orders.of_client(ClientKind.CONTACT, client_id(7, NOW)),
    "a company's orders": lambda tx: tx.orders.of_client(ClientKind.COMPANY, company_id(7, NOW)),
}


@pytest.mark.parametrize("stale", [False, True], ids=["analysed", "never analysed"])
async def test_pages_end_where_they_are_full(house, stale):
    store, anna = house
    if stale:
        await forget_statistics(store)
    theirs = {
        "an operator's calls": calls(only_users=frozenset({anna})),
        "an operator's calls, later": calls(only_users=frozenset({anna}), after=LATE, missed=True),
        "calls somebody took part in": calls(user_id=anna),
        "an operator's communications": lambda tx: tx.listings.communications(
            CommunicationFilter(visible_to=anna), LATE, 50
        ),
    }
    for name, ask in (IN_ORDER | NARROW | theirs).items():
        dialect, found = await plans(store, ask)
        for plan in found:
            assert not re.search(FULL[dialect], plan), f"{name}:\n{plan}"
        if name in IN_ORDER:
            assert SORTED not in found[0], f"{name}:\n{found[0]}"


async def forget_statistics(store):
    async with store.engines.writer.begin() as connection:
        if is_sqlite(connection):
            await connection.execute(text("DROP TABLE IF EXISTS sqlite_stat1"))


async def test_a_companys_orders_and_turnover_are_found_by_index_on_its_own_and_its_peoples(house):
    """An `or` of both has another way too, so 'not from end to end' does not see it: PostgreSQL read all of it."""
    store, _ = house
    asked = {
        "customer_order": lambda tx: tx.orders.of_client(ClientKind.COMPANY, company_id(7, NOW)),
        "turnover_day": lambda tx: tx.orders.turnover(
            ClientKind.COMPANY, company_id(7, NOW), Window.ALL, NOW.date(), "RUB"
        ),
    }
    for table, ask in asked.items():
        _, (plan,) = await plans(store, ask)
        for owner in ("company", "contact"):
            assert re.search(rf"ix_{table}_{owner}_id_\w+_given", plan), plan
