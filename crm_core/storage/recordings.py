# SPDX-License-Identifier: Apache-2.0
"""The tables of recordings and of who listened."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.ids import new_id
from crm_core.domain.recording import Peaks, Recording, RecordingPause, RecordingState
from crm_core.storage import sql as dialect
from crm_core.storage.schema import call, recording, recording_pause, recording_play

_OLDEST = (recording.c.created_at, recording.c.source_name)
_NAMES = [field.name for field in fields(Recording)]


class SqlRecordings:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, recording_id: UUID) -> Recording | None:
        query = select(recording).where(recording.c.id == recording_id)
        row = (await self._connection.execute(query)).first()
        return recording_of(row) if row else None

    async def by_source(self, pbx: str, source_name: str) -> Recording | None:
        mine = (recording.c.pbx == pbx) & (recording.c.source_name == source_name)
        row = (await self._connection.execute(select(recording).where(mine))).first()
        return recording_of(row) if row else None

    async def of_calls(self, call_ids: Collection[UUID]) -> dict[UUID, list[Recording]]:
        found: dict[UUID, list[Recording]] = {}
        for some in dialect.chunks(call_ids):
            query = select(recording).where(recording.c.call_id.in_(some))
            for row in await self._connection.execute(query.order_by(*_OLDEST)):
                found.setdefault(row.call_id, []).append(recording_of(row))
        return found

    async def expect(self, new: Recording) -> bool:
        statement = dialect.insert(self._connection, recording).values(_row(new))
        same = statement.on_conflict_do_nothing(index_elements=["pbx", "source_name"])
        added = await self._connection.scalar(same.returning(recording.c.id))
        return added is not None

    async def save(self, changed: Recording) -> None:
        row = _row(changed)
        await self._connection.execute(update(recording).where(recording.c.id == row.pop("id")).values(row))

    async def repoint(self, call_id: UUID, into: UUID) -> None:
        await self._connection.execute(
            update(recording).where(recording.c.call_id == call_id).values(call_id=into)
        )

    async def overdue(self, pbx: str, ended_before: datetime, limit: int = 100) -> Sequence[Recording]:
        waited = (recording.c.state == RecordingState.WAITING) & (recording.c.pbx == pbx)
        query = select(recording).join(call, call.c.id == recording.c.call_id)
        old = waited & (call.c.ended_at < ended_before) & (recording.c.created_at < ended_before)
        rows = await self._connection.execute(query.where(old).order_by(recording.c.created_at).limit(limit))
        return [recording_of(row) for row in rows]

    async def kept_before(self, before: datetime, limit: int) -> Sequence[Recording]:
        made = func.coalesce(recording.c.started_at, recording.c.created_at)
        query = select(recording).where(recording.c.storage_key.is_not(None), made < before)
        rows = await self._connection.execute(query.order_by(made, recording.c.id).limit(limit))
        return [recording_of(row) for row in rows]

    async def add_pause(self, pause: RecordingPause) -> None:
        row = {field.name: getattr(pause, field.name) for field in fields(pause)}
        await self._connection.execute(insert(recording_pause).values(row))

    async def end_pauses(self, call_id: UUID, at: datetime) -> int:
        open_ = (recording_pause.c.call_id == call_id) & recording_pause.c.ended_at.is_(None)
        return (
            await self._connection.execute(update(recording_pause).where(open_).values(ended_at=at))
        ).rowcount

    async def pauses(self, call_ids: Collection[UUID]) -> dict[UUID, list[RecordingPause]]:
        found: dict[UUID, list[RecordingPause]] = {}
        for some in dialect.chunks(call_ids):
            query = select(recording_pause).where(recording_pause.c.call_id.in_(some))
            for row in await self._connection.execute(query.order_by(recording_pause.c.started_at)):
                found.setdefault(row.call_id, []).append(RecordingPause(**dialect.named(row)))
        return found

    async def add_play(self, recording_id: UUID, user_id: UUID, at: datetime, ip: str | None) -> None:
        row = {"id": new_id(at), "recording_id": recording_id, "user_id": user_id, "played_at": at, "ip": ip}
        await self._connection.execute(insert(recording_play).values(row))

    async def last_play(self, recording_id: UUID, user_id: UUID) -> datetime | None:
        mine = (recording_play.c.recording_id == recording_id) & (recording_play.c.user_id == user_id)
        played: datetime | None = await self._connection.scalar(
            select(func.max(recording_play.c.played_at)).where(mine)
        )
        return played


def _row(record: Recording) -> dict[str, Any]:
    peaks = record.peaks and {"client": list(record.peaks.client), "operator": list(record.peaks.operator)}
    return {name: getattr(record, name) for name in _NAMES} | {
        "peaks": peaks,
        "loudest": list(record.loudest),
    }


def recording_of(row: Row[Any]) -> Recording:
    values = {name: getattr(row, name) for name in _NAMES}
    return Recording(
        **values
        | {
            "state": RecordingState(row.state),
            "peaks": Peaks(**row.peaks) if row.peaks else None,
            "loudest": tuple(row.loudest or ()),
        }
    )
