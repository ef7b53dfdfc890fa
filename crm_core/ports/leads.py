# SPDX-License-Identifier: Apache-2.0
"""Leads: unknown callers by number."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from crm_core.domain.call_history import Cursor
from crm_core.domain.lead import Lead
from crm_core.domain.narrowed import LeadFilter


class Leads(Protocol):
    async def get(self, lead_id: UUID) -> Lead | None: ...

    async def of_number(self, e164: str) -> Lead | None:
        """The open lead of a number, else the one set aside last (spam, wrong number, not a client)."""
        ...

    async def add(self, lead: Lead) -> Lead:
        """The one open lead of its number: this one, or the one that was there first."""
        ...

    async def save(self, lead: Lead) -> None:
        """ConflictError when another open lead has the number."""
        ...

    async def page(self, which: LeadFilter, after: Cursor | None, limit: int) -> Sequence[Lead]:
        """Newest first, by created_at and id."""
        ...
