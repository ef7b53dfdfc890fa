# SPDX-License-Identifier: Apache-2.0
"""What the balance reads, day by day, and what it found."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.balance import DayBalance, Finding, FindingState
from crm_core.domain.call import Call
from crm_core.domain.call_history import KeptCall
from crm_core.domain.recording import Recording


class Balances(Protocol):
    async def calls(self, since: datetime, until: datetime, after: UUID | None, limit: int) -> Sequence[Call]:
        """Calls that began within that time, by id, without their legs and recordings."""
        ...

    async def orphans(self, since: datetime, until: datetime) -> Sequence[Recording]:
        """Files without a call that came within that time."""
        ...

    async def near(self, pbx: str, since: datetime, until: datetime, limit: int = 50) -> Sequence[KeptCall]:
        """Calls of a PBX that began within that time, the latest first, with legs."""
        ...

    async def recorded_boots(self, since: datetime, until: datetime) -> frozenset[tuple[str, str]]:
        """PBX and boot of which at least one call of that time has a recording."""
        ...

    async def save(self, day: DayBalance) -> None:
        """Add it, or overwrite the one of that day."""
        ...

    async def save_finding(self, finding: Finding) -> None:
        """Add or overwrite, by id."""
        ...

    async def finding(self, finding_id: UUID) -> Finding | None: ...

    async def findings(self, day: str) -> Sequence[Finding]:
        """All of a day, open ones first, then by time."""
        ...

    async def of_call(self, call_id: UUID) -> Sequence[Finding]:
        """What is open of one call, whatever the day."""
        ...

    async def days(self, limit: int) -> Sequence[DayBalance]:
        """Newest first."""
        ...

    async def counts(self, days: Sequence[str]) -> Mapping[str, Mapping[FindingState, int]]: ...

    async def open_count(self) -> int: ...
