# SPDX-License-Identifier: Apache-2.0
"""Tasks as pages show them: by when each is due, and the form that sets one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import web

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.task import LONGEST_TEXT, Due, Task, TaskRow, due
from crm_core.usecases.save_task import TaskFields
from web import keys
from web.forms import chosen_id, day_of, seen_at, text_field
from web.plan_form import client_of, client_text

FIELDS: Final = {  # name -> the longest
    "text": LONGEST_TEXT,
    "user_id": 40,
    "due_on": 10,
    "due_time": 5,
    "client": 60,
    "call_id": 40,
    "seen": 40,
}


@dataclass(frozen=True, slots=True)
class TaskShown:
    row: TaskRow
    due: Due | None  # None: it is done

    @property
    def task(self) -> Task:
        return self.row.task


@dataclass(frozen=True, slots=True)
class TaskForm:
    """What was typed, as text."""

    values: Mapping[str, str]

    def fields(self, zone: ZoneInfo) -> TaskFields:
        """For the use case. The hour is the writer's."""
        said = self.values
        contact_id, company_id = client_of(said["client"])
        fields: TaskFields = {"text": said["text"], "contact_id": contact_id, "company_id": company_id}
        if said["user_id"]:
            fields["user_id"] = chosen_id(said["user_id"], "user_id")
        if said["due_on"]:
            fields["due_on"] = day_of(said["due_on"], "due_on")
            fields["due_at"] = _moment(fields["due_on"], said["due_time"], zone)
        return fields

    @property
    def call_id(self) -> UUID | None:
        text = self.values["call_id"]
        return chosen_id(text, "call_id") if text else None

    @property
    def seen(self) -> datetime | None:
        return seen_at(self.values["seen"])


def tasks_shown(request: web.Request, rows: Iterable[TaskRow]) -> list[TaskShown]:
    now = request.app[keys.CLOCK]()
    today = now.astimezone(request.app[keys.IN_FORCE].house.tzinfo).date()
    return [
        TaskShown(row, due(row.task.due_on, row.task.due_at, now, today) if row.task.is_open else None)
        for row in rows
    ]


def by_due(shown: Sequence[TaskShown]) -> dict[Due, list[TaskShown]]:
    """Those that there are, the most pressing first."""
    groups = {group: [one for one in shown if one.due is group] for group in Due}
    return {group: some for group, some in groups.items() if some}


def read(sent: Mapping[str, object]) -> TaskForm:
    return TaskForm({name: text_field(sent, name, longest).strip() for name, longest in FIELDS.items()})


def opened(task: Task, text: str, zone: ZoneInfo) -> TaskForm:
    """`text`: as its reader sees it, where it is one of ours."""
    client = client_text(task.contact_id, task.company_id)
    at = task.due_at.astimezone(zone) if task.due_at else None
    values: dict[str, Any] = {
        "text": text,
        "user_id": task.user_id,
        "due_on": (at.date() if at else task.due_on).isoformat(),
        "due_time": at.strftime("%H:%M") if at else "",
        "client": client,
        "call_id": task.call_id or "",
        "seen": task.updated_at.isoformat(),
    }
    return TaskForm({name: str(value) for name, value in values.items()})


def _moment(day: date, text: str, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.combine(day, time.fromisoformat(text), zone) if text else None
    except ValueError as error:
        raise InvalidInputError("this is not a time", field="due_time") from error
