# SPDX-License-Identifier: Apache-2.0
"""What CEL said of calls, kept beside them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.witness import Witness, WitnessedCall


class Witnesses(Protocol):
    async def keep(self, witnesses: Collection[Witness]) -> None:
        """Add or overwrite by id."""
        ...

    async def said_of(self, call_id: UUID) -> Sequence[WitnessedCall]:
        """On the road of every call that ends: cheap where nothing is there."""
        ...

    async def of_calls(self, call_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Witness]]:
        """By call, oldest first; calls that have none are left out."""
        ...

    async def forget(self, before: datetime, limit: int) -> int:
        """Remove so many at most, of calls that ended before. How many went."""
        ...

    async def between(self, since: datetime, until: datetime, pbx: str | None = None) -> Sequence[Witness]:
        """Of calls that began then (`until` is exclusive), oldest first."""
        ...
