# SPDX-License-Identifier: Apache-2.0
"""The table of absences."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.absence import Absence
from crm_core.domain.shallow import shallow
from crm_core.storage.schema import absence
from crm_core.storage.sql import named


class SqlAbsences:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, new: Absence) -> None:
        await self._connection.execute(insert(absence).values(shallow(new)))

    async def get(self, absence_id: UUID) -> Absence | None:
        row = (await self._connection.execute(select(absence).where(absence.c.id == absence_id))).first()
        return None if row is None else Absence(**named(row))

    async def cancel(self, absence_id: UUID, at: datetime) -> None:
        off = update(absence).where(absence.c.id == absence_id, absence.c.cancelled_at.is_(None))
        await self._connection.execute(off.values(cancelled_at=at))

    async def since(self, at: datetime) -> Sequence[Absence]:
        coming = (absence.c.ends_at > at) & absence.c.cancelled_at.is_(None)
        rows = await self._connection.execute(select(absence).where(coming).order_by(absence.c.starts_at))
        return [Absence(**named(row)) for row in rows]

    async def of_user(self, user_id: UUID) -> Sequence[Absence]:
        query = select(absence).where(absence.c.user_id == user_id).order_by(absence.c.starts_at.desc())
        return [Absence(**named(row)) for row in await self._connection.execute(query)]
