# SPDX-License-Identifier: Apache-2.0
"""Who leaves us leaves missed callers, deals and tasks behind: others can take them, nothing waits for ever."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from crm_core.domain.missed import MissedItem, released
from crm_core.domain.sharing import Owned
from crm_core.ports.store import Tx
from crm_core.usecases.open_missed import save
from crm_core.usecases.trail import Trail


@dataclass(frozen=True, slots=True)
class _Whose:
    """As the trail keeps it."""

    owner_id: UUID | None
    claimed_by: UUID | None


async def hand_missed_over(tx: Tx, user_id: UUID, heir_id: UUID | None, trail: Trail) -> None:
    """Whom they had taken to call back is free again; whose they were is the heir's, or everybody's."""
    for before in await tx.missed.held_of(user_id):
        after = released(before, trail.now) if before.claimed_by == user_id else before
        if before.owner_id == user_id:
            after = replace(after, owner_id=heir_id)
        await save(tx, replace(after, updated_at=trail.now), trail.now)
        trail.note_fields("missed", before.id, _told(before), _told(after), "hand over")


async def hand_deals_over(tx: Tx, user_id: UUID, heir_id: UUID | None, trail: Trail) -> None:
    """The open ones; without an heir they are nobody's, and can be dealt out."""
    for deal_id in await tx.sharing.open_of(Owned.DEAL, user_id):
        await tx.deals.hold(deal_id)
        before = await tx.deals.get(deal_id)
        if before is not None and before.owner_id == user_id and before.is_open:
            after = replace(before, owner_id=heir_id, updated_at=trail.now)
            await tx.deals.save(after)
            trail.note("deal", before, after)


async def hand_tasks_over(tx: Tx, user_id: UUID, heir_id: UUID, trail: Trail) -> Sequence[UUID]:
    """What is still to be done; without an heir it stays, and is seen with its client. Returns which."""
    moved = []
    while rows := await tx.tasks.open_of(user_id):
        await tx.tasks.hold([row.task.id for row in rows])
        for before in [await tx.tasks.get(row.task.id) for row in rows]:
            if before is not None and before.user_id == user_id:
                after = replace(before, user_id=heir_id, updated_at=trail.now)
                await tx.tasks.save(after)
                trail.note("task", before, after)
                moved.append(after.id)
    return moved


def _told(item: MissedItem) -> _Whose:
    return _Whose(item.owner_id, item.claimed_by)
