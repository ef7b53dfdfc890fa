# SPDX-License-Identifier: Apache-2.0
"""What operators said of themselves, as intervals: one open at a time for each."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm_core.domain.directory.people import OperatorState, StateSource


@dataclass(frozen=True, slots=True, kw_only=True)
class StateInterval:
    id: UUID
    user_id: UUID
    state: OperatorState
    started_at: datetime
    reason: str | None = None  # why paused
    ended_at: datetime | None = None
    source: StateSource | None = None  # None: from before it was kept
    until: datetime | None = None  # when working hours begin that bring them back

    @property
    def is_off_shift(self) -> bool:
        """Working hours took them out, and bring them back."""
        return self.state is OperatorState.OFFLINE and self.source is StateSource.SCHEDULE
