# SPDX-License-Identifier: Apache-2.0
"""The tables rule_set and route_decision."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.ports.routing import DecisionRecord, StoredRuleSet
from crm_core.storage.schema import route_decision, rule_set
from crm_core.storage.sql import Lock, insert, lock_until_commit, named
from crm_core.storage.statements import Statement, run

_DECISION = [column.name for column in route_decision.c]
_KEEP = Statement(
    lambda insert: (
        insert(route_decision)
        .values({column.name: bindparam(column.name, type_=column.type) for column in route_decision.c})
        .on_conflict_do_nothing()
    )
)


class SqlRouting:
    """Implements ports.routing.RoutingRepository."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def serialise(self) -> None:
        await lock_until_commit(self._connection, Lock.RULES)

    async def publish(self, body: Mapping[str, Any], *, source: str, digest: str, now: datetime) -> int:
        version = await self._connection.scalar(select(rule_set.c.version).where(rule_set.c.digest == digest))
        if version is None:
            version = (await self._connection.scalar(select(func.max(rule_set.c.version))) or 0) + 1
            row = {"version": version, "body": body, "source": source, "digest": digest}
            row |= {"created_at": now, "published_at": now}
            await self._connection.execute(insert(self._connection, rule_set).values(row))
        elif (in_force := await self.in_force()) is None or in_force.version != version:
            again = update(rule_set).where(rule_set.c.version == version)
            await self._connection.execute(again.values(published_at=now, source=source))
        return int(version)

    async def in_force(self, at: datetime | None = None) -> StoredRuleSet | None:
        published = select(rule_set).where(rule_set.c.published_at.is_not(None))
        if at is not None:
            published = published.where(rule_set.c.published_at <= at)
        return await self._one(published.order_by(rule_set.c.published_at.desc(), rule_set.c.version.desc()))

    async def rule_set(self, version: int) -> StoredRuleSet | None:
        return await self._one(select(rule_set).where(rule_set.c.version == version))

    async def versions(self, before: int | None, limit: int) -> Sequence[StoredRuleSet]:
        query = select(rule_set).order_by(rule_set.c.version.desc()).limit(limit)
        if before is not None:
            query = query.where(rule_set.c.version < before)
        return [_stored(row) for row in await self._connection.execute(query)]

    async def save_decisions(self, decisions: Sequence[DecisionRecord]) -> None:
        rows = [{name: getattr(decision, name) for name in _DECISION} for decision in decisions]
        await run(self._connection, [(_KEEP, rows)])

    async def decision(self, call_id: UUID) -> DecisionRecord | None:
        query = select(route_decision).where(route_decision.c.call_id == call_id)
        row = (await self._connection.execute(query)).first()
        return None if row is None else DecisionRecord(**named(row))

    async def decisions_since(
        self, since: datetime, after: UUID | None, limit: int
    ) -> Sequence[DecisionRecord]:
        query = select(route_decision).where(route_decision.c.decided_at >= since)
        if after is not None:
            query = query.where(route_decision.c.call_id > after)
        rows = await self._connection.execute(query.order_by(route_decision.c.call_id).limit(limit))
        return [DecisionRecord(**named(row)) for row in rows]

    async def _one(self, query: Any) -> StoredRuleSet | None:
        row = (await self._connection.execute(query.limit(1))).first()
        return None if row is None else _stored(row)


def _stored(row: Row[Any]) -> StoredRuleSet:
    return StoredRuleSet(
        version=row.version,
        body=row.body,
        source=row.source,
        digest=row.digest,
        published_at=row.published_at,
    )
