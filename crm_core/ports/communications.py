# SPDX-License-Identifier: Apache-2.0
"""Communications: one row for each contact with a client."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from crm_core.domain.call_history import Cursor, TimelineItem
from crm_core.domain.communication import Communication


class Communications(Protocol):
    async def hold(self, communication_id: UUID) -> None:
        """Say it before reading what is to be changed: else one of two edits at once is lost."""
        ...

    async def get(self, communication_id: UUID) -> Communication | None: ...

    async def save(self, communication: Communication) -> None:
        """Add or overwrite, by id."""
        ...

    async def remove(self, communication_id: UUID) -> None:
        """Of a call that became part of another."""
        ...

    async def move(self, lead_id: UUID, *, contact_id: UUID, company_id: UUID | None) -> Sequence[UUID]:
        """From a lead to a contact's timeline; the lead stays named. Returns which."""
        ...

    async def move_back(self, lead_id: UUID, contact_id: UUID | None) -> Sequence[UUID]:
        """What `move` did undone, for those that are still this contact's; all count again. Returns which."""
        ...

    async def count_in(self, lead_id: UUID, *, in_statistics: bool) -> Sequence[UUID]:
        """Set whether a lead's communications stand in statistics. Returns which."""
        ...

    async def unchosen(self, e164s: Collection[str], limit: int) -> Sequence[TimelineItem]:
        """By these numbers and of nobody: several have the number, and nobody said who it was. Newest first."""
        ...

    async def timeline(
        self,
        *,
        contact_id: UUID | None = None,
        company_id: UUID | None = None,
        lead_id: UUID | None = None,
        after: Cursor | None = None,
        limit: int = 30,
    ) -> Sequence[TimelineItem]:
        """Newest first. A company's holds those of its contacts too."""
        ...
