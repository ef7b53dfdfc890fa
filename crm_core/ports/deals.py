# SPDX-License-Identifier: Apache-2.0
"""Deals with clients."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from crm_core.domain.client import ClientKind
from crm_core.domain.deal import Deal


class Deals(Protocol):
    async def hold(self, deal_id: UUID) -> None:
        """Say it before reading what is to be changed: else one of two edits at once is lost."""
        ...

    async def get(self, deal_id: UUID) -> Deal | None: ...

    async def save(self, deal: Deal) -> None:
        """Add or overwrite, by id."""
        ...

    async def of_client(self, kind: ClientKind, client_id: UUID, limit: int = 20) -> Sequence[Deal]:
        """The open ones first, what is expected soonest first; then the last closed. A company's: its contacts' too."""
        ...

    async def open_sums(self, kind: ClientKind, client_id: UUID) -> Mapping[str, Decimal]:
        """What is open with them, by currency."""
        ...
