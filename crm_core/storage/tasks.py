# SPDX-License-Identifier: Apache-2.0
"""The table `task`."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.client import ClientKind
from crm_core.domain.shallow import shallow
from crm_core.domain.task import Task, TaskOrigin, TaskRow
from crm_core.storage.orders import belongs
from crm_core.storage.schema import company, contact, user
from crm_core.storage.schema_deals import task
from crm_core.storage.sql import chunks, hold_rows, named, upsert

_COLUMNS = [column.name for column in task.c]
_maker, _doer = user.alias("maker"), user.alias("doer")
_tables = (
    task.outerjoin(user, user.c.id == task.c.user_id)
    .outerjoin(contact, contact.c.id == task.c.contact_id)
    .outerjoin(company, company.c.id == task.c.company_id)
    .outerjoin(_maker, _maker.c.id == task.c.created_by)
    .outerjoin(_doer, _doer.c.id == task.c.done_by)
)
_told = {
    "user": user.c.name,
    "contact": contact.c.name,
    "company": company.c.name,
    "maker": _maker.c.name,
    "done_by": _doer.c.name,
}
# Of a day, those with an hour by their hour, before those that have the whole day.
_BY_DUE = (task.c.due_on, task.c.due_at.is_(None), task.c.due_at, task.c.id)


class SqlTasks:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold(self, task_ids: Collection[UUID]) -> None:
        await hold_rows(self._connection, task.c.id, task_ids)

    async def get(self, task_id: UUID) -> Task | None:
        row = (await self._connection.execute(select(task).where(task.c.id == task_id))).first()
        return None if row is None else task_of(row)

    async def row(self, task_id: UUID) -> TaskRow | None:
        rows = await self._rows(_query().where(task.c.id == task_id))
        return rows[0] if rows else None

    async def save(self, *tasks: Task) -> None:
        rows = [shallow(one) | {"due_on": one.due_on.toordinal()} for one in tasks]
        await upsert(self._connection, task, rows)

    async def open_of(self, user_id: UUID, limit: int = 50) -> Sequence[TaskRow]:
        mine = _query().where(task.c.user_id == user_id, task.c.done_at.is_(None))
        return await self._rows(mine.order_by(*_BY_DUE).limit(limit))

    async def count_open(self, user_id: UUID) -> int:
        mine = (task.c.user_id == user_id) & task.c.done_at.is_(None)
        return await self._connection.scalar(select(func.count()).select_from(task).where(mine)) or 0

    async def of_client(self, kind: ClientKind, client_id: UUID, limit: int = 20) -> Sequence[TaskRow]:
        done = task.c.done_at.is_not(None)
        when = case((done, 0), else_=task.c.due_on)
        query = _query().where(belongs(task, kind, client_id))
        query = query.order_by(done, when, task.c.done_at.desc(), *_BY_DUE[1:]).limit(limit)
        return await self._rows(query)

    async def of_calls(self, call_ids: Collection[UUID]) -> Sequence[TaskRow]:
        found: list[TaskRow] = []
        for some in chunks(call_ids):
            found += await self._rows(_query().where(task.c.call_id.in_(some)).order_by(*_BY_DUE))
        return found

    async def _rows(self, query: Select[Any]) -> list[TaskRow]:
        return [
            TaskRow(
                task=task_of(row, {name: getattr(row, name) for name in _COLUMNS}),
                **{name: getattr(row, f"told_{name}") for name in _told},
            )
            for row in await self._connection.execute(query)
        ]


def _query() -> Select[Any]:
    told = [column.label(f"told_{name}") for name, column in _told.items()]
    return select(*task.c, *told).select_from(_tables)


def task_of(row: Row[Any], values: dict[str, Any] | None = None) -> Task:
    """`values`: where the row has more than the table."""
    told = {"due_on": date.fromordinal(row.due_on), "origin": TaskOrigin(row.origin)}
    return Task(**{**(values or named(row)), **told})
