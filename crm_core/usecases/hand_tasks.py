# SPDX-License-Identifier: Apache-2.0
"""All that somebody has still to do goes to a colleague, in one act; and that taken back."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.ports.store import Store, Tx
from crm_core.usecases.client_meant import check_colleague
from crm_core.usecases.hand_work_over import hand_tasks_over
from crm_core.usecases.trail import Trail

ACT: Final = "task_hand_over"
HANDED, TAKEN_BACK = "hand_over", "take_back"


@dataclass(frozen=True, slots=True)
class _Handed:
    """As the trail keeps it: from whom, to whom, which."""

    of: str
    to: str
    tasks: tuple[str, ...]


async def hand_tasks(store: Store, of: UUID, to: UUID, actor: Actor, now: datetime) -> UUID:
    """The id of the act, by which it is taken back."""
    act, trail = new_id(now), Trail(actor, now)
    async with store.begin() as tx:
        await check_colleague(tx, to, "to")
        if of == to:
            raise InvalidInputError("Choose a colleague who works here.", field="to")
        moved = await hand_tasks_over(tx, of, to, trail)
        told = _Handed(str(of), str(to), tuple(str(one) for one in moved))
        trail.note_fields(ACT, act, None, told, HANDED)
        await trail.write(tx)
    return act


async def take_tasks_back(store: Store, act: UUID, actor: Actor, now: datetime) -> UUID:
    """Whose they are again. What was done since, or went to another, stays as it is."""
    trail = Trail(actor, now)
    async with store.begin() as tx:
        entries = await tx.audit.of(ACT, act)
        if not entries:
            raise NotFoundError
        if entries[0].action != HANDED:
            raise ConflictError("This was done already.")
        told = entries[0].after or {}
        of, to = UUID(told["of"]), UUID(told["to"])
        back = [one for one in told["tasks"] if await _return(tx, UUID(one), of, to, trail)]
        trail.note_fields(ACT, act, None, _Handed(str(to), str(of), tuple(back)), TAKEN_BACK)
        await trail.write(tx)
    return of


async def _return(tx: Tx, task_id: UUID, of: UUID, to: UUID, trail: Trail) -> bool:
    await tx.tasks.hold([task_id])
    before = await tx.tasks.get(task_id)
    if before is None or before.user_id != to or before.done_at is not None:
        return False
    after = replace(before, user_id=of, updated_at=trail.now)
    await tx.tasks.save(after)
    trail.note("task", before, after)
    return True
