# SPDX-License-Identifier: Apache-2.0
"""Tasks of people."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from crm_core.domain.client import ClientKind
from crm_core.domain.task import Task, TaskRow


class Tasks(Protocol):
    async def hold(self, task_ids: Collection[UUID]) -> None:
        """Say it before reading what is to be changed: else one of two edits at once is lost."""
        ...

    async def get(self, task_id: UUID) -> Task | None: ...

    async def row(self, task_id: UUID) -> TaskRow | None: ...

    async def save(self, *tasks: Task) -> None:
        """Add or overwrite, by id."""
        ...

    async def open_of(self, user_id: UUID, limit: int = 50) -> Sequence[TaskRow]:
        """What somebody has to do, by the time it is due."""
        ...

    async def count_open(self, user_id: UUID) -> int: ...

    async def of_client(self, kind: ClientKind, client_id: UUID, limit: int = 20) -> Sequence[TaskRow]:
        """The open ones by the time they are due, then the last done. A company's: its contacts' too."""
        ...

    async def of_calls(self, call_ids: Collection[UUID]) -> Sequence[TaskRow]:
        """Those that came of these calls, by the time they are due."""
        ...
