# SPDX-License-Identifier: Apache-2.0
"""What operators said of themselves, as intervals: one open at a time for each."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm_core.domain.directory.people import OperatorState


@dataclass(frozen=True, slots=True, kw_only=True)
class StateInterval:
    id: UUID
    user_id: UUID
    state: OperatorState
    started_at: datetime
    reason: str | None = None  # why paused
    ended_at: datetime | None = None
