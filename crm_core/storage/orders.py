# SPDX-License-Identifier: Apache-2.0
"""The tables `customer_order` and `turnover_day`."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, and_, delete, func, insert, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.client import ClientKind
from crm_core.domain.money import from_minor, to_minor
from crm_core.domain.order import Order, OrderStatus
from crm_core.domain.shallow import shallow
from crm_core.domain.turnover import Span, TurnoverEntry, Window, spans, together
from crm_core.storage.directory_turnover import of_companies
from crm_core.storage.schema import contact, order, turnover_day
from crm_core.storage.sql import chunks, named, upsert


class SqlOrders:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def by_numbers(self, numbers: Collection[str]) -> dict[str, Order]:
        found: dict[str, Order] = {}
        for some in chunks(set(numbers)):
            for row in await self._connection.execute(select(order).where(order.c.number.in_(some))):
                found[row.number] = order_of(row)
        return found

    async def order(self, order_id: UUID) -> Order | None:
        row = (await self._connection.execute(select(order).where(order.c.id == order_id))).first()
        return None if row is None else order_of(row)

    async def of_client(self, kind: ClientKind, client_id: UUID, limit: int = 50) -> list[Order]:
        query = select(order).where(belongs(order, kind, client_id))
        query = query.order_by(order.c.ordered_at.desc(), order.c.id.desc()).limit(limit)
        return [order_of(row) for row in await self._connection.execute(query)]

    async def save(self, orders: Sequence[Order], entries: Sequence[TurnoverEntry]) -> None:
        await upsert(self._connection, order, [_row(one) for one in orders])
        for ids in chunks([one.id for one in orders]):
            await self._connection.execute(delete(turnover_day).where(turnover_day.c.order_id.in_(ids)))
        if entries:
            await self._connection.execute(insert(turnover_day), [_entry_row(entry) for entry in entries])

    async def turnover(
        self, kind: ClientKind, client_id: UUID, window: Window, today: date, currency: str
    ) -> Decimal:
        mine = belongs(turnover_day, kind, client_id) & (turnover_day.c.currency == currency)
        sums = [await self._sum(mine & _within(span)) for span in spans(window, today)]
        return from_minor(max(sums), currency)

    async def of_companies(
        self, ids: Collection[UUID], today: date, currency: str
    ) -> dict[UUID, dict[Window, Decimal]]:
        found: dict[UUID, dict[Window, Decimal]] = {}
        for some in chunks(ids):
            for one, sums in (await of_companies(self._connection, some, today, currency)).items():
                amounts = {window: from_minor(units, currency) for window, units in sums.items()}
                found[one] = together([amounts])
        return found

    async def turnover_days(
        self, kind: ClientKind, client_id: UUID, currency: str, since: date | None = None
    ) -> list[tuple[date, Decimal]]:
        mine = belongs(turnover_day, kind, client_id) & (turnover_day.c.currency == currency)
        total = func.sum(turnover_day.c.amount).label("total")
        query = select(turnover_day.c.day, total).where(mine, _within(Span(since, None)))
        rows = await self._connection.execute(query.group_by(turnover_day.c.day).order_by(turnover_day.c.day))
        return [(date.fromordinal(row.day), from_minor(int(row.total), currency)) for row in rows]

    async def all_entries(self, currency: str, since: date | None = None) -> AsyncIterator[TurnoverEntry]:
        rolled_up = func.coalesce(turnover_day.c.company_id, contact.c.company_id).label("company")
        query = select(turnover_day, rolled_up).select_from(turnover_day.outerjoin(contact))
        query = query.where(turnover_day.c.currency == currency, _within(Span(since, None)))
        async with self._connection.stream(query) as rows:
            async for row in rows:
                yield TurnoverEntry(
                    order_id=row.order_id,
                    contact_id=row.contact_id,
                    company_id=row.company,
                    day=date.fromordinal(row.day),
                    amount=from_minor(row.amount, currency),
                    currency=currency,
                )

    async def all_orders(self, batch: int = 1000) -> AsyncIterator[list[Order]]:
        query = select(order).order_by(order.c.id).limit(batch)
        last: UUID | None = None
        while True:
            here = query if last is None else query.where(order.c.id > last)
            found = [order_of(row) for row in await self._connection.execute(here)]
            if not found:
                return
            yield found
            last = found[-1].id

    async def _sum(self, where: ColumnElement[bool]) -> int:
        return int(await self._connection.scalar(select(func.sum(turnover_day.c.amount)).where(where)) or 0)


def belongs(table: Table, kind: ClientKind, client_id: UUID) -> ColumnElement[bool]:
    """A company's are those that name it, and those of its contacts that name no company."""
    if kind is ClientKind.CONTACT:
        return table.c.contact_id == client_id
    key = "id" if "id" in table.c else "order_id"
    one = table.alias()
    # Said so, because SQLite would look 'company_id IS NULL' up in its index, and find nearly every row.
    names_none = func.coalesce(one.c.company_id, one.c.contact_id) == one.c.contact_id
    of_contacts = one.join(contact, and_(contact.c.id == one.c.contact_id, contact.c.company_id == client_id))
    # Two looks into an index; for an 'or' PostgreSQL reads the whole table.
    return table.c[key].in_(
        union_all(
            select(one.c[key]).where(one.c.company_id == client_id),
            select(one.c[key]).select_from(of_contacts).where(names_none),
        )
    )


def _within(span: Span) -> ColumnElement[bool]:
    first = span.first.toordinal() if span.first else 0
    last = span.last.toordinal() if span.last else date.max.toordinal()
    return turnover_day.c.day.between(first, last)


def _row(one: Order) -> dict[str, Any]:
    amounts = {name: to_minor(getattr(one, name), one.currency) for name in ("amount", "returned")}
    return shallow(one) | amounts


def _entry_row(entry: TurnoverEntry) -> dict[str, Any]:
    return shallow(entry) | {"day": entry.day.toordinal(), "amount": to_minor(entry.amount, entry.currency)}


def order_of(row: Row[Any]) -> Order:
    amounts = {name: from_minor(named(row)[name], row.currency) for name in ("amount", "returned")}
    return Order(**{**named(row), **amounts, "status": OrderStatus(row.status)})
