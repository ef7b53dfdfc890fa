# SPDX-License-Identifier: Apache-2.0
"""People set tasks, for themselves and for others."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypedDict
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.audit import Actor
from crm_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.people import User
from crm_core.domain.task import LONGEST_TEXT, Task, TaskOrigin
from crm_core.ports.store import Store, Tx
from crm_core.usecases.access_call import access_communication
from crm_core.usecases.client_meant import check_client, check_colleague
from crm_core.usecases.tasks_follow import client_of
from crm_core.usecases.trail import Trail


class TaskNotFoundError(NotFoundError):
    """There is no such task."""


class TaskFields(TypedDict, total=False):
    """What a form may say; what is not in it stays. With an hour, its day follows from it."""

    text: str
    user_id: UUID
    due_on: date
    due_at: datetime | None
    contact_id: UUID | None
    company_id: UUID | None


async def create_task(
    store: Store,
    user: User,
    fields: TaskFields,
    actor: Actor,
    now: datetime,
    *,
    call_id: UUID | None = None,
) -> Task:
    """For the maker unless somebody is named. Of a call: with its client, unless one is named."""
    if fields.get("due_on") is None and fields.get("due_at") is None:
        raise InvalidInputError("say by when it is to be done", field="due_on")
    async with store.begin() as tx:
        given: dict[str, Any] = {"user_id": user.id}
        if call_id is not None:
            talk = await access_communication(tx, user, call_id)
            contact_id, company_id = client_of(talk)
            given |= {"contact_id": contact_id, "company_id": company_id}
            given |= {"origin": TaskOrigin.CALL, "call_id": call_id}
        empty = Task(
            id=new_id(now),
            text="",
            due_on=now.date(),  # until it is said below
            created_by=user.id,
            created_at=now,
            updated_at=now,
            **given,
        )
        return await put_task(tx, None, _changed(empty, fields), Trail(actor, now))


async def edit_task(
    store: Store,
    task_id: UUID,
    fields: TaskFields,
    actor: Actor,
    now: datetime,
    *,
    seen: datetime | None = None,
) -> Task:
    """`seen`: updated_at of what the editor saw; ConflictError when it is no longer so."""
    async with store.begin() as tx:
        await tx.tasks.hold([task_id])
        before = await tx.tasks.get(task_id)
        if before is None:
            raise TaskNotFoundError
        if seen is not None and seen != before.updated_at:
            raise ConflictError
        after = _changed(before, fields)
        if after == before:
            return before
        return await put_task(tx, before, replace(after, updated_at=now), Trail(actor, now))


async def put_task(tx: Tx, before: Task | None, after: Task, trail: Trail) -> Task:
    """Check what it refers to, save, and leave a trail."""
    if not after.text:
        raise InvalidInputError("say what is to be done", field="text")
    if after.due_at:
        day = after.due_at.astimezone((await tx.settings.house()).tzinfo).date()
        after = replace(after, due_on=day)
    await check_client(tx, after.contact_id, after.company_id)
    if before is None or after.user_id != before.user_id:
        await check_colleague(tx, after.user_id, "user_id")
    await tx.tasks.save(after)
    trail.note("task", before, after)
    await trail.write(tx)
    return after


def _changed(before: Task, fields: TaskFields) -> Task:
    cleaned = fields.copy()
    if "text" in fields:
        cleaned["text"] = clean.line(fields["text"], LONGEST_TEXT) or ""
    after = replace(before, **cleaned)
    if after.text != before.text:
        after = replace(after, about=None)
    if "due_on" in fields and "due_at" not in fields and after.due_on != before.due_on:
        after = replace(after, due_at=None)  # the hour was of the other day
    return after
