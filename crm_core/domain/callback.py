# SPDX-License-Identifier: Apache-2.0
"""Somebody wants to be called back: they keep their place in the queue without waiting in it, or left their number."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.missed import Attempt, AttemptKind, MissedItem, MissedState
from crm_core.domain.missed_views import MissedSeen

LONGEST_NOTE: Final = 2000
_FURTHEST = timedelta(days=60)
_LONGEST_WAIT = timedelta(hours=6)


class CallbackSource(StrEnum):
    QUEUE = "queue"  # pressed a key while waiting
    STEP = "step"  # was told so by a step of a rule
    OPERATOR = "operator"  # said it to somebody of us, by another way
    PROGRAM = "program"  # a form of a site


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequest:
    """Its id is the call's, where it was made in one: the call that ends without a talk is this request, no other.

    What became of it, who has it and how often it was tried is told by the ledger of missed callers: there everybody
    who waits for a call of ours stands once.
    """

    id: UUID
    e164: str
    source: CallbackSource
    arrived_at: datetime  # their place: since when they wait
    made_at: datetime
    did: str | None = None
    queue: str | None = None
    wanted_at: datetime | None = None
    note: str | None = None
    user_id: UUID | None = None  # who took it

    def __post_init__(self) -> None:
        if self.note is not None and (len(self.note) > LONGEST_NOTE or "\0" in self.note):
            raise InvalidInputError("a note is too long or has control characters", field="note")
        if self.wanted_at and not timedelta(0) <= self.wanted_at - self.made_at <= _FURTHEST:
            raise InvalidInputError("Choose a time within the next 60 days.", field="wanted_at")

    @property
    def is_of_a_call(self) -> bool:
        return self.source in {CallbackSource.QUEUE, CallbackSource.STEP}

    def attempt(self, call_id: UUID | None = None, rung: tuple[UUID, ...] = ()) -> Attempt:
        """As the ledger has it. `call_id`: once the call is kept."""
        return Attempt(
            id=self.id,
            kind=AttemptKind.CALLBACK_REQUEST,
            at=self.arrived_at,
            e164=self.e164,
            did=self.did,
            call_id=call_id,
            rung=rung,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackFilter:
    state: MissedState | None = None
    is_open: bool | None = None
    seen: MissedSeen = field(default_factory=MissedSeen)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRow:
    """A request, and the item of the ledger that it is part of."""

    request: CallbackRequest
    item: MissedItem = field(repr=False)


def arrived(since: str, pressed: datetime) -> datetime:
    """Their place, as the PBX says; a clock that is wrong gives nobody one before everybody."""
    if not (since.isascii() and since.isdigit() and len(since) <= 11):  # noqa: PLR2004 - seconds since 1970
        return pressed
    at = datetime.fromtimestamp(int(since), UTC)
    return at if pressed - _LONGEST_WAIT <= at <= pressed else pressed
