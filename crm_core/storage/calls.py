# SPDX-License-Identifier: Apache-2.0
"""The tables of calls, their linkedids and legs."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call import Call, TalkSegment
from crm_core.domain.call_history import CallFilter, CallRow, Cursor, KeptCall, KeptLeg, Recalled
from crm_core.domain.communication import Communication
from crm_core.domain.witness import WitnessState
from crm_core.storage import call_list, call_writes
from crm_core.storage import sql as dialect
from crm_core.storage.call_rows import by_call, kept_call, talk_segment
from crm_core.storage.recordings import SqlRecordings
from crm_core.storage.schema import call, call_leg, call_linkedid, recording, recording_pause, witness
from crm_core.storage.surveys import SqlSurveys


class SqlCalls:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._recordings = SqlRecordings(connection)
        self._surveys = SqlSurveys(connection)

    async def recall(self, told: Call, e164: str | None) -> Recalled:
        return await call_writes.recall(self._connection, told, e164)

    async def keep(self, kept: KeptCall, communication: Communication | None) -> None:
        await call_writes.keep(self._connection, kept, communication)

    async def merge(self, younger: UUID, into: UUID) -> None:
        for table in (call_linkedid, recording, recording_pause, witness):
            await self._connection.execute(
                update(table).where(table.c.call_id == younger).values(call_id=into)
            )
        await self._surveys.join(younger, into)
        pointed = (call.c.id == younger) | (call.c.merged_into == younger)
        await self._connection.execute(
            update(call).where(pointed, call.c.id != into).values(merged_into=into)
        )

    async def get(self, call_id: UUID) -> KeptCall | None:
        row = (await self._connection.execute(select(call).where(call.c.id == call_id))).first()
        if row and row.merged_into:
            row = (await self._connection.execute(select(call).where(call.c.id == row.merged_into))).first()
        if row is None:
            return None
        linkedids = select(call_linkedid.c.linkedid).where(call_linkedid.c.call_id == row.id)
        names = select(recording.c.source_name).where(recording.c.call_id == row.id)
        return kept_call(
            row,
            (await self._connection.scalars(linkedids.order_by(call_linkedid.c.linkedid))).all(),
            (await self.legs([row.id])).get(row.id, ()),
            (await self._connection.scalars(names.order_by(recording.c.created_at))).all(),
        )

    async def by_linkedid(self, pbx: str, linkedid: str) -> KeptCall | None:
        mine = (call_linkedid.c.pbx == pbx) & (call_linkedid.c.linkedid == linkedid)
        query = select(call.c.id).join(call_linkedid).where(mine).order_by(call.c.id.desc()).limit(1)
        call_id = await self._connection.scalar(query)
        return await self.get(call_id) if call_id else None

    async def legs(self, call_ids: Collection[UUID]) -> dict[UUID, tuple[KeptLeg, ...]]:
        found: dict[UUID, tuple[KeptLeg, ...]] = {}
        for some in dialect.chunks(call_ids):
            query = select(call_leg).where(call_leg.c.call_id.in_(some))
            rows = await self._connection.execute(query.order_by(call_leg.c.call_id, call_leg.c.position))
            found |= by_call(rows.all())
        return found

    async def row(self, call_id: UUID) -> CallRow | None:
        return (await self.rows([call_id])).get(call_id)

    async def rows(self, call_ids: Collection[UUID]) -> dict[UUID, CallRow]:
        found: dict[UUID, CallRow] = {}
        for some in dialect.chunks(call_ids):
            found |= {row.id: row for row in await self._rows(call_list.query().where(call.c.id.in_(some)))}
        return found | await self._heard([row for row in found.values() if row.recordings])

    async def _heard(self, recorded: Sequence[CallRow]) -> dict[UUID, CallRow]:
        """With what a player shows: who talked when, and where the recording was paused."""
        ids = [row.id for row in recorded]
        pauses, talks = await self._recordings.pauses(ids), dict[UUID, Sequence[TalkSegment]]()
        for some in dialect.chunks(ids):
            query = select(call.c.id, call.c.talks).where(call.c.id.in_(some))
            for row in await self._connection.execute(query):
                talks[row.id] = [talk_segment(one) for one in row.talks]
        return {
            row.id: replace(row, talks=tuple(talks[row.id]), pauses=tuple(pauses.get(row.id, ())))
            for row in recorded
        }

    async def page(self, which: CallFilter, after: Cursor | None, limit: int) -> Sequence[CallRow]:
        return await self._rows(await call_list.page(self._connection, which, after, limit))

    async def unfinished(self, pbx: str, before: datetime) -> Sequence[UUID]:
        open_ = (call.c.pbx == pbx) & call.c.ended_at.is_(None) & call.c.merged_into.is_(None)
        query = select(call.c.id).where(open_, call.c.started_at < before).order_by(call.c.started_at)
        return (await self._connection.scalars(query)).all()

    async def _rows(self, query: call_list.Query) -> list[CallRow]:
        rows = (await self._connection.execute(query)).all()
        ids = [row.id for row in rows]
        recordings, corrected = await self._recordings.of_calls(ids), await self._corrected(ids)
        answers = await self._surveys.of_calls(ids)
        found = [call_list.call_row(row, recordings.get(row.id, ()), answers.get(row.id, ())) for row in rows]
        return [replace(one, corrected=True) if one.id in corrected else one for one in found]

    async def _corrected(self, call_ids: Collection[UUID]) -> set[UUID]:
        """Those that the second witness put right."""
        found: set[UUID] = set()
        for some in dialect.chunks(call_ids):
            right = (witness.c.call_id.in_(some)) & (witness.c.state == WitnessState.CORRECTED.value)
            found |= set((await self._connection.scalars(select(witness.c.call_id).where(right))).all())
        return found
