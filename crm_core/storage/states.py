# SPDX-License-Identifier: Apache-2.0
"""The table of operators' states."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.directory.people import OperatorState, StateSource
from crm_core.domain.operator_state import StateInterval
from crm_core.storage.schema import operator_state, user
from crm_core.storage.sql import named

_OPEN = operator_state.c.ended_at.is_(None)


class SqlStates:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def current(self, users: Collection[UUID] | None = None) -> dict[UUID, StateInterval]:
        query = select(operator_state).where(_OPEN)
        if users is not None:
            query = query.where(operator_state.c.user_id.in_(list(users)))
        return {row.user_id: _interval(row) for row in await self._connection.execute(query)}

    async def at(self, at: datetime) -> dict[UUID, StateInterval]:
        then = (operator_state.c.started_at <= at) & or_(_OPEN, operator_state.c.ended_at > at)
        rows = await self._connection.execute(select(operator_state).where(then))
        return {row.user_id: _interval(row) for row in rows}

    async def between(self, user_id: UUID, since: datetime, until: datetime) -> Sequence[StateInterval]:
        touching = (operator_state.c.started_at < until) & or_(_OPEN, operator_state.c.ended_at > since)
        query = select(operator_state).where(operator_state.c.user_id == user_id, touching)
        rows = await self._connection.execute(query.order_by(operator_state.c.started_at))
        return [_interval(row) for row in rows]

    async def hold(self, user_id: UUID) -> None:
        # The user's row is the lock: two changes at once must not leave two open intervals.
        await self._connection.execute(select(user.c.id).where(user.c.id == user_id).with_for_update())

    async def start(self, interval: StateInterval) -> None:
        await self.hold(interval.user_id)
        mine = (operator_state.c.user_id == interval.user_id) & _OPEN
        await self._connection.execute(
            update(operator_state).where(mine).values(ended_at=interval.started_at)
        )
        await self._connection.execute(insert(operator_state).values(asdict(interval)))


def _interval(row: Row[Any]) -> StateInterval:
    source = StateSource(row.source) if row.source else None
    return StateInterval(**{**named(row), "state": OperatorState(row.state), "source": source})
