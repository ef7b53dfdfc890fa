# SPDX-License-Identifier: Apache-2.0
"""A task is done, or was not after all."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.people import User
from crm_core.domain.task import Task
from crm_core.ports.store import Store
from crm_core.usecases.save_task import TaskNotFoundError
from crm_core.usecases.trail import Trail


async def do_task(store: Store, user: User, task_id: UUID, actor: Actor, now: datetime) -> Task:
    """To say so again changes nothing."""
    return await _set(store, task_id, now, user.id, Trail(actor, now))


async def reopen_task(store: Store, task_id: UUID, actor: Actor, now: datetime) -> Task:
    return await _set(store, task_id, None, None, Trail(actor, now))


async def _set(store: Store, task_id: UUID, at: datetime | None, by: UUID | None, trail: Trail) -> Task:
    async with store.begin() as tx:
        await tx.tasks.hold([task_id])
        before = await tx.tasks.get(task_id)
        if before is None:
            raise TaskNotFoundError
        if bool(before.done_at) == bool(at):
            return before
        after = replace(before, done_at=at, done_by=by, updated_at=trail.now)
        await tx.tasks.save(after)
        trail.note("task", before, after, "done" if at else "reopen")
        await trail.write(tx)
    return after
