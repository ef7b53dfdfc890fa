# SPDX-License-Identifier: Apache-2.0
"""The tables `webhook` and `webhook_delivery`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call_history import Cursor
from crm_core.domain.shallow import shallow
from crm_core.domain.webhook import Delivery, Webhook
from crm_core.storage.paging import after_row
from crm_core.storage.schema import webhook, webhook_delivery
from crm_core.storage.sql import named


class SqlWebhooks:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, new: Webhook) -> None:
        await self._connection.execute(insert(webhook).values(_values(new)))

    async def save(self, changed: Webhook) -> None:
        values = {name: value for name, value in _values(changed).items() if name not in {"id", "seq"}}
        await self._connection.execute(update(webhook).where(webhook.c.id == changed.id).values(values))

    async def remove(self, webhook_id: UUID) -> None:
        log = delete(webhook_delivery).where(webhook_delivery.c.webhook_id == webhook_id)
        await self._connection.execute(log)
        await self._connection.execute(delete(webhook).where(webhook.c.id == webhook_id))

    async def get(self, webhook_id: UUID) -> Webhook | None:
        row = (await self._connection.execute(select(webhook).where(webhook.c.id == webhook_id))).first()
        return None if row is None else _webhook(row)

    async def every(self) -> Sequence[Webhook]:
        rows = await self._connection.execute(select(webhook).order_by(webhook.c.id))
        return [_webhook(row) for row in rows]

    async def advance(self, webhook_id: UUID, seq: int) -> None:
        further = update(webhook).where(webhook.c.id == webhook_id, webhook.c.seq < seq)
        await self._connection.execute(further.values(seq=seq))

    async def log(self, delivery: Delivery) -> None:
        await self._connection.execute(insert(webhook_delivery).values(shallow(delivery)))

    async def deliveries(self, webhook_id: UUID, after: Cursor | None, limit: int) -> Sequence[Delivery]:
        table = webhook_delivery
        query = select(table).where(table.c.webhook_id == webhook_id)
        if after:
            query = query.where(after_row(table.c.at, table.c.id, after))
        rows = await self._connection.execute(
            query.order_by(table.c.at.desc(), table.c.id.desc()).limit(limit)
        )
        return [Delivery(**named(row)) for row in rows]

    async def delivery(self, delivery_id: UUID) -> Delivery | None:
        query = select(webhook_delivery).where(webhook_delivery.c.id == delivery_id)
        row = (await self._connection.execute(query)).first()
        return None if row is None else Delivery(**named(row))

    async def forget(self, before: datetime) -> int:
        old = delete(webhook_delivery).where(webhook_delivery.c.at < before)
        return (await self._connection.execute(old)).rowcount


def _values(record: Webhook) -> dict[str, Any]:
    return shallow(record) | {"events": sorted(record.events)}


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(**{**named(row), "events": frozenset(row.events)})
