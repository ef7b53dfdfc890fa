# SPDX-License-Identifier: Apache-2.0
"""The table `audit`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.audit import Actor, AuditEntry
from crm_core.storage.schema import audit


class SqlAudit:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, *entries: AuditEntry) -> None:
        if entries:
            await self._connection.execute(insert(audit), [_row(entry) for entry in entries])

    async def remove_before(self, before: datetime) -> int:
        return (await self._connection.execute(delete(audit).where(audit.c.at < before))).rowcount

    async def of(self, kind: str, record_id: UUID, limit: int = 100) -> Sequence[AuditEntry]:
        about = (audit.c.kind == kind) & (audit.c.record_id == record_id)
        query = select(audit).where(about).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit)
        return [_entry(row) for row in await self._connection.execute(query)]


def _row(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at,
        "user_id": entry.actor.user_id,
        "actor": entry.actor.name,
        "action": entry.action,
        "kind": entry.kind,
        "record_id": entry.record_id,
        "before": None if entry.before is None else dict(entry.before),
        "after": None if entry.after is None else dict(entry.after),
    }


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        actor=Actor(row.actor, row.user_id),
        action=row.action,
        kind=row.kind,
        record_id=row.record_id,
        before=row.before,
        after=row.after,
    )
