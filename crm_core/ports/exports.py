# SPDX-License-Identifier: Apache-2.0
"""Lists on their way into files."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.listing import ExportJob


class Exports(Protocol):
    async def job(self, job_id: UUID) -> ExportJob | None: ...

    async def save(self, job: ExportJob) -> None:
        """Add or overwrite, by id."""
        ...

    async def waiting(self) -> ExportJob | None:
        """The oldest that nobody has begun."""
        ...

    async def begin_again(self) -> None:
        """Those that ran when the process ended wait once more."""
        ...

    async def of_user(self, user_id: UUID, limit: int = 5) -> Sequence[ExportJob]:
        """Newest first."""
        ...

    async def forget(self, before: datetime) -> Sequence[UUID]:
        """Remove the jobs created before then; which."""
        ...
