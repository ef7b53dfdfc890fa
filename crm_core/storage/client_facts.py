# SPDX-License-Identifier: Apache-2.0
"""Tags, debts, open deals and tasks, and calls of many clients at once, each of them with their company's."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call import Direction
from crm_core.domain.client import ClientKind
from crm_core.domain.deal import DealState
from crm_core.domain.open_items import OpenDeal, OpenTask
from crm_core.domain.order import OrderStatus
from crm_core.domain.sharing import Owned, OwnedRecord
from crm_core.storage.schema import call, communication, contact, order
from crm_core.storage.schema_deals import deal, task
from crm_core.storage.sql import chunks
from crm_core.storage.tags import tags_of

_Rows = dict[UUID, list[Row[Any]]]  # by contact and by company
_Records = Sequence[OwnedRecord]


class SqlClientFacts:
    """Implements ports.client_facts.ClientFacts. As many queries for one client as for some hundreds."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def tags(self, kind: Owned, records: _Records) -> dict[UUID, tuple[str, ...]]:
        if kind is Owned.LEAD:
            return {}
        own = await tags_of(self._connection, ClientKind(kind.value), [one.id for one in records])
        of_firms = await tags_of(self._connection, ClientKind.COMPANY, _firms(records))
        tags = {one.id: {*own[one.id], *_of_firm(of_firms, one)} for one in records}
        return {client: tuple(sorted(theirs)) for client, theirs in tags.items() if theirs}

    async def debts(self, kind: Owned, records: _Records, currency: str) -> dict[UUID, int]:
        columns = order.c
        unpaid = (columns.status == OrderStatus.SHIPPED.value) & columns.paid_at.is_(None)
        rows = await self._of(order, unpaid & (columns.currency == currency), kind, records)
        owed = {owner: sum(int(row.amount - row.returned) for row in some) for owner, some in rows.items()}
        accounts = {one.id: one.company_id or one.id for one in records}
        return {client: owed[account] for client, account in accounts.items() if account in owed}

    async def deals(self, kind: Owned, records: _Records) -> dict[UUID, list[OpenDeal]]:
        rows = await self._of(deal, deal.c.state == DealState.OPEN.value, kind, records)
        return {
            client: [OpenDeal(row.stage, row.amount, row.currency) for row in some]
            for client, some in _with_firms(rows, records).items()
        }

    async def tasks(self, kind: Owned, records: _Records) -> dict[UUID, list[OpenTask]]:
        rows = await self._of(task, task.c.done_at.is_(None), kind, records)
        return {
            client: [OpenTask(date.fromordinal(row.due_on), row.due_at) for row in some]
            for client, some in _with_firms(rows, records).items()
        }

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
        query = query.where(call.c.direction == Direction.INBOUND.value, communication.c.place.is_not(None))
        query = query.order_by(communication.c.started_at, communication.c.id)
        return {owner: some[0].place for owner, some in (await self._with_calls(query, of, records)).items()}

    async def _with_calls(self, query: Select[Any], of: ColumnElement[UUID], records: _Records) -> _Rows:
        return await self._rows(query, of, [one.id for one in records])

    async def _of(self, table: Table, is_open: ColumnElement[bool], kind: Owned, records: _Records) -> _Rows:
        """As orders count: what names no company is its contact's company's too."""
        if kind is Owned.LEAD:
            return {}
        contacts = [one.id for one in records] if kind is Owned.CONTACT else []
        firms = _firms(records) if kind is Owned.CONTACT else {one.id for one in records}
        at_firm = contact.c.company_id
        own = select(table.c.contact_id.label("owner"), table).where(is_open)
        firm = select(table.c.company_id.label("owner"), table).where(is_open)
        rolled = select(at_firm.label("owner"), table).where(is_open, table.c.company_id.is_(None))
        rolled = rolled.select_from(table.join(contact, contact.c.id == table.c.contact_id))
        found = await self._rows(own, table.c.contact_id, contacts)
        for query, of in ((firm, table.c.company_id), (rolled, at_firm)):
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


def _of_firm(of_firms: Mapping[UUID, tuple[str, ...]], one: OwnedRecord) -> tuple[str, ...]:
    return of_firms.get(one.company_id, ()) if one.company_id else ()


def _with_firms(rows: _Rows, records: _Records) -> _Rows:
    """Of each record what is theirs and what is their company's, each once."""
    found: _Rows = {}
    for one in records:
        owners = [owner for owner in (one.id, one.company_id) if owner in rows]
        if owners:
            theirs = {row.id: row for owner in owners for row in rows[owner]}
            found[one.id] = list(theirs.values())
    return found
