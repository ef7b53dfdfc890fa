# SPDX-License-Identifier: Apache-2.0
"""The table `deal`."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.client import ClientKind
from crm_core.domain.deal import Deal, DealState
from crm_core.domain.money import from_minor, to_minor
from crm_core.domain.shallow import shallow
from crm_core.storage import search
from crm_core.storage.orders import belongs
from crm_core.storage.schema_deals import deal
from crm_core.storage.sql import hold_rows, named, upsert

IS_OPEN: Final = (deal.c.state == DealState.OPEN.value) & deal.c.archived_at.is_(None)
NEVER: Final = date.max.toordinal()  # no day was said


class SqlDeals:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._unwritten: set[UUID] = set()

    async def hold(self, deal_id: UUID) -> None:
        await hold_rows(self._connection, deal.c.id, [deal_id])

    async def get(self, deal_id: UUID) -> Deal | None:
        row = (await self._connection.execute(select(deal).where(deal.c.id == deal_id))).first()
        return None if row is None else deal_of(row)

    async def save(self, one: Deal) -> None:
        day = NEVER if one.expected_on is None else one.expected_on.toordinal()
        row = shallow(one) | {"amount": to_minor(one.amount, one.currency), "expected_on": day}
        await upsert(self._connection, deal, [row])
        self._unwritten.add(one.id)

    async def write_search_text(self) -> None:
        """Once for each transaction (SqlTx.flush)."""
        await search.write_deals(self._connection, self._unwritten)

    async def of_client(self, kind: ClientKind, client_id: UUID, limit: int = 20) -> Sequence[Deal]:
        closed_last = case((deal.c.state == DealState.OPEN.value, 0), else_=1)
        when = case((deal.c.state == DealState.OPEN.value, deal.c.expected_on), else_=0)
        query = select(deal).where(belongs(deal, kind, client_id), deal.c.archived_at.is_(None))
        query = query.order_by(closed_last, when, deal.c.closed_at.desc(), deal.c.id.desc()).limit(limit)
        return [deal_of(row) for row in await self._connection.execute(query)]

    async def open_sums(self, kind: ClientKind, client_id: UUID) -> Mapping[str, Decimal]:
        total = func.sum(deal.c.amount).label("total")
        query = select(deal.c.currency, total).group_by(deal.c.currency).order_by(deal.c.currency)
        query = query.where(belongs(deal, kind, client_id), IS_OPEN)
        rows = await self._connection.execute(query)
        return {row.currency: from_minor(int(row.total), row.currency) for row in rows}


def deal_of(row: Row[Any]) -> Deal:
    told = {
        "amount": from_minor(row.amount, row.currency),
        "expected_on": None if row.expected_on == NEVER else date.fromordinal(row.expected_on),
        "state": DealState(row.state),
    }
    return Deal(**{**named(row), **told})
