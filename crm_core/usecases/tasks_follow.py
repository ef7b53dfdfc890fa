# SPDX-License-Identifier: Apache-2.0
"""Tasks that came of a call go where the call goes, when it turns out to have been with somebody else."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.ports.store import Tx

Client = tuple[UUID | None, UUID | None]  # contact, company
NOBODY: Client = (None, None)


class With(Protocol):
    """A communication, or whose it is."""

    @property
    def contact_id(self) -> UUID | None: ...
    @property
    def company_id(self) -> UUID | None: ...


def client_of(talk: With) -> Client:
    """A contact's company follows from the contact, as it is at any time."""
    return talk.contact_id, None if talk.contact_id else talk.company_id


async def tasks_follow(
    tx: Tx, call_ids: Collection[UUID], before: Client, after: Client, now: datetime
) -> None:
    """Not those that somebody gave another client."""
    if before == after:
        return
    await tx.tasks.hold([row.task.id for row in await tx.tasks.of_calls(call_ids)])
    for row in await tx.tasks.of_calls(call_ids):
        if client_of(row.task) == before:
            moved = replace(row.task, contact_id=after[0], company_id=after[1], updated_at=now)
            await tx.tasks.save(moved)
            tx.changes.add("task", moved.id, now)
