# SPDX-License-Identifier: Apache-2.0
"""Tasks: what people have to do, by when, and for which client."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, cast
from uuid import UUID

from pydantic import Field

from crm_core.domain.call_history import Cursor
from crm_core.domain.narrowed import TaskFilter
from crm_core.domain.shallow import shallow
from crm_core.domain.task import LONGEST_TEXT, Task, TaskOrigin
from crm_core.usecases.do_task import do_task as task_done
from crm_core.usecases.do_task import reopen_task as task_open_again
from crm_core.usecases.save_task import TaskFields, TaskNotFoundError, edit_task
from crm_core.usecases.save_task import create_task as make_task
from web.api.ask import Ask, patched
from web.api.operation import operation
from web.api.paging import read_page
from web.api.words import Day, Given, Page, PageQuery, Text, Time, Told

What = Annotated[Text, Field(min_length=1, max_length=LONGEST_TEXT)]


class Which(StrEnum):
    OPEN = "open"
    DONE = "done"


class TaskTold(Told):
    id: UUID
    text: Annotated[str, Field(description="What is to be done; a text of ours in English.")]
    user_id: Annotated[UUID, Field(description="For whom.")]
    due_on: Annotated[date, Field(description="A day of the house.")]
    due_at: datetime | None
    contact_id: UUID | None
    company_id: UUID | None
    origin: Annotated[TaskOrigin, Field(description="`band`: a client changed their turnover band.")]
    call_id: UUID | None
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime
    done_at: datetime | None
    done_by: UUID | None


class TaskPatch(Given):
    """What is left out stays; null empties it. With `due_at`, `due_on` follows from it."""

    text: What = ""
    user_id: UUID = UUID(int=0)
    due_on: Day = date.max
    due_at: Time | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None

    def fields(self) -> TaskFields:
        return cast("TaskFields", self.model_dump(exclude_unset=True, exclude={"call_id"}))


class TaskGiven(TaskPatch):
    """`due_on` or `due_at` is needed. Without `user_id` it is for the token's user."""

    text: What
    call_id: Annotated[UUID | None, Field(description="Of a call: with its client, unless one is named.")] = (
        None
    )


class TaskQuery(PageQuery):
    changed_since: Time | None = None
    user_id: UUID | None = None
    state: Which | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None


@operation("GET", "/tasks", scope="tasks:read", summary="Tasks, last changed last")
async def list_tasks(ask: Ask, query: TaskQuery) -> Page[TaskTold]:
    """A company's are its own and those of its contacts."""
    asked = query.model_dump(exclude={"limit", "cursor", "state"})
    which = TaskFilter(**asked, is_open=None if query.state is None else query.state is Which.OPEN)
    async with ask.store.read() as tx:
        rows, following = await read_page(
            ask,
            query,
            lambda after, limit: tx.listings.tasks(which, after, limit),
            lambda row: Cursor(row.updated_at, row.id),
        )
    return Page(items=[_told(row) for row in rows], next=following)


@operation(
    "POST",
    "/tasks",
    scope="tasks:write",
    summary="Set a task",
    status=201,
    versioned=True,
    refusals={404: "There is no such call, or it is not yours to see."},
)
async def create_task(ask: Ask, body: TaskGiven) -> TaskTold:
    made = await make_task(ask.store, ask.user, body.fields(), ask.actor, ask.now, call_id=body.call_id)
    ask.created_at(f"/tasks/{made.id}")
    return _told(made)


@operation("GET", "/tasks/{id}", scope="tasks:read", summary="A task", versioned=True)
async def get_task(ask: Ask, task_id: UUID) -> TaskTold:
    return await _read(ask, task_id)


@operation("PATCH", "/tasks/{id}", scope="tasks:write", summary="Change a task", versioned=True)
async def patch_task(ask: Ask, task_id: UUID, body: TaskPatch) -> TaskTold:
    """With If-Match, only what you saw is changed: otherwise 412 and, in `current`, what it is now."""
    fields = body.fields()
    return await patched(
        ask,
        lambda: _read(ask, task_id),
        lambda seen: edit_task(
            ask.store, task_id, fields, ask.actor, ask.now, seen=seen.updated_at if seen else None
        ),
    )


@operation("POST", "/tasks/{id}/done", scope="tasks:write", summary="A task is done", versioned=True)
async def do_task(ask: Ask, task_id: UUID) -> TaskTold:
    """To say so again changes nothing."""
    return _told(await task_done(ask.store, ask.user, task_id, ask.actor, ask.now))


@operation("POST", "/tasks/{id}/reopen", scope="tasks:write", summary="It was not done", versioned=True)
async def reopen_task(ask: Ask, task_id: UUID) -> TaskTold:
    return _told(await task_open_again(ask.store, task_id, ask.actor, ask.now))


async def _read(ask: Ask, task_id: UUID) -> TaskTold:
    async with ask.store.read() as tx:
        found = await tx.tasks.get(task_id)
    if found is None:
        raise TaskNotFoundError
    return _told(found)


def _told(task: Task) -> TaskTold:
    values: dict[str, Any] = shallow(task) | {"text": task.plain}
    return TaskTold(**{name: values[name] for name in TaskTold.model_fields})
