# SPDX-License-Identifier: Apache-2.0
"""What somebody may see of calls and communications, newest first: narrow scans in order, put together.

One condition with an OR over legs and managers would be asked of every row, back to the first, until a page is full.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Select,
    and_,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call_history import Cursor
from crm_core.storage.paging import after_row
from crm_core.storage.schema import call, call_leg, communication, company, contact

FEW = 2000  # communications with somebody's clients that are sorted sooner than looked for among all


@dataclass(frozen=True, slots=True)
class Log:
    """Rows that began at a time. A call and its communication have one id."""

    at: Column[Any]
    id: Column[Any]
    tables: FromClause  # with the client's contact and company beside each row


def _with_clients(tables: FromClause) -> FromClause:
    return tables.outerjoin(contact, contact.c.id == communication.c.contact_id).outerjoin(
        company, company.c.id == communication.c.company_id
    )


CALLS = Log(
    call.c.started_at,
    call.c.id,
    _with_clients(call.outerjoin(communication, communication.c.call_id == call.c.id)),
)
COMMUNICATIONS = Log(communication.c.started_at, communication.c.id, _with_clients(communication))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A page of a log."""

    log: Log
    narrowed: Sequence[ColumnElement[bool]]
    since: datetime | None
    until: datetime | None
    after: Cursor | None
    limit: int

    def newest(self, *columns: Any) -> Select[Any]:
        return self.in_order(select(*(columns or (self.log.id,))), self.log.at, self.log.id)

    def in_order(self, query: Select[Any], at: Column[Any], row_id: Column[Any]) -> Select[Any]:
        """By the index over these two, which begins where the page does."""
        query = query.where(*self.narrowed).order_by(at.desc(), row_id.desc()).limit(self.limit)
        if self.since:
            query = query.where(at >= self.since)
        if self.until:
            query = query.where(at < self.until)
        return query.where(after_row(at, row_id, self.after)) if self.after else query

    def among(self, query: Select[Any], branches: Sequence[Select[Any]]) -> Select[Any]:
        """The newest that one of the branches found, each of which is in order and no longer than the page."""
        found = union_all(*(select(branch.subquery().c.id) for branch in branches))
        query = query.where(self.log.id.in_(select(found.subquery().c.id)))
        return query.order_by(self.log.at.desc(), self.log.id.desc()).limit(self.limit)


def took_part(asked: Asked, user_id: UUID) -> Select[Any]:
    """By the index over their legs, which has the call's time."""
    leg, log_id = call_leg.c, asked.log.id
    mine = select(leg.call_id.label("id"), leg.call_started_at).distinct()
    mine = mine.select_from(call_leg.join(log_id.table, log_id == leg.call_id)).where(leg.user_id == user_id)
    return asked.in_order(mine, leg.call_started_at, leg.call_id)


def had(asked: Asked, user_id: UUID) -> Select[Any]:
    """Communications that say so themselves."""
    return asked.newest().where(communication.c.user_id == user_id)


async def with_clients_of(connection: AsyncConnection, asked: Asked, manager: UUID) -> Select[Any]:
    """A contact's manager, else their company's; as many as there may be, both ways look at some thousands of rows."""
    some = _communications_with(manager, literal_column("1").label("one")).limit(FEW).subquery()
    newest = asked.newest()
    if (await connection.scalar(select(func.count()).select_from(some)) or 0) < FEW:
        return newest.where(asked.log.id.in_(_communications_with(manager, communication.c.id)))
    managed = or_(
        contact.c.manager_id == manager,
        and_(contact.c.manager_id.is_(None), company.c.manager_id == manager),
    )
    return newest.select_from(asked.log.tables).where(managed)


def _communications_with(manager: UUID, told: ColumnElement[Any]) -> Any:
    of_contacts = select(told).select_from(communication)
    of_contacts = of_contacts.join(contact, contact.c.id == communication.c.contact_id)
    of_companies = select(told).select_from(communication)
    of_companies = of_companies.join(company, company.c.id == communication.c.company_id)
    somebodys = contact.c.manager_id.is_not(None)
    nobodys = ~select(contact.c.id).where(contact.c.id == communication.c.contact_id, somebodys).exists()
    return union_all(
        of_contacts.where(contact.c.manager_id == manager),
        of_companies.where(company.c.manager_id == manager, nobodys),
    )
