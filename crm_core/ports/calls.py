# SPDX-License-Identifier: Apache-2.0
"""Calls and their legs, as kept."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.call import Call
from crm_core.domain.call_history import CallFilter, CallRow, Cursor, KeptCall, Recalled
from crm_core.domain.communication import Communication


class Calls(Protocol):
    async def recall(self, told: Call, e164: str | None) -> Recalled:
        """All that recording this snapshot needs to know, in one go; `e164` is the client's number."""
        ...

    async def keep(self, kept: KeptCall, communication: Communication | None) -> None:
        """Add or overwrite the call with its legs and linkedids, by id; then its communication.

        Of a communication that is there only the facts of the call change: owner, result and note are people's.
        """
        ...

    async def merge(self, younger: UUID, into: UUID) -> None:
        """Re-point the younger's linkedids; its row stays as `merged_into`. Does nothing if it is not kept."""
        ...

    async def get(self, call_id: UUID) -> KeptCall | None:
        """The call, or the one that it was merged into."""
        ...

    async def by_linkedid(self, pbx: str, linkedid: str) -> KeptCall | None:
        """The call of that linkedid; of the newest boot where it was used again."""
        ...

    async def row(self, call_id: UUID) -> CallRow | None: ...

    async def rows(self, call_ids: Collection[UUID]) -> dict[UUID, CallRow]: ...

    async def page(self, which: CallFilter, after: Cursor | None, limit: int) -> Sequence[CallRow]:
        """Newest first, without those merged away or not ended."""
        ...

    async def unfinished(self, pbx: str, before: datetime) -> Sequence[UUID]:
        """Calls kept as going on that began before then: to be compared with what the PBX says."""
        ...
