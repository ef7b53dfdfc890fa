# SPDX-License-Identifier: Apache-2.0
"""The tables of the ledger of missed callers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    bindparam,
    delete,
    false,
    literal,
    or_,
    select,
    text,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call import Direction, Disposition
from crm_core.domain.call_history import Cursor
from crm_core.domain.listing import Place
from crm_core.domain.missed import Attempt, AttemptKind, Caller, MissedItem, MissedState, Talk
from crm_core.domain.missed_views import MissedCounts, MissedQuery, MissedRow, MissedSeen
from crm_core.domain.shallow import shallow
from crm_core.storage import missed_list
from crm_core.storage import sql as dialect
from crm_core.storage.schema import call, communication
from crm_core.storage.schema_missed import missed_attempt, missed_item
from crm_core.storage.sql import named, upsert
from crm_core.storage.statements import Statement, run

_item, _attempt = missed_item.c, missed_attempt.c
_OPEN = _item.closed_at.is_(None)
_MOST_KEYS = 3  # a contact, their company, the number
_CALL = bindparam("call_id", type_=_item.id.type)
# Asked at each answered or ended call: compiled once.
_CONCERNED = Statement(
    lambda _insert: union_all(
        select(_item.id).where(or_(*(_item.key == bindparam(f"key{n}") for n in range(_MOST_KEYS))), _OPEN),
        select(_item.id).where(_item.closed_call_id == _CALL),
        select(_attempt.id).where(_attempt.id == _CALL),
    )
)


class SqlMissedCallers:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def concerned(self, call_id: UUID, keys: Collection[str]) -> bool:
        given = [*keys, *("" for _ in range(_MOST_KEYS - len(keys)))]
        values = {"call_id": call_id} | {f"key{n}": key for n, key in enumerate(given)}
        (rows,) = await run(self._connection, [(_CONCERNED, [values])])
        return bool(rows)

    async def get(self, item_id: UUID) -> MissedItem | None:
        row = (await self._connection.execute(select(missed_item).where(_item.id == item_id))).first()
        return item_of(row) if row else None

    async def hold(self, item_id: UUID) -> MissedItem | None:
        held = await self._held(_item.id == item_id)
        return held[0] if held else None

    async def open_under(self, keys: Collection[str]) -> Sequence[MissedItem]:
        found = [await self._held(_item.key.in_(some), _OPEN) for some in dialect.chunks(keys)]
        return [item for items in found for item in items]

    async def waiting_from(self, numbers: Collection[str]) -> Collection[str]:
        # Few are open: the index by item leads to theirs.
        waiting = _attempt.item_id.in_(select(_item.id).where(_OPEN))
        query = select(_attempt.e164).distinct().where(waiting)
        found: set[str] = set()
        for some in dialect.chunks(numbers):
            found |= set(await self._connection.scalars(query.where(_attempt.e164.in_(some))))
        return sorted(found)

    async def claimers(self, keys: Collection[str]) -> Collection[UUID]:
        taken = (_item.key.in_(list(keys)), _OPEN, _item.claimed_by.is_not(None))
        return (await self._connection.scalars(select(_item.claimed_by).where(*taken))).all()

    async def held_of(self, user_id: UUID) -> Sequence[MissedItem]:
        return await self._held(or_(_item.owner_id == user_id, _item.claimed_by == user_id), _OPEN)

    async def settled_by(self, call_id: UUID) -> Sequence[MissedItem]:
        return await self._held(_item.closed_call_id == call_id)

    async def covering(self, keys: Collection[str], at: datetime) -> MissedItem | None:
        since = (_item.closed_at >= at) & (_item.state != MissedState.WITHDRAWN.value)
        query = select(missed_item).where(_item.key.in_(list(keys)), since).order_by(_item.closed_at)
        row = (await self._connection.execute(query.limit(1).with_for_update())).first()
        return item_of(row) if row else None

    async def open(self, item: MissedItem) -> MissedItem:
        statement = dialect.insert(self._connection, missed_item).values(shallow(item))
        once = statement.on_conflict_do_nothing(index_elements=["key"], index_where=text("closed_at IS NULL"))
        while True:  # the one that was in our way may be settled before we hold it
            await self._connection.execute(once)
            kept = await self._held(_item.key == item.key, _OPEN)
            if kept:
                return kept[0]

    async def save(self, item: MissedItem) -> None:
        row = shallow(item)
        await self._connection.execute(update(missed_item).where(_item.id == row.pop("id")).values(row))

    async def rekey(self, item: MissedItem) -> bool:
        try:
            async with self._connection.begin_nested():
                await self.save(item)
        except IntegrityError:
            return False
        return True

    async def remove(self, item_id: UUID) -> None:
        await self._connection.execute(delete(missed_item).where(_item.id == item_id))

    async def claim(self, item_id: UUID, user_id: UUID, at: datetime) -> bool:
        free = (_item.id == item_id) & _item.claimed_by.is_(None) & _OPEN
        taken = {
            "claimed_by": user_id,
            "claimed_at": at,
            "updated_at": at,
            "state": MissedState.CLAIMED.value,
        }
        done = await self._connection.execute(update(missed_item).where(free).values(taken))
        return done.rowcount == 1

    async def attempt(self, attempt_id: UUID) -> tuple[UUID, Attempt] | None:
        query = select(missed_attempt).where(_attempt.id == attempt_id)
        row = (await self._connection.execute(query)).first()
        return (row.item_id, _attempt_of(row)) if row else None

    async def attempts(self, item_id: UUID) -> Sequence[Attempt]:
        query = select(missed_attempt).where(_attempt.item_id == item_id)
        rows = await self._connection.execute(query.order_by(_attempt.at, _attempt.id))
        return [_attempt_of(row) for row in rows]

    async def latest_attempts(self, item_id: UUID, after: Cursor | None, limit: int) -> Sequence[Attempt]:
        query = select(missed_attempt).where(_attempt.item_id == item_id)
        if after:
            place = literal(after.at, _attempt.at.type), literal(after.id, _attempt.id.type)
            query = query.where(tuple_(_attempt.at, _attempt.id) < tuple_(*place))
        query = query.order_by(_attempt.at.desc(), _attempt.id.desc()).limit(limit)
        return [_attempt_of(row) for row in await self._connection.execute(query)]

    async def asked_in(self, call_ids: Collection[UUID], seen: MissedSeen) -> dict[UUID, UUID | None]:
        asked: dict[UUID, UUID | None] = {}
        for some in dialect.chunks(call_ids):
            rows = await self._connection.execute(missed_list.asked_in(some, seen))
            asked |= {row.id: row.item_id for row in rows}
        return asked

    async def put_attempt(self, item_id: UUID, attempt: Attempt) -> None:
        rung = [str(one) for one in attempt.rung]
        await upsert(
            self._connection, missed_attempt, [shallow(attempt) | {"item_id": item_id, "rung": rung}]
        )

    async def drop_attempt(self, attempt_id: UUID) -> None:
        await self._connection.execute(delete(missed_attempt).where(_attempt.id == attempt_id))

    async def move_attempts(self, item_id: UUID, into: UUID) -> None:
        await self._connection.execute(
            update(missed_attempt).where(_attempt.item_id == item_id).values(item_id=into)
        )

    async def talk_after(self, caller: Caller, at: datetime) -> Talk | None:
        theirs = [_at_number(caller)]
        if caller.contact_id:
            theirs.append(communication.c.contact_id == caller.contact_id)
        elif caller.company_id:
            theirs.append(communication.c.company_id == caller.company_id)
        # Each by its own index; a call is answered after it began, and few last a day.
        recent = [
            select(communication.c.call_id).where(one, communication.c.started_at > at - missed_list.A_DAY)
            for one in theirs
        ]
        recent.append(missed_list.of_nobody(caller.e164, at))
        query = (
            select(call.c.id, call.c.direction, call.c.answered_at, call.c.answered_user_id)
            .where(
                call.c.id.in_(select(union_all(*recent).subquery().c.call_id)),
                call.c.disposition == literal(Disposition.ANSWERED.value),
                call.c.missed == false(),
                call.c.merged_into.is_(None),
                call.c.answered_at > at,
            )
            .order_by(call.c.answered_at)
            .limit(1)
        )
        row = (await self._connection.execute(query)).first()
        return (
            Talk(
                call_id=row.id,
                direction=Direction(row.direction),
                at=row.answered_at,
                user_id=row.answered_user_id,
            )
            if row
            else None
        )

    async def untold(self, since: datetime) -> Sequence[UUID]:
        talked = await self._connection.execute(missed_list.last_talks(since))
        last = {row.client_e164: row.at for row in talked}
        rows = await self._connection.execute(missed_list.untold(since))
        return [
            row.id for row in rows if row.client_e164 not in last or last[row.client_e164] < row.started_at
        ]

    async def rekey_closed(self, key: str, caller: Caller) -> None:
        ids = {"key": caller.key, "contact_id": caller.contact_id, "company_id": caller.company_id}
        await self._connection.execute(
            update(missed_item).where(_item.key == key, _item.closed_at.is_not(None)).values(ids)
        )

    async def page(self, query: MissedQuery, after: Place | None) -> Sequence[MissedRow]:
        rows = await self._connection.execute(missed_list.page(query, after))
        return [_row(row) for row in rows]

    async def count(self, query: MissedQuery, most: int) -> int:
        return await self._connection.scalar(missed_list.count(query, most)) or 0

    async def row(self, item_id: UUID) -> MissedRow | None:
        found = await self._connection.execute(missed_list.query().where(_item.id == item_id))
        row = found.first()
        return _row(row) if row else None

    async def counts(self, query: MissedQuery) -> MissedCounts:
        row = (await self._connection.execute(missed_list.counts(query))).one()
        return MissedCounts(open=row.open, mine=row.mine or 0, overdue=row.overdue or 0)

    async def _held(self, *which: Any) -> list[MissedItem]:
        query = select(missed_item).where(*which).order_by(_item.first_at, _item.id).with_for_update()
        return [item_of(row) for row in await self._connection.execute(query)]


def _at_number(caller: Caller) -> ColumnElement[bool]:
    """A talk on their number, unless it is said to have been with somebody else."""
    there = communication.c.e164 == caller.e164
    if caller.contact_id:
        return there & communication.c.contact_id.is_(None)
    if caller.company_id:
        return there & communication.c.contact_id.is_(None) & communication.c.company_id.is_(None)
    return there


def item_of(row: Row[Any]) -> MissedItem:
    values = {name: getattr(row, name) for name in MissedItem.__dataclass_fields__}
    return MissedItem(**values | {"state": MissedState(row.state), "kind": AttemptKind(row.kind)})


def _attempt_of(row: Row[Any]) -> Attempt:
    values = {name: value for name, value in named(row).items() if name != "item_id"}
    kind, rung = AttemptKind(row.kind), tuple(UUID(one) for one in row.rung)
    return Attempt(**values | {"kind": kind, "rung": rung})


def _row(row: Row[Any]) -> MissedRow:
    return MissedRow(item=item_of(row), **{name: getattr(row, name) for name in missed_list.JOINED})
