# SPDX-License-Identifier: Apache-2.0
"""The table of requests to be called back, each with its item of the ledger."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call_history import Cursor
from crm_core.domain.callback import CallbackFilter, CallbackRequest, CallbackRow, CallbackSource
from crm_core.storage import sql as dialect
from crm_core.storage.missed import item_of
from crm_core.storage.missed_list import visible
from crm_core.storage.schema_callback import callback_request
from crm_core.storage.schema_missed import missed_attempt, missed_item

_NAMES = [field.name for field in fields(CallbackRequest)]
_PLACE = (callback_request.c.arrived_at, callback_request.c.id)


class SqlCallbacks:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, request_id: UUID) -> CallbackRequest | None:
        query = select(callback_request).where(callback_request.c.id == request_id)
        row = (await self._connection.execute(query)).first()
        return _request(row) if row else None

    async def add(self, new: CallbackRequest) -> bool:
        statement = dialect.insert(self._connection, callback_request).values(asdict(new))
        once = statement.on_conflict_do_nothing(index_elements=["id"]).returning(callback_request.c.id)
        return await self._connection.scalar(once) is not None

    async def row(self, request_id: UUID) -> CallbackRow | None:
        rows = await self._rows(_query().where(callback_request.c.id == request_id))
        return rows[0] if rows else None

    async def page(self, which: CallbackFilter, after: Cursor | None, limit: int) -> Sequence[CallbackRow]:
        query = _query().where(*visible(which.seen)).order_by(*_PLACE).limit(limit)
        if which.state:
            query = query.where(missed_item.c.state == which.state)
        if which.is_open is not None:
            closed = missed_item.c.closed_at
            query = query.where(closed.is_(None) if which.is_open else closed.is_not(None))
        if after:
            at, row_id = _PLACE
            place = tuple_(literal(after.at, at.type), literal(after.id, row_id.type))
            query = query.where(tuple_(at, row_id) > place)
        return await self._rows(query)

    async def _rows(self, query: Select[Any]) -> list[CallbackRow]:
        rows = list(await self._connection.execute(query))
        ids = {row.missed_item_id for row in rows}
        items = {}
        for some in dialect.chunks(ids):
            for row in await self._connection.execute(select(missed_item).where(missed_item.c.id.in_(some))):
                items[row.id] = item_of(row)
        return [CallbackRow(request=_request(row), item=items[row.missed_item_id]) for row in rows]


def _query() -> Select[Any]:
    tables = callback_request.join(missed_attempt, missed_attempt.c.id == callback_request.c.id)
    tables = tables.join(missed_item, missed_item.c.id == missed_attempt.c.item_id)
    columns = [callback_request.c[name] for name in _NAMES]
    return select(*columns, missed_item.c.id.label("missed_item_id")).select_from(tables)


def _request(row: Row[Any]) -> CallbackRequest:
    told = {name: getattr(row, name) for name in _NAMES}
    return CallbackRequest(**{**told, "source": CallbackSource(row.source)})
