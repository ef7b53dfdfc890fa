# SPDX-License-Identifier: Apache-2.0
"""The table of communications, and timelines read from it."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call_history import Cursor, TimelineItem
from crm_core.domain.communication import Communication
from crm_core.storage import sql as dialect
from crm_core.storage.call_writes import communication_of
from crm_core.storage.calls import SqlCalls
from crm_core.storage.paging import after_row
from crm_core.storage.schema import communication, contact, user

_COLUMNS = [column.name for column in communication.c]


class SqlCommunications:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._calls = SqlCalls(connection)

    async def hold(self, communication_id: UUID) -> None:
        await dialect.hold_rows(self._connection, communication.c.id, [communication_id])

    async def get(self, communication_id: UUID) -> Communication | None:
        query = select(communication).where(communication.c.id == communication_id)
        row = (await self._connection.execute(query)).first()
        return communication_of({name: getattr(row, name) for name in _COLUMNS}) if row else None

    async def save(self, changed: Communication) -> None:
        await dialect.upsert(self._connection, communication, [asdict(changed)])

    async def remove(self, communication_id: UUID) -> None:
        await self._connection.execute(delete(communication).where(communication.c.id == communication_id))

    async def move(self, lead_id: UUID, *, contact_id: UUID, company_id: UUID | None) -> Sequence[UUID]:
        moved = update(communication).where(communication.c.lead_id == lead_id)
        moved = moved.values(contact_id=contact_id, company_id=company_id, in_statistics=True)
        return (await self._connection.scalars(moved.returning(communication.c.id))).all()

    async def move_back(self, lead_id: UUID, contact_id: UUID | None) -> Sequence[UUID]:
        its = (communication.c.lead_id == lead_id) & communication.c.contact_id.is_not_distinct_from(
            contact_id
        )
        back = update(communication).where(its).values(contact_id=None, company_id=None, in_statistics=True)
        return (await self._connection.scalars(back.returning(communication.c.id))).all()

    async def count_in(self, lead_id: UUID, *, in_statistics: bool) -> Sequence[UUID]:
        mine = update(communication).where(communication.c.lead_id == lead_id)
        changed = mine.values(in_statistics=in_statistics).returning(communication.c.id)
        return (await self._connection.scalars(changed)).all()

    async def unchosen(self, e164s: Collection[str], limit: int) -> Sequence[TimelineItem]:
        if not e164s:
            return ()
        owners = (communication.c.contact_id, communication.c.company_id, communication.c.lead_id)
        query = _with_names().where(communication.c.e164.in_(list(e164s)), *(one.is_(None) for one in owners))
        query = query.order_by(communication.c.started_at.desc(), communication.c.id.desc()).limit(limit)
        return await self._items((await self._connection.execute(query)).all())

    async def timeline(
        self,
        *,
        contact_id: UUID | None = None,
        company_id: UUID | None = None,
        lead_id: UUID | None = None,
        after: Cursor | None = None,
        limit: int = 30,
    ) -> Sequence[TimelineItem]:
        whose = {"contact_id": contact_id, "company_id": company_id, "lead_id": lead_id}
        query = _with_names().where(
            *(communication.c[name] == value for name, value in whose.items() if value)
        )
        if after:
            query = query.where(after_row(communication.c.started_at, communication.c.id, after))
        query = query.order_by(communication.c.started_at.desc(), communication.c.id.desc()).limit(limit)
        return await self._items((await self._connection.execute(query)).all())

    async def _items(self, rows: Sequence[Row[Any]]) -> list[TimelineItem]:
        call_ids = [row.call_id for row in rows if row.call_id]
        calls = await self._calls.rows(call_ids)
        legs = await self._calls.legs(call_ids)
        return [
            TimelineItem(
                communication=communication_of({name: getattr(row, name) for name in _COLUMNS}),
                user=row.user_name,
                contact=row.contact_name,
                call=calls.get(row.call_id),
                legs=legs.get(row.call_id, ()),
            )
            for row in rows
        ]


def _with_names() -> Select[Any]:
    tables = communication.outerjoin(user, user.c.id == communication.c.user_id)
    tables = tables.outerjoin(contact, contact.c.id == communication.c.contact_id)
    names = (user.c.name.label("user_name"), contact.c.name.label("contact_name"))
    return select(*communication.c, *names).select_from(tables)
