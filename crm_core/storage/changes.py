# SPDX-License-Identifier: Apache-2.0
"""The table `change`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.audit import Change
from crm_core.storage.schema import change
from crm_core.storage.sql import Lock, lock_until_commit
from crm_core.storage.statements import Statement, run

_VALUES = {name: bindparam(name, type_=change.c[name].type) for name in ("kind", "id", "at")}
_ADD = Statement(lambda insert: insert(change).values(_VALUES).returning(change.c.seq))


class SqlChanges:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._noted: dict[tuple[str, UUID], datetime] = {}

    def add(self, kind: str, record_id: UUID, at: datetime) -> None:
        self._noted[kind, record_id] = at

    async def write(self) -> list[Change]:
        if not self._noted:
            return []
        # PostgreSQL gives out a sequence's numbers before the commit. Held from just before they are given until the
        # commit, this lock makes them visible in order; rows are written last, so nothing else is waited for under it.
        await lock_until_commit(self._connection, Lock.CHANGES)
        noted = [Change(0, kind, record_id, at) for (kind, record_id), at in self._noted.items()]
        rows = [{"kind": one.kind, "id": one.id, "at": one.at} for one in noted]
        given = await run(self._connection, [(_ADD, [row]) for row in rows])
        return [replace(one, seq=row["seq"]) for one, (row,) in zip(noted, given, strict=True)]

    async def since(self, seq: int, limit: int = 1000) -> Sequence[Change]:
        query = select(change).where(change.c.seq > seq).order_by(change.c.seq).limit(limit)
        return [Change(row.seq, row.kind, row.id, row.at) for row in await self._connection.execute(query)]

    async def last_seq(self) -> int:
        return await self._connection.scalar(select(func.max(change.c.seq))) or 0
