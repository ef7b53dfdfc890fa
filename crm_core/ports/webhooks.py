# SPDX-License-Identifier: Apache-2.0
"""Webhooks, and the log of their deliveries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.call_history import Cursor
from crm_core.domain.webhook import Delivery, Webhook


class Webhooks(Protocol):
    async def add(self, webhook: Webhook) -> None: ...

    async def save(self, webhook: Webhook) -> None:
        """All but `seq`, which only grows."""
        ...

    async def remove(self, webhook_id: UUID) -> None:
        """With its log."""
        ...

    async def get(self, webhook_id: UUID) -> Webhook | None: ...

    async def every(self) -> Sequence[Webhook]: ...

    async def advance(self, webhook_id: UUID, seq: int) -> None: ...

    async def log(self, delivery: Delivery) -> None: ...

    async def deliveries(self, webhook_id: UUID, after: Cursor | None, limit: int) -> Sequence[Delivery]:
        """Newest first, from `after` on."""
        ...

    async def delivery(self, delivery_id: UUID) -> Delivery | None: ...

    async def forget(self, before: datetime) -> int:
        """Remove the log's older entries."""
        ...
