# SPDX-License-Identifier: Apache-2.0
"""Tags, debts, open deals and tasks, and calls of many clients at once, each of them with their company's."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Row, Select, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call import Direction
from crm_core.domain.client import ClientKind
from crm_core.domain.deal import DealState
from crm_core.domain.open_items import OpenDeal, OpenTask, dues, largest
from crm_core.domain.order import OrderStatus
from crm_core.domain.sharing import Owned, OwnedRecord
from crm_core.storage.client_fields import values_of
from crm_core.storage.schema import call, communication, contact, order
from crm_core.storage.schema_deals import deal, task
from crm_core.storage.sql import chunks
from crm_core.storage.tags import tags_of

_Rows = dict[UUID, list[Row[Any]]]  # by contact and by company
_Records = Sequence[OwnedRecord]
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class _Open:
    """What is open in a table: how much of it, of each kind."""

    table: Table
    is_open: ColumnElement[bool]
    columns: Sequence[ColumnElement[Any]]
    kinds: Sequence[ColumnElement[Any]]

    def by(self, owner: ColumnElement[UUID]) -> Select[Any]:
        query = select(owner.label("owner"), *self.columns).where(self.is_open)
        return query.group_by(owner, *self.kinds)


class SqlClientFacts:
    """Implements ports.client_facts.ClientFacts. As many queries for one client as for some hundreds."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def tags(self, kind: Owned, records: _Records) -> dict[UUID, tuple[str, ...]]:
        if kind is Owned.LEAD:
            return {}
        own = await tags_of(self._connection, ClientKind(kind.value), [one.id for one in records])
        of_firms = await tags_of(self._connection, ClientKind.COMPANY, _firms(records))
        both = _with_firms(own | of_firms, records)
        return {client: tuple(sorted(set(theirs))) for client, theirs in both.items()}

    async def fields(
        self, kind: Owned, records: _Records, names: Collection[str]
    ) -> dict[UUID, dict[str, str]]:
        if kind is Owned.LEAD:
            return {}
        ids = {one.id for one in records} | _firms(records)
        found = await values_of(self._connection, ids, names)
        both = {one.id: found.get(one.company_id, {}) if one.company_id else {} for one in records}
        return {one: firm | found.get(one, {}) for one, firm in both.items()}

    async def debts(self, kind: Owned, records: _Records, currency: str) -> dict[UUID, int]:
        columns = order.c
        unpaid = (_plain(columns.status) == OrderStatus.SHIPPED.value) & columns.paid_at.is_(None)
        amount = func.sum(columns.amount - columns.returned).label("amount")
        asked = _Open(order, unpaid & (columns.currency == currency), (amount,), ())
        rows = await self._of(asked, kind, records)
        owed = {owner: sum(int(row.amount) for row in some) for owner, some in rows.items()}
        accounts = {one.id: one.company_id or one.id for one in records}
        return {client: owed[account] for client, account in accounts.items() if account in owed}

    async def deals(self, kind: Owned, records: _Records) -> dict[UUID, tuple[OpenDeal, ...]]:
        columns = deal.c
        by = (columns.stage, columns.currency)
        amount = func.max(columns.amount).label("amount")
        is_open = (_plain(columns.state) == DealState.OPEN.value) & columns.archived_at.is_(None)
        asked = _Open(deal, is_open, (amount, *by), by)
        rows = await self._of(asked, kind, records)
        theirs = {
            owner: largest(OpenDeal(row.stage, row.amount, row.currency) for row in some)
            for owner, some in rows.items()
        }
        return {one: largest(some) for one, some in _with_firms(theirs, records).items()}

    async def tasks(
        self, kind: Owned, records: _Records, now: datetime, today: date
    ) -> dict[UUID, tuple[str, ...]]:
        by = (task.c.due_on, task.c.due_at)
        rows = await self._of(_Open(task, task.c.done_at.is_(None), by, by), kind, records)
        theirs = {
            owner: dues((OpenTask(date.fromordinal(row.due_on), row.due_at) for row in some), now, today)
            for owner, some in rows.items()
        }
        return {one: tuple(sorted(set(some))) for one, some in _with_firms(theirs, records).items()}

    async def last_talks(self, kind: Owned, records: _Records) -> dict[UUID, tuple[UUID, datetime]]:
        of, at = communication.c[f"{kind.value}_id"], communication.c.started_at
        talks = (communication.c.user_id.is_not(None), communication.c.duration_s > 0)
        query = select(of.label("owner"), communication.c.user_id, at).where(*talks)
        rows = await self._with_calls(query.order_by(at.desc(), communication.c.id.desc()), of, records)
        return {owner: (some[0].user_id, some[0].started_at) for owner, some in rows.items()}

    async def dids(self, kind: Owned, records: _Records) -> dict[UUID, str]:
        of = communication.c[f"{kind.value}_id"]
        query = select(of.label("owner"), communication.c.place)
        query = query.select_from(communication.join(call, call.c.id == communication.c.call_id))
        query = query.where(
            _plain(call.c.direction) == Direction.INBOUND.value, communication.c.place.is_not(None)
        )
        query = query.order_by(communication.c.started_at, communication.c.id)
        return {owner: some[0].place for owner, some in (await self._with_calls(query, of, records)).items()}

    async def _with_calls(self, query: Select[Any], of: ColumnElement[UUID], records: _Records) -> _Rows:
        return await self._rows(query, of, [one.id for one in records])

    async def _of(self, asked: "_Open", kind: Owned, records: _Records) -> _Rows:
        """As orders count: what names no company is its contact's company's too."""
        if kind is Owned.LEAD:
            return {}
        contacts = [one.id for one in records] if kind is Owned.CONTACT else []
        firms = _firms(records) if kind is Owned.CONTACT else {one.id for one in records}
        table, at_firm = asked.table, contact.c.company_id
        rolled = asked.by(at_firm).where(table.c.company_id.is_(None))
        rolled = rolled.select_from(table.join(contact, contact.c.id == table.c.contact_id))
        found = await self._rows(asked.by(table.c.contact_id), table.c.contact_id, contacts)
        for query, of in ((asked.by(table.c.company_id), table.c.company_id), (rolled, at_firm)):
            for owner, rows in (await self._rows(query, of, firms)).items():
                found.setdefault(owner, []).extend(rows)
        return found

    async def _rows(self, query: Select[Any], of: ColumnElement[UUID], ids: Collection[UUID]) -> _Rows:
        found: _Rows = {}
        for some in chunks(ids):
            for row in await self._connection.execute(query.where(of.in_(some))):
                found.setdefault(row.owner, []).append(row)
        return found


def _firms(records: _Records) -> set[UUID]:
    return {one.company_id for one in records if one.company_id}


def _with_firms(by_owner: Mapping[UUID, tuple[_Item, ...]], records: _Records) -> dict[UUID, list[_Item]]:
    """Of each record what is theirs and what is their company's."""
    found: dict[UUID, list[_Item]] = {}
    for one in records:
        firm = by_owner.get(one.company_id, ()) if one.company_id else ()
        if theirs := [*by_owner.get(one.id, ()), *firm]:
            found[one.id] = theirs
    return found


def _plain(column: Column[str]) -> ColumnElement[str]:
    """Not by an index: SQLite would take the one of all that is open, and the clients asked for are few."""
    return func.coalesce(column, "")
