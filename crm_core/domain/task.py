# SPDX-License-Identifier: Apache-2.0
"""A task: what one of us has to do, by when, and for which client."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

LONGEST_TEXT: Final = 500
# What we write ourselves: pages say it in the reader's language (web.words), programs in English.
TAKE_OVER: Final = "Take over %(client)s from %(old)s: turnover band %(band)s"
GET_TO_KNOW: Final = "Get to know %(client)s, who had no manager: turnover band %(band)s"
HAND_ON: Final = "Hand %(client)s on to %(new)s: turnover band %(band)s"


class TaskOrigin(StrEnum):
    HAND = "hand"
    CALL = "call"
    BAND = "band"  # a client changed their band, and with it their manager


class Due(StrEnum):
    OVERDUE = "overdue"
    TODAY = "today"
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """`due_at` stands where an hour was said; `due_on` is its day then, and always there.

    `about` fills the gaps of a text of ours; what a person wrote has none.
    """

    id: UUID
    text: str
    user_id: UUID
    due_on: date
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None
    origin: TaskOrigin = TaskOrigin.HAND
    call_id: UUID | None = None  # the call it came of
    created_by: UUID | None = None  # None: nobody of us, a rule
    done_at: datetime | None = None
    done_by: UUID | None = None
    about: Mapping[str, str] | None = None

    @property
    def is_open(self) -> bool:
        return self.done_at is None

    @property
    def plain(self) -> str:
        """In English, where it is a text of ours."""
        return self.text % self.about if self.about else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """With the names a list shows."""

    task: Task
    user: str | None = None
    contact: str | None = None
    company: str | None = None
    maker: str | None = None
    done_by: str | None = None


def due(day: date, at: datetime | None, now: datetime, today: date) -> Due:
    """`today`: of the house, as the days of tasks are."""
    if day < today or (at is not None and at <= now):
        return Due.OVERDUE
    return Due.TODAY if day == today else Due.LATER
