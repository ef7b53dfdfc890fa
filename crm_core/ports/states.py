# SPDX-License-Identifier: Apache-2.0
"""States of operators as intervals."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.operator_state import StateInterval


class States(Protocol):
    async def current(self, users: Collection[UUID] | None = None) -> dict[UUID, StateInterval]:
        """The open interval of these users, or of all; one who never said anything is not in the answer."""
        ...

    async def at(self, at: datetime) -> dict[UUID, StateInterval]:
        """Who said what at that time."""
        ...

    async def between(self, user_id: UUID, since: datetime, until: datetime) -> Sequence[StateInterval]:
        """Intervals that touch the span, oldest first."""
        ...

    async def hold(self, user_id: UUID) -> None:
        """Before reading what this user's next state depends on: whoever changes it too waits for the commit."""
        ...

    async def start(self, interval: StateInterval) -> None:
        """End the user's open interval where this one begins, and open this one."""
        ...
