# SPDX-License-Identifier: Apache-2.0
"""What a client answered on the keypad after a call."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar
from uuid import UUID

Of = TypeVar("Of")
ANY: Final = "any"  # answer: of a filter of calls

_QUESTION = re.compile(r"[A-Za-z0-9_-]{1,40}\Z", re.ASCII)
_KEYS = re.compile(r"[0-9*#]{1,20}\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswer:
    """`question` is the dialplan's own name for what was asked. Asked again in a call, the last answer counts."""

    call_id: UUID
    question: str
    keys: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCount:
    """How often these keys were the answer to a question, after calls that one operator answered, from one queue."""

    question: str
    user_id: UUID | None
    queue: str | None
    keys: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Generic[Of]):
    """`average` of the answers that are numbers; the others are only counted."""

    question: str
    of: Of
    answers: int
    average: float | None


def scores(counts: Iterable[AnswerCount], of: Callable[[AnswerCount], Of | None]) -> list[Score[Of]]:
    """By question, then best first; what is nobody's, or came from no queue, is left out."""
    found: dict[tuple[str, Of], list[AnswerCount]] = {}
    for one in counts:
        if (whose := of(one)) is not None:
            found.setdefault((one.question, whose), []).append(one)
    every = [_score(question, whose, ones) for (question, whose), ones in found.items()]
    return sorted(every, key=lambda one: (one.question, -(one.average or 0.0), -one.answers))


def _score(question: str, whose: Of, counts: Sequence[AnswerCount]) -> Score[Of]:
    marks = [(int(one.keys), one.count) for one in counts if one.keys.isdecimal()]
    given = sum(count for _, count in marks)
    average = sum(mark * count for mark, count in marks) / given if given else None
    return Score(question=question, of=whose, answers=sum(one.count for one in counts), average=average)


def is_answer(question: str, keys: str) -> bool:
    return bool(_QUESTION.match(question) and _KEYS.match(keys))
