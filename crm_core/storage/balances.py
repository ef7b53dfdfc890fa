# SPDX-License-Identifier: Apache-2.0
"""The tables `balance` and `balance_finding`, and the day's calls and files as the balance reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.balance import DayBalance, Finding, FindingKind, FindingState, Found
from crm_core.domain.call import Call
from crm_core.domain.call_history import KeptCall
from crm_core.domain.recording import Recording
from crm_core.storage import sql as dialect
from crm_core.storage.call_rows import kept_call
from crm_core.storage.calls import SqlCalls
from crm_core.storage.recordings import SqlRecordings, recording_of
from crm_core.storage.schema import balance, balance_finding, call, recording

_DAY = [field.name for field in fields(DayBalance)]
_FOUND = ("kind", "subject", "pbx", "call_id", "recording_id", "at", "facts")
_KEPT = ("id", "day", "state", "actor", "note", "settled_at")


class SqlBalances:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def calls(self, since: datetime, until: datetime, after: UUID | None, limit: int) -> Sequence[Call]:
        then = (call.c.started_at >= since) & (call.c.started_at < until) & call.c.merged_into.is_(None)
        query = select(call).where(then, call.c.id > after if after else call.c.id.is_not(None))
        rows = await self._connection.execute(query.order_by(call.c.id).limit(limit))
        return [kept_call(row, (), (), ()).call for row in rows]

    async def orphans(self, since: datetime, until: datetime) -> Sequence[Recording]:
        came = (recording.c.created_at >= since) & (recording.c.created_at < until)
        query = select(recording).where(came, recording.c.call_id.is_(None)).order_by(recording.c.created_at)
        return [recording_of(row) for row in await self._connection.execute(query)]

    async def near(self, pbx: str, since: datetime, until: datetime, limit: int = 50) -> Sequence[KeptCall]:
        then = (call.c.started_at >= since) & (call.c.started_at < until) & call.c.merged_into.is_(None)
        query = select(call).where(call.c.pbx == pbx, then).order_by(call.c.started_at.desc()).limit(limit)
        rows = (await self._connection.execute(query)).all()
        ids = [row.id for row in rows]
        legs = await SqlCalls(self._connection).legs(ids)
        recordings = await SqlRecordings(self._connection).of_calls(ids)
        names = {of: [one.source_name for one in some] for of, some in recordings.items()}
        return [kept_call(row, (), legs.get(row.id, ()), names.get(row.id, ())) for row in rows]

    async def recorded_boots(self, since: datetime, until: datetime) -> frozenset[tuple[str, str]]:
        then = (call.c.started_at >= since) & (call.c.started_at < until)
        query = select(call.c.pbx, call.c.boot).join(recording, recording.c.call_id == call.c.id)
        return frozenset(
            (row.pbx, row.boot) for row in await self._connection.execute(query.where(then).distinct())
        )

    async def save(self, day: DayBalance) -> None:
        await dialect.upsert(self._connection, balance, [{name: getattr(day, name) for name in _DAY}])

    async def save_finding(self, finding: Finding) -> None:
        row = {name: getattr(finding.found, name) for name in _FOUND}
        row |= {name: getattr(finding, name) for name in _KEPT}
        await dialect.upsert(self._connection, balance_finding, [row])

    async def finding(self, finding_id: UUID) -> Finding | None:
        found = await self._findings(select(balance_finding).where(balance_finding.c.id == finding_id))
        return found[0] if found else None

    async def findings(self, day: str) -> Sequence[Finding]:
        return await self._findings(select(balance_finding).where(balance_finding.c.day == day))

    async def of_call(self, call_id: UUID) -> Sequence[Finding]:
        mine = (balance_finding.c.call_id == call_id) & (balance_finding.c.state == FindingState.OPEN)
        return await self._findings(select(balance_finding).where(mine))

    async def days(self, limit: int) -> Sequence[DayBalance]:
        rows = await self._connection.execute(select(balance).order_by(balance.c.day.desc()).limit(limit))
        return [DayBalance(**dialect.named(row)) for row in rows]

    async def counts(self, days: Sequence[str]) -> Mapping[str, Mapping[FindingState, int]]:
        columns = (balance_finding.c.day, balance_finding.c.state)
        query = select(*columns, func.count().label("n")).where(balance_finding.c.day.in_(days))
        found: dict[str, dict[FindingState, int]] = {}
        for row in await self._connection.execute(query.group_by(*columns)):
            found.setdefault(row.day, {})[FindingState(row.state)] = row.n
        return found

    async def open_count(self) -> int:
        query = select(func.count()).where(balance_finding.c.state == FindingState.OPEN)
        return await self._connection.scalar(query) or 0

    async def _findings(self, query: Select[Any]) -> list[Finding]:
        rows = await self._connection.execute(query.order_by(balance_finding.c.at, balance_finding.c.id))
        return sorted((_finding(row) for row in rows), key=lambda one: one.state is not FindingState.OPEN)


def _finding(row: Row[Any]) -> Finding:
    found = {name: getattr(row, name) for name in _FOUND} | {"kind": FindingKind(row.kind)}
    kept = {name: getattr(row, name) for name in _KEPT} | {"state": FindingState(row.state)}
    return Finding(found=Found(**found), **kept)
