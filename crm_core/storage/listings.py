# SPDX-License-Identifier: Apache-2.0
"""Pages for programs, each by an index over its order."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call_history import Cursor
from crm_core.domain.client import ClientKind, Company, Contact
from crm_core.domain.communication import Communication
from crm_core.domain.deal import Deal
from crm_core.domain.narrowed import (
    Archived,
    ClientFilter,
    CommunicationFilter,
    DealFilter,
    OrderFilter,
    TaskFilter,
)
from crm_core.domain.order import Order
from crm_core.domain.task import Task
from crm_core.storage import search
from crm_core.storage.call_writes import communication_of
from crm_core.storage.deals import deal_of
from crm_core.storage.orders import belongs, order_of
from crm_core.storage.schema import communication, company, contact, order
from crm_core.storage.schema_deals import deal, task
from crm_core.storage.schema_tags import client_tag
from crm_core.storage.scope import COMMUNICATIONS, Asked, had, took_part, with_clients_of
from crm_core.storage.sql import named
from crm_core.storage.tasks import task_of

_COLUMNS = [column.name for column in communication.c]


class SqlListings:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def contacts(self, which: ClientFilter, after: Cursor | None, limit: int) -> Sequence[Contact]:
        query = _changed(contact, which, after, limit).where(*_of_clients(contact, which))
        return [Contact(**named(row)) for row in await self._connection.execute(query)]

    async def companies(self, which: ClientFilter, after: Cursor | None, limit: int) -> Sequence[Company]:
        query = _changed(company, which, after, limit).where(*_of_clients(company, which))
        return [Company(**named(row)) for row in await self._connection.execute(query)]

    async def orders(self, which: OrderFilter, after: Cursor | None, limit: int) -> Sequence[Order]:
        query = _changed(order, which, after, limit).where(*_equal(order, which, "number", "status"))
        query = query.where(*_with_client(order, which))
        return [order_of(row) for row in await self._connection.execute(query)]

    async def deals(self, which: DealFilter, after: Cursor | None, limit: int) -> Sequence[Deal]:
        query = _changed(deal, which, after, limit).where(*_equal(deal, which, "owner_id", "stage", "state"))
        query = query.where(*_with_client(deal, which))
        if which.archived is Archived.NO:
            query = query.where(deal.c.archived_at.is_(None))
        if which.text is not None:
            query = query.where(deal.c.id.in_(await self._found(which.text, which.archived)))
        return [deal_of(row) for row in await self._connection.execute(query)]

    async def _found(self, text: str, archived: Archived) -> list[UUID]:
        found = await search.matching_deals(self._connection, text)
        if archived is Archived.ANY:
            found += await search.matching_deals(self._connection, text, archived=True)
        return found

    async def tasks(self, which: TaskFilter, after: Cursor | None, limit: int) -> Sequence[Task]:
        query = _changed(task, which, after, limit).where(*_equal(task, which, "user_id"))
        query = query.where(*_with_client(task, which))
        if which.is_open is not None:
            query = query.where(task.c.done_at.is_(None) if which.is_open else task.c.done_at.is_not(None))
        return [task_of(row) for row in await self._connection.execute(query)]

    async def communications(
        self, which: CommunicationFilter, after: Cursor | None, limit: int
    ) -> Sequence[Communication]:
        names = ("contact_id", "company_id", "lead_id", "user_id")
        asked = Asked(
            log=COMMUNICATIONS,
            narrowed=list(_equal(communication, which, *names)),
            since=which.since,
            until=which.until,
            after=after,
            limit=limit,
        )
        if (mine := which.visible_to) is None:
            query = asked.newest(communication)
        else:  # the rule of usecases.access_call, for a page at once
            managed = await with_clients_of(self._connection, asked, mine)
            query = asked.among(select(communication), [had(asked, mine), took_part(asked, mine), managed])
        rows = await self._connection.execute(query)
        return [communication_of({name: getattr(row, name) for name in _COLUMNS}) for row in rows]


def _with_client(table: Table, which: OrderFilter | DealFilter | TaskFilter) -> Iterator[ColumnElement[bool]]:
    if which.contact_id:
        yield belongs(table, ClientKind.CONTACT, which.contact_id)
    if which.company_id:
        yield belongs(table, ClientKind.COMPANY, which.company_id)


def _changed(
    table: Table,
    which: ClientFilter | OrderFilter | DealFilter | TaskFilter,
    after: Cursor | None,
    limit: int,
) -> Select[Any]:
    at, row_id = table.c.updated_at, table.c.id
    query = select(table).order_by(at, row_id).limit(limit)
    if which.changed_since:
        query = query.where(at >= which.changed_since)
    if after:
        place = tuple_(literal(after.at, at.type), literal(after.id, row_id.type))
        query = query.where(tuple_(at, row_id) > place)
    return query


def _of_clients(table: Table, which: ClientFilter) -> Iterator[ColumnElement[bool]]:
    if which.archived is Archived.NO:
        yield table.c.archived_at.is_(None)
    if which.tag is not None:
        yield table.c.id.in_(select(client_tag.c.client_id).where(client_tag.c.tag == which.tag.lower()))
    own = ("company_id",) if table is contact else ("tax_id", "parent_id", "head_id")
    yield from _equal(table, which, "external_id", "manager_id", *own)


def _equal(table: Table, which: object, *names: str) -> Iterator[ColumnElement[bool]]:
    for name in names:
        if (value := getattr(which, name)) is not None:
            yield table.c[name] == value
