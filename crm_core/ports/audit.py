# SPDX-License-Identifier: Apache-2.0
"""The audit trail: who changed what, from what to what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.audit import AuditEntry


class Audit(Protocol):
    async def add(self, *entries: AuditEntry) -> None: ...

    async def remove_before(self, before: datetime) -> int:
        """How many went."""
        ...

    async def of(self, kind: str, record_id: UUID, limit: int = 100) -> Sequence[AuditEntry]:
        """Newest first."""
        ...
