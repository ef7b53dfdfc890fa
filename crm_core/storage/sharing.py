# SPDX-License-Identifier: Apache-2.0
"""Whose clients are whose, in the columns manager_id; and the tables of schema_sharing."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Table, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.lead import LeadStatus
from crm_core.domain.listing import ListKind, ListQuery
from crm_core.domain.routing.assignment import Turn
from crm_core.domain.shallow import shallow
from crm_core.domain.sharing import (
    AT_WORK,
    CLIENTS,
    OWNED_IN,
    BatchState,
    Moved,
    Owned,
    OwnedRecord,
    ShareBatch,
    ShareItem,
    Way,
    Whole,
)
from crm_core.storage.clients import SqlClients
from crm_core.storage.deals import IS_OPEN
from crm_core.storage.lists import SqlLists
from crm_core.storage.schema import communication, company, contact, lead
from crm_core.storage.schema_deals import deal, task
from crm_core.storage.schema_sharing import assign_turn, share_batch, share_item
from crm_core.storage.sql import chunks, insert, named, upsert

_TABLES: dict[Owned, Table] = {
    Owned.CONTACT: contact,
    Owned.COMPANY: company,
    Owned.LEAD: lead,
    Owned.DEAL: deal,
    Owned.TASK: task,
}
_OPEN_ONLY = {Owned.LEAD, Owned.DEAL, Owned.TASK}


class SqlSharing:
    """Implements ports.sharing.Sharing."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def records(self, kind: Owned, ids: Collection[UUID]) -> list[OwnedRecord]:
        table = _TABLES[kind]
        found: list[Row[Any]] = []
        for some in chunks(ids):
            found += await self._connection.execute(
                _record(table).where(table.c.id.in_(some), _living(table))
            )
        return await self._numbered(kind, found)

    async def page(
        self, kind: ListKind, query: ListQuery, after: UUID | None, limit: int
    ) -> list[OwnedRecord]:
        owned = OWNED_IN[kind]
        table = _TABLES[owned]
        by_id = ListQuery(**shallow(query) | {"sort": "id"})  # so that no index of managers is sorted for it
        fitting = _record(table).where(*await SqlLists(self._connection).narrowed(kind, by_id))
        if owned in _OPEN_ONLY:
            fitting = fitting.where(_living(table))
        if after is not None:
            fitting = fitting.where(table.c.id > after)
        rows = list(await self._connection.execute(fitting.order_by(table.c.id).limit(limit)))
        return await self._numbered(owned, rows)

    async def set_owners(self, kind: Owned, owners: Mapping[UUID, UUID | None], now: datetime) -> None:
        table = _TABLES[kind]
        for owner in set(owners.values()):
            theirs = [one for one, heir in owners.items() if heir == owner]
            for some in chunks(theirs):
                changed = update(table).where(table.c.id.in_(some))
                await self._connection.execute(changed.values({_owner(table): owner, "updated_at": now}))

    async def counts(self, people: Collection[UUID], of: Collection[Owned] = CLIENTS) -> dict[UUID, int]:
        counted = dict.fromkeys(people, 0)
        for table in [_TABLES[kind] for kind in of]:
            whose = _owner(table)
            query = select(whose.label("whose"), func.count().label("records"))
            query = query.where(whose.in_(list(people)), _living(table)).group_by(whose)
            for row in await self._connection.execute(query):
                counted[row.whose] += row.records
        return counted

    async def open_of(self, kind: Owned, user_id: UUID) -> list[UUID]:
        table = _TABLES[kind]
        query = select(table.c.id).where(_owner(table) == user_id, _living(table))
        return list(await self._connection.scalars(query.order_by(table.c.id)))

    async def without_owner(self, kind: Owned, most: int) -> int:
        table = _TABLES[kind]
        some = select(table.c.id).where(_owner(table).is_(None), _living(table)).limit(most).subquery()
        return await self._connection.scalar(select(func.count()).select_from(some)) or 0

    async def first_talks(self, kind: Owned, ids: Collection[UUID]) -> dict[UUID, UUID]:
        of, at = communication.c[f"{kind.value}_id"], communication.c.started_at
        talks = (communication.c.user_id.is_not(None), communication.c.duration_s > 0)
        first: dict[UUID, UUID] = {}
        for some in chunks(ids):
            query = select(of.label("client"), communication.c.user_id).where(of.in_(some), *talks)
            for row in await self._connection.execute(query.order_by(at, communication.c.id)):
                first.setdefault(row.client, row.user_id)
        return first

    async def turns(self, teams: Collection[str]) -> dict[Turn, int]:
        query = select(assign_turn).where(assign_turn.c.team.in_(list(teams)))
        return {(row.team, row.user_id): row.turn for row in await self._connection.execute(query)}

    async def save_turns(self, turns: Mapping[Turn, int]) -> None:
        rows = [{"team": team, "user_id": user, "turn": turn} for (team, user), turn in turns.items()]
        await upsert(self._connection, assign_turn, rows)

    async def save(self, batch: ShareBatch) -> None:
        row = shallow(batch) | {"people": [str(one) for one in batch.people]}
        await upsert(self._connection, share_batch, [row])

    async def claim(self, batch_id: UUID, state: BatchState, into: BatchState) -> bool:
        it = (share_batch.c.id == batch_id) & (share_batch.c.state == state)
        taken = update(share_batch).where(it).values(state=into, done=0, changed=0, ended_at=None)
        return (await self._connection.execute(taken)).rowcount == 1

    async def batch(self, batch_id: UUID) -> ShareBatch | None:
        return await self._one(select(share_batch).where(share_batch.c.id == batch_id))

    async def at_work(self) -> ShareBatch | None:
        waiting = select(share_batch).where(share_batch.c.state.in_(sorted(AT_WORK)))
        return await self._one(waiting.order_by(share_batch.c.made_at, share_batch.c.id))

    async def batches(self, limit: int) -> list[ShareBatch]:
        query = select(share_batch).order_by(share_batch.c.id.desc()).limit(limit)
        return [_batch(row) for row in await self._connection.execute(query)]

    async def forget(self, before: datetime, *, planned_before: datetime) -> None:
        only_planned = share_batch.c.state.in_([BatchState.PLANNED, BatchState.FAILED])
        resting = share_batch.c.state.not_in(sorted(AT_WORK))
        old = (resting & (share_batch.c.made_at < before)) | (
            only_planned & (share_batch.c.made_at < planned_before)
        )
        ids = list(await self._connection.scalars(select(share_batch.c.id).where(old)))
        if ids:
            await self._connection.execute(delete(share_item).where(share_item.c.batch_id.in_(ids)))
            await self._connection.execute(delete(share_batch).where(share_batch.c.id.in_(ids)))

    async def add_items(self, items: Sequence[ShareItem]) -> None:
        if items:
            rows = [shallow(one) | {"given": int(one.given)} for one in items]
            await self._connection.execute(insert(self._connection, share_item), rows)

    async def drop_items(self, batch_id: UUID) -> None:
        await self._connection.execute(delete(share_item).where(share_item.c.batch_id == batch_id))

    async def items(self, batch_id: UUID, place: int, limit: int) -> list[ShareItem]:
        here = (share_item.c.batch_id == batch_id) & (share_item.c.place >= place)
        query = select(share_item).where(here).order_by(share_item.c.place).limit(limit)
        rows = await self._connection.execute(query)
        return [ShareItem(**{**named(row), "given": bool(row.given)}) for row in rows]

    async def mark_given(self, batch_id: UUID, places: Collection[int], *, given: bool) -> None:
        for some in chunks(places):
            those = (share_item.c.batch_id == batch_id) & share_item.c.place.in_(some)
            await self._connection.execute(update(share_item).where(those).values(given=int(given)))

    async def moved(self, batch_id: UUID) -> list[Moved]:
        ways = (share_item.c.before_id, share_item.c.after_id)
        query = select(*ways, func.count().label("moving")).where(share_item.c.batch_id == batch_id)
        rows = await self._connection.execute(query.group_by(*ways))
        return [Moved(before_id=row.before_id, after_id=row.after_id, count=row.moving) for row in rows]

    async def moved_of(self, batch_id: UUID, kinds: Collection[Owned]) -> list[Moved]:
        ways = (share_item.c.before_id, share_item.c.after_id)
        found = []
        for kind in kinds:
            table = _TABLES[kind]
            theirs = share_item.join(table, table.c.id == share_item.c.client_id)
            query = select(*ways, func.count().label("moving")).select_from(theirs)
            query = query.where(share_item.c.batch_id == batch_id).group_by(*ways)
            found += [
                Moved(before_id=row.before_id, after_id=row.after_id, count=row.moving, kind=kind)
                for row in await self._connection.execute(query)
            ]
        return found

    async def _numbered(self, kind: Owned, rows: Sequence[Row[Any]]) -> list[OwnedRecord]:
        records = [OwnedRecord(**named(row)) for row in rows]
        if kind in _OPEN_ONLY:  # a lead's stands with it, and a deal has none
            return records
        numbers = await SqlClients(self._connection).phone_numbers([one.id for one in records])
        first = {owner: theirs[0].e164 for owner, theirs in numbers.items()}
        return [OwnedRecord(**shallow(one) | {"number": first.get(one.id)}) for one in records]

    async def _one(self, query: Select[Any]) -> ShareBatch | None:
        row = (await self._connection.execute(query.limit(1))).first()
        return None if row is None else _batch(row)


def _record(table: Table) -> Select[Any]:
    columns: list[Any] = [table.c.id, _owner(table).label("manager_id")]
    columns += [table.c[name] for name in ("company_id", "contact_id") if name in table.c]
    return select(*columns, table.c.e164.label("number")) if "e164" in table.c else select(*columns)


def _owner(table: Table) -> Any:
    if table is task:
        return table.c.user_id
    return table.c.owner_id if table is deal else table.c.manager_id


def _living(table: Table) -> Any:
    if table is lead:
        return table.c.status == LeadStatus.OPEN
    if table is task:
        return table.c.done_at.is_(None)
    return IS_OPEN if table is deal else table.c.archived_at.is_(None)


def _batch(row: Row[Any]) -> ShareBatch:
    codes: dict[str, Any] = {
        "list": Whole(row.list) if row.list in set(Whole) else ListKind(row.list),
        "way": Way(row.way),
        "state": BatchState(row.state),
        "people": tuple(map(UUID, row.people)),
    }
    return ShareBatch(**{**named(row), **codes})
