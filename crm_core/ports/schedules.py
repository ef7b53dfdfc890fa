# SPDX-License-Identifier: Apache-2.0
"""Opening hours by name."""

from typing import Protocol
from uuid import UUID

from crm_core.domain.schedule import Schedule


class Schedules(Protocol):
    async def all(self) -> list[Schedule]:
        """By name."""
        ...

    async def save(self, schedule: Schedule) -> None:
        """Add or overwrite, by id; ConflictError when another has the name."""
        ...

    async def remove(self, schedule_id: UUID) -> None:
        """Numbers and people that kept these hours keep none."""
        ...
