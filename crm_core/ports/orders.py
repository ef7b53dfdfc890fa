# SPDX-License-Identifier: Apache-2.0
"""Orders and the turnover that comes of them."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from crm_core.domain.client import ClientKind
from crm_core.domain.order import Order
from crm_core.domain.turnover import TurnoverEntry, Window


class Orders(Protocol):
    async def by_numbers(self, numbers: Collection[str]) -> dict[str, Order]: ...

    async def order(self, order_id: UUID) -> Order | None: ...

    async def of_client(self, kind: ClientKind, client_id: UUID, limit: int = 50) -> list[Order]:
        """Newest first. A company's are its own and those of its contacts."""
        ...

    async def save(self, orders: Sequence[Order], entries: Sequence[TurnoverEntry]) -> None:
        """Add or overwrite by id, and replace all that these orders added to turnover by `entries`."""
        ...

    async def turnover(
        self, kind: ClientKind, client_id: UUID, window: Window, today: date, currency: str
    ) -> Decimal: ...

    async def of_companies(
        self, ids: Collection[UUID], today: date, currency: str
    ) -> dict[UUID, dict[Window, Decimal]]:
        """The turnover of each by itself, with its contacts' and without its group's; of none who bought nothing."""
        ...

    async def turnover_days(
        self, kind: ClientKind, client_id: UUID, currency: str, since: date | None = None
    ) -> list[tuple[date, Decimal]]:
        """(day, amount), oldest first."""
        ...

    def all_entries(self, currency: str, since: date | None = None) -> AsyncIterator[TurnoverEntry]:
        """Every entry, in no order. `company_id` is the company it rolls up to: the order's, else the contact's."""
        ...

    def all_orders(self, batch: int = 1000) -> AsyncIterator[list[Order]]:
        """Every order, in batches, by id."""
        ...
