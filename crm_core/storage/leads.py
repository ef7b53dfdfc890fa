# SPDX-License-Identifier: Apache-2.0
"""The table of leads."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call_history import Cursor
from crm_core.domain.errors import ConflictError
from crm_core.domain.lead import SET_ASIDE, Lead, LeadStatus
from crm_core.domain.narrowed import LeadFilter
from crm_core.storage import sql as dialect
from crm_core.storage.paging import after_row
from crm_core.storage.schema import lead
from crm_core.storage.sql import named


class SqlLeads:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, lead_id: UUID) -> Lead | None:
        row = (await self._connection.execute(select(lead).where(lead.c.id == lead_id))).first()
        return _lead(row) if row else None

    async def of_number(self, e164: str) -> Lead | None:
        living = lead.c.status.in_([LeadStatus.OPEN, *sorted(SET_ASIDE)])
        first = case((lead.c.status == LeadStatus.OPEN, 0), else_=1)
        query = select(lead).where(lead.c.e164 == e164, living).order_by(first, lead.c.updated_at.desc())
        row = (await self._connection.execute(query.limit(1))).first()
        return _lead(row) if row else None

    async def add(self, new: Lead) -> Lead:
        statement = dialect.insert(self._connection, lead).values(asdict(new))
        one_open = statement.on_conflict_do_nothing(
            index_elements=["e164"], index_where=text("status = 'open'")
        )
        kept = select(lead).where(lead.c.e164 == new.e164, lead.c.status == LeadStatus.OPEN)
        while True:  # the one that was in our way may be settled before we read it
            await self._connection.execute(one_open)
            if row := (await self._connection.execute(kept)).first():
                return _lead(row)

    async def save(self, changed: Lead) -> None:
        row = asdict(changed)
        try:
            await self._connection.execute(update(lead).where(lead.c.id == row.pop("id")).values(row))
        except IntegrityError as error:
            raise ConflictError("another open lead has this number") from error

    async def page(self, which: LeadFilter, after: Cursor | None, limit: int) -> Sequence[Lead]:
        query = select(lead).order_by(lead.c.created_at.desc(), lead.c.id.desc()).limit(limit)
        if which.status:
            query = query.where(lead.c.status == which.status)
        if which.manager_id:
            query = query.where(lead.c.manager_id == which.manager_id)
        if which.without_manager:
            query = query.where(lead.c.manager_id.is_(None))
        if after:
            query = query.where(after_row(lead.c.created_at, lead.c.id, after))
        return [_lead(row) for row in await self._connection.execute(query)]


def _lead(row: Row[Any]) -> Lead:
    return Lead(**{**named(row), "status": LeadStatus(row.status)})
