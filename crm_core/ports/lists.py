# SPDX-License-Identifier: Apache-2.0
"""Lists as people read them: filtered, sorted, a page at a time; and the views they keep."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from crm_core.domain.call_history import CallFilter
from crm_core.domain.listing import (
    CompanyRow,
    ContactRow,
    DealRow,
    LeadRow,
    Listed,
    ListKind,
    ListQuery,
    OrderRow,
    SavedView,
)


class Lists(Protocol):
    """Filters: text, manager_id (None: nobody), company_id, contact_id, archived, status, tail, since, until.

    Of deals: text, archived, owner_id (None: nobody), stage, state.
    """

    async def contacts(self, query: ListQuery) -> Listed[ContactRow]: ...

    async def companies(self, query: ListQuery) -> Listed[CompanyRow]: ...

    async def orders(self, query: ListQuery) -> Listed[OrderRow]: ...

    async def deals(self, query: ListQuery) -> Listed[DealRow]: ...

    async def leads(self, query: ListQuery) -> Listed[LeadRow]: ...

    async def count(self, kind: ListKind, query: ListQuery, most: int) -> int:
        """How many there are, counting no further than `most`."""
        ...

    async def count_calls(self, which: CallFilter, most: int) -> int: ...

    async def views(self, user_id: UUID, kind: ListKind) -> Sequence[SavedView]:
        """By name."""
        ...

    async def save_view(self, view: SavedView) -> None:
        """A view of the same name takes its place."""
        ...

    async def remove_view(self, user_id: UUID, view_id: UUID) -> SavedView | None:
        """Only one's own; what was removed."""
        ...
