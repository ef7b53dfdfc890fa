# SPDX-License-Identifier: Apache-2.0
"""Who is away when, and who stands in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.absence import Absence


class Absences(Protocol):
    async def add(self, absence: Absence) -> None: ...

    async def get(self, absence_id: UUID) -> Absence | None: ...

    async def cancel(self, absence_id: UUID, at: datetime) -> None: ...

    async def since(self, at: datetime) -> Sequence[Absence]:
        """Those in force at a time or still to come; called off ones are left out."""
        ...

    async def of_user(self, user_id: UUID) -> Sequence[Absence]:
        """All there ever were, the latest first."""
        ...
