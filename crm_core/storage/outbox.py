# SPDX-License-Identifier: Apache-2.0
"""The table `outbox`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call_history import Cursor
from crm_core.domain.ids import new_id
from crm_core.domain.outbox import Outgoing, OutKind, OutState
from crm_core.ports.outbox import OutCount
from crm_core.storage.paging import after_row
from crm_core.storage.schema import outbox
from crm_core.storage.sql import Lock, insert, lock_until_commit, named

_PER_TARGET = 2
_LONGEST_ERROR = 500
_COLUMNS = [column for column in outbox.c if column.name != "held_until"]
_WAITS = outbox.c.state == OutState.WAITING.value


class SqlOutbox:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(  # noqa: PLR0913 - what, where to, once by which key, when
        self,
        kind: OutKind,
        address: str,
        payload: Mapping[str, Any],
        *,
        key: str,
        now: datetime,
        target: str = "",
        due_at: datetime | None = None,
    ) -> bool:
        row = {
            "id": new_id(now),
            "kind": kind.value,
            "target": target or address,
            "address": address,
            "payload": payload,
            "key": key,
            "state": OutState.WAITING.value,
            "tries": 0,
            "last_error": "",
            "created_at": now,
            "due_at": due_at or now,
        }
        new = insert(self._connection, outbox).values(row).on_conflict_do_nothing(index_elements=["key"])
        return bool((await self._connection.execute(new)).rowcount)

    async def is_due(self, now: datetime) -> bool:
        query = select(outbox.c.id).where(_WAITS, outbox.c.due_at <= now, _free(now)).limit(1)
        return await self._connection.scalar(query) is not None

    async def claim(
        self, kind: OutKind, now: datetime, until: datetime, limit: int, busy: Collection[str] = ()
    ) -> Sequence[Outgoing]:
        await lock_until_commit(self._connection, Lock.OUTBOX)
        turn = func.row_number().over(partition_by=outbox.c.target, order_by=(outbox.c.due_at, outbox.c.id))
        due = select(outbox.c.id, outbox.c.due_at, turn.label("turn")).where(
            _WAITS,
            outbox.c.kind == kind.value,
            outbox.c.due_at <= now,
            _free(now),
            outbox.c.target.not_in(list(busy)),
        )
        turns = due.subquery()
        first = select(turns.c.id).where(turns.c.turn <= _PER_TARGET).order_by(turns.c.due_at, turns.c.id)
        held = update(outbox).where(outbox.c.id.in_(first.limit(limit))).values(held_until=until)
        rows = await self._connection.execute(held.returning(*_COLUMNS))
        return sorted(map(_item, rows), key=lambda item: (item.due_at, item.id))

    async def sent(self, item_id: UUID, now: datetime) -> None:
        done = update(outbox).where(outbox.c.id == item_id)
        state = {"state": OutState.SENT.value, "held_until": None, "settled_at": now, "last_error": ""}
        await self._connection.execute(done.values(state | {"tries": outbox.c.tries + 1}))
        await self._connection.execute(done.where(outbox.c.kind == OutKind.MAIL.value).values(payload={}))

    async def failed(self, item_id: UUID, error: str, due_at: datetime | None, now: datetime) -> None:
        values: dict[str, Any] = {
            "tries": outbox.c.tries + 1,
            "last_error": error[:_LONGEST_ERROR].replace("\0", ""),
            "held_until": None,
        }
        if due_at is None:
            values |= {"state": OutState.GIVEN_UP.value, "settled_at": now}
        else:
            values["due_at"] = due_at
        waiting = update(outbox).where(outbox.c.id == item_id, _WAITS)
        await self._connection.execute(waiting.values(values))

    async def hurry(self, kind: OutKind, now: datetime) -> int:
        later = update(outbox).where(_WAITS, outbox.c.kind == kind.value, outbox.c.due_at > now)
        return (await self._connection.execute(later.values(due_at=now))).rowcount

    async def retry(self, item_id: UUID, now: datetime) -> bool:
        unsent = update(outbox).where(outbox.c.id == item_id, outbox.c.state != OutState.SENT.value)
        values = {"state": OutState.WAITING.value, "due_at": now, "tried_from": now, "settled_at": None}
        return bool((await self._connection.execute(unsent.values(values))).rowcount)

    async def give_up(self, item_id: UUID, now: datetime) -> bool:
        waiting = update(outbox).where(outbox.c.id == item_id, _WAITS)
        return bool((await self._connection.execute(waiting.values(_given_up(now)))).rowcount)

    async def give_up_target(self, target: str, now: datetime) -> int:
        waiting = update(outbox).where(outbox.c.target == target, _WAITS)
        return (await self._connection.execute(waiting.values(_given_up(now)))).rowcount

    async def get(self, item_id: UUID) -> Outgoing | None:
        row = (await self._connection.execute(select(*_COLUMNS).where(outbox.c.id == item_id))).first()
        return None if row is None else _item(row)

    async def page(
        self, state: OutState, kind: OutKind | None, after: Cursor | None, limit: int
    ) -> Sequence[Outgoing]:
        query = select(*_COLUMNS).where(outbox.c.state == state.value)
        if kind:
            query = query.where(outbox.c.kind == kind.value)
        if after:
            query = query.where(after_row(outbox.c.created_at, outbox.c.id, after))
        query = query.order_by(outbox.c.created_at.desc(), outbox.c.id.desc()).limit(limit)
        return [_item(row) for row in await self._connection.execute(query)]

    async def counts(self) -> Sequence[OutCount]:
        columns = outbox.c.kind, outbox.c.state
        query = select(*columns, func.count().label("count"), func.min(outbox.c.created_at).label("oldest"))
        rows = await self._connection.execute(query.group_by(*columns).order_by(*columns))
        return [OutCount(OutKind(row.kind), OutState(row.state), row[2], row.oldest) for row in rows]

    async def waiting_for(self, target: str) -> int:
        query = select(func.count()).select_from(outbox).where(outbox.c.target == target, _WAITS)
        return await self._connection.scalar(query) or 0

    async def forget(self, before: datetime) -> int:
        old = delete(outbox).where(outbox.c.state != OutState.WAITING.value, outbox.c.settled_at < before)
        return (await self._connection.execute(old)).rowcount


def _free(now: datetime) -> Any:
    return or_(outbox.c.held_until.is_(None), outbox.c.held_until <= now)


def _given_up(now: datetime) -> dict[str, Any]:
    return {"state": OutState.GIVEN_UP.value, "settled_at": now}


def _item(row: Row[Any]) -> Outgoing:
    return Outgoing(**{**named(row), "kind": OutKind(row.kind), "state": OutState(row.state)})
