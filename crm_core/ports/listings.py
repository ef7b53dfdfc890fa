# SPDX-License-Identifier: Apache-2.0
"""Pages for programs. Each begins after the last row of the page before: its time and id."""

from collections.abc import Sequence
from typing import Protocol

from crm_core.domain.call_history import Cursor
from crm_core.domain.client import Company, Contact
from crm_core.domain.communication import Communication
from crm_core.domain.deal import Deal
from crm_core.domain.narrowed import ClientFilter, CommunicationFilter, DealFilter, OrderFilter, TaskFilter
from crm_core.domain.order import Order
from crm_core.domain.task import Task


class Listings(Protocol):
    async def contacts(self, which: ClientFilter, after: Cursor | None, limit: int) -> Sequence[Contact]:
        """Last changed last, by updated_at and id: whoever reads on misses nothing that changes meanwhile."""
        ...

    async def companies(self, which: ClientFilter, after: Cursor | None, limit: int) -> Sequence[Company]: ...

    async def orders(self, which: OrderFilter, after: Cursor | None, limit: int) -> Sequence[Order]: ...

    async def deals(self, which: DealFilter, after: Cursor | None, limit: int) -> Sequence[Deal]: ...

    async def tasks(self, which: TaskFilter, after: Cursor | None, limit: int) -> Sequence[Task]: ...

    async def communications(
        self, which: CommunicationFilter, after: Cursor | None, limit: int
    ) -> Sequence[Communication]:
        """Newest first, by started_at and id."""
        ...
