# SPDX-License-Identifier: Apache-2.0
"""The table `schedule`."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.errors import ConflictError
from crm_core.domain.routing.hours import Span
from crm_core.domain.schedule import Schedule
from crm_core.domain.shallow import shallow
from crm_core.storage.schema import own_number, schedule, user
from crm_core.storage.sql import named, upsert


class SqlSchedules:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> list[Schedule]:
        return [
            _schedule(row)
            for row in await self._connection.execute(select(schedule).order_by(schedule.c.name))
        ]

    async def save(self, saved: Schedule) -> None:
        row = shallow(saved) | {"holidays": sorted(saved.holidays)}
        try:
            await upsert(self._connection, schedule, [row])
        except IntegrityError as error:
            raise ConflictError("other opening hours have this name") from error

    async def remove(self, schedule_id: UUID) -> None:
        freed = update(own_number).where(own_number.c.schedule_id == schedule_id).values(schedule_id=None)
        await self._connection.execute(freed)
        left = update(user).where(user.c.schedule_id == schedule_id).values(schedule_id=None)
        await self._connection.execute(left)
        await self._connection.execute(delete(schedule).where(schedule.c.id == schedule_id))


def _schedule(row: Row[Any]) -> Schedule:
    kept = named(row)
    return Schedule(
        **{
            **kept,
            "days": tuple(map(_spans, kept["days"])),
            "holidays": frozenset(kept["holidays"]),
            "special": tuple((day, _spans(spans)) for day, spans in kept["special"]),
        }
    )


def _spans(kept: list[list[int]]) -> tuple[Span, ...]:
    return tuple((start, end) for start, end in kept)
