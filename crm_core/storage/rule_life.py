# SPDX-License-Identifier: Apache-2.0
"""The tables rule_draft, rule_release and rule_replay, and route_decision as the log and replays read it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, delete, func, select, tuple_, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call import Direction
from crm_core.domain.routing.replay import RawDecision
from crm_core.ports.routing import DecisionRecord
from crm_core.ports.rule_life import Draft, LogFilter, Release, ReleaseState, Replay, ReplayState, Seen
from crm_core.storage.schema import call, route_decision
from crm_core.storage.schema_routing import rule_draft, rule_release, rule_replay
from crm_core.storage.sql import insert, named, upsert

_KEPT_DRAFTS = 200


class SqlRuleLife:
    """Implements ports.rule_life.RuleLife."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def draft(self, revision: int | None = None) -> Draft | None:
        query = select(rule_draft).order_by(rule_draft.c.revision.desc()).limit(1)
        if revision is not None:
            query = query.where(rule_draft.c.revision == revision)
        row = (await self._connection.execute(query)).first()
        return None if row is None else Draft(**named(row))

    async def drafts(self, before: int | None, limit: int) -> Sequence[Draft]:
        query = select(rule_draft).order_by(rule_draft.c.revision.desc()).limit(limit)
        if before is not None:
            query = query.where(rule_draft.c.revision < before)
        return [Draft(**named(row)) for row in await self._connection.execute(query)]

    async def add_draft(self, draft: Draft) -> bool:
        adding = insert(self._connection, rule_draft).values(_values(draft)).on_conflict_do_nothing()
        done = await self._connection.scalar(adding.returning(rule_draft.c.revision))
        old = delete(rule_draft).where(rule_draft.c.revision <= draft.revision - _KEPT_DRAFTS)
        await self._connection.execute(old)
        return done is not None

    async def save_release(self, release: Release) -> None:
        await upsert(self._connection, rule_release, [_values(release)])

    async def release(self, release_id: UUID) -> Release | None:
        return await self._release(select(rule_release).where(rule_release.c.id == release_id))

    async def releases(self, limit: int, state: ReleaseState | None = None) -> Sequence[Release]:
        query = select(rule_release).order_by(rule_release.c.at.desc(), rule_release.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(rule_release.c.state == state.value)
        return [_release(row) for row in await self._connection.execute(query)]

    async def next_scheduled(self) -> Release | None:
        waiting = select(rule_release).where(rule_release.c.state == ReleaseState.SCHEDULED.value)
        return await self._release(waiting.order_by(rule_release.c.at, rule_release.c.id))

    async def claim(self, release_id: UUID) -> bool:
        waiting = (rule_release.c.id == release_id) & (rule_release.c.state == ReleaseState.SCHEDULED.value)
        taken = update(rule_release).where(waiting).values(state=ReleaseState.SCHEDULED.value)
        return (await self._connection.execute(taken)).rowcount == 1

    async def of_version(self, version: int) -> Release | None:
        return await self._release(select(rule_release).where(rule_release.c.version == version))

    async def save_replay(self, replay: Replay) -> None:
        await upsert(self._connection, rule_replay, [_values(replay)])

    async def replay(self, replay_id: UUID) -> Replay | None:
        query = select(rule_replay).where(rule_replay.c.id == replay_id)
        row = (await self._connection.execute(query)).first()
        return None if row is None else _replay(row)

    async def replays(self, limit: int) -> Sequence[Replay]:
        query = select(rule_replay).order_by(rule_replay.c.id.desc()).limit(limit)
        return [_replay(row) for row in await self._connection.execute(query)]

    async def forget_replays(self, keep: int) -> None:
        kept = select(rule_replay.c.id).order_by(rule_replay.c.id.desc()).limit(keep)
        await self._connection.execute(delete(rule_replay).where(rule_replay.c.id.not_in(kept)))

    async def count_decisions(self, since: datetime) -> int:
        then = route_decision.c.decided_at >= since
        return int(await self._connection.scalar(select(func.count()).where(then)) or 0)

    async def raw_decisions(
        self, since: datetime, after: tuple[datetime, UUID] | None, limit: int
    ) -> tuple[Sequence[RawDecision], tuple[datetime, UUID] | None]:
        of = route_decision.c
        facts, steps = (
            type_coerce(of.facts, Text),
            type_coerce(of.steps, Text),
        )  # read in the worker's process
        query = select(of.call_id, of.decided_at, of.rule, facts, steps, call.c.answered_by)
        query = query.join_from(route_decision, call, call.c.id == of.call_id, isouter=True)
        query = query.where(of.decided_at >= since)
        if after is not None:
            query = query.where(tuple_(of.decided_at, of.call_id) > _place(after))
        query = query.order_by(of.decided_at, of.call_id).limit(limit)
        rows = (await self._connection.execute(query)).all()
        place = (rows[-1][1], rows[-1][0]) if len(rows) == limit else None
        return [(row[0], row[2], row[3], row[4], row[5]) for row in rows], place

    async def seen(self, calls: int) -> Seen:
        of = route_decision.c
        decided = select(of.facts).order_by(of.decided_at.desc(), of.call_id.desc()).limit(calls)
        facts = (await self._connection.execute(decided)).scalars().all()
        heard = select(call.c.queue, call.c.trunk, call.c.dialled, call.c.direction)
        heard = heard.order_by(call.c.started_at.desc(), call.c.id.desc()).limit(calls)
        rows = (await self._connection.execute(heard)).all()
        dialled = {row.dialled for row in rows if row.direction == Direction.INBOUND.value}
        return Seen(
            dids=_some({*_said(facts, "did"), *(one for one in dialled if one and one.startswith("+"))}),
            trunks=_some({*_said(facts, "trunk"), *(row.trunk for row in rows)}),
            queues=_some(row.queue for row in rows),
            languages=_some(_said(facts, "language")),
            menu=_some(_said(facts, "menu")),
        )

    async def log(self, asked: LogFilter, limit: int) -> Sequence[DecisionRecord]:
        of = route_decision.c
        query = select(route_decision)
        if asked.rule:
            query = query.where(of.rule == asked.rule)
        if asked.number:
            query = query.where(
                type_coerce(of.facts, Text).contains(f'"number":"{asked.number}', autoescape=True)
            )
        if asked.operator is not None:
            query = query.where(type_coerce(of.steps, Text).contains(str(asked.operator)))
        if asked.fallback:
            query = query.where(type_coerce(of.trace, Text).contains('"code":"fallback"'))
        if asked.since is not None:
            query = query.where(of.decided_at >= asked.since)
        if asked.until is not None:
            query = query.where(of.decided_at < asked.until)
        if asked.before is not None:
            query = query.where(tuple_(of.decided_at, of.call_id) < _place(asked.before))
        query = query.order_by(of.decided_at.desc(), of.call_id.desc()).limit(limit)
        return [DecisionRecord(**named(row)) for row in await self._connection.execute(query)]

    async def _release(self, query: Any) -> Release | None:
        row = (await self._connection.execute(query.limit(1))).first()
        return None if row is None else _release(row)


def _place(place: tuple[datetime, UUID]) -> Any:
    return tuple_(
        type_coerce(place[0], route_decision.c.decided_at.type),
        type_coerce(place[1], route_decision.c.call_id.type),
    )


def _said(facts: Sequence[Mapping[str, Any]], key: str) -> set[Any]:
    return {one.get(key) for one in facts}


def _some(values: Iterable[Any]) -> frozenset[str]:
    return frozenset(one for one in values if isinstance(one, str) and one)


def _values(record: Draft | Release | Replay) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _release(row: Any) -> Release:
    return Release(**{**named(row), "state": ReleaseState(row.state)})


def _replay(row: Any) -> Replay:
    return Replay(**{**named(row), "state": ReplayState(row.state)})
