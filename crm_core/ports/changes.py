# SPDX-License-Identifier: Apache-2.0
"""One row for every change, in the change's own transaction: what feeds in-memory indexes and screens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.audit import Change


class Changes(Protocol):
    def add(self, kind: str, record_id: UUID, at: datetime) -> None:
        """Noted now, written as the last thing before the commit (once for each kind and id), and only then.

        Rows become visible in the order of seq: whoever has read up to a seq never misses a smaller one.
        """
        ...

    async def since(self, seq: int, limit: int = 1000) -> Sequence[Change]:
        """Those after `seq`, oldest first."""
        ...

    async def last_seq(self) -> int: ...
