# SPDX-License-Identifier: Apache-2.0
"""Open deals and tasks of clients into memory, and those that changed."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Table, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.directory.clients import Clients
from crm_core.domain.directory.party import PartyKind
from crm_core.domain.open_items import OpenDeal, OpenItems, OpenTask
from crm_core.storage.deals import IS_OPEN
from crm_core.storage.schema import contact
from crm_core.storage.schema_deals import deal, task
from crm_core.storage.sql import chunks
from crm_core.storage.types import Id

_CHUNK = 5000
_OPEN = {deal.name: IS_OPEN, task.name: task.c.done_at.is_(None)}


async def load_open(connection: AsyncConnection, clients: Clients) -> None:
    for table in (deal, task):
        last: UUID | None = None
        while True:
            query = _open(table).order_by(table.c.id).limit(_CHUNK)
            here = query if last is None else query.where(table.c.id > last)
            rows = (await connection.execute(here)).all()
            for row in rows:
                _put(clients, table, row)
            if len(rows) < _CHUNK:
                break
            last = rows[-1].id


async def follow_open(
    connection: AsyncConnection, clients: Clients, changed: Mapping[str, Collection[UUID]]
) -> set[str]:
    """After the clients themselves were put: who moved to another company takes along what is open with them.

    Returns the numbers of those whom it concerns.
    """
    touched: set[int] = set()
    contacts = changed.get("contact", ())
    for table in (deal, task):
        ids = set(changed.get(table.name, ()))
        for some in chunks(contacts):
            theirs = select(table.c.id).where(table.c.contact_id.in_(some), _OPEN[table.name])
            ids.update(await connection.scalars(theirs))
        for some in chunks(ids):
            rows = (await connection.execute(_open(table).where(table.c.id.in_(some)))).all()
            for gone in set(some) - {row.id for row in rows}:
                touched |= _items(clients, table).drop(gone)
            for row in rows:
                touched |= _put(clients, table, row)
    return clients.numbers_with(touched)


def _open(table: Table) -> Select[Any]:
    # As orders count: what names no company is its contact's company's too.
    company_id = func.coalesce(table.c.company_id, contact.c.company_id, type_=Id()).label("rolls_up_to")
    query = select(table, company_id)
    query = query.select_from(table.outerjoin(contact, contact.c.id == table.c.contact_id))
    with_client = or_(table.c.contact_id.is_not(None), table.c.company_id.is_not(None))
    return query.where(_OPEN[table.name], with_client)


def _items(clients: Clients, table: Table) -> OpenItems[Any]:
    return clients.deals if table is deal else clients.tasks


def _put(clients: Clients, table: Table, row: Row[Any]) -> set[int]:
    item = (
        OpenDeal(row.stage, row.amount, row.currency)
        if table is deal
        else OpenTask(date.fromordinal(row.due_on), row.due_at)
    )
    return _items(clients, table).put(row.id, _owners(clients, row), item)


def _owners(clients: Clients, row: Row[Any]) -> Iterable[int]:
    pairs = ((PartyKind.CONTACT, row.contact_id), (PartyKind.COMPANY, row.rolls_up_to))
    return [owner for kind, one in pairs if (owner := clients.find(kind, one)) is not None]
