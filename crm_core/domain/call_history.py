# SPDX-License-Identifier: Apache-2.0
"""Calls as they are kept and shown: a call with whose legs they were, and the rows of a list and of a timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar
from uuid import UUID

from crm_core.domain.call import Call, Direction, Disposition, Leg, TalkSegment
from crm_core.domain.communication import Communication, Owner
from crm_core.domain.lead import Lead
from crm_core.domain.recording import Recording, RecordingPause
from crm_core.domain.survey import SurveyAnswer

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class KeptLeg:
    """A leg, and whose device or extension it was at that time."""

    leg: Leg
    user_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCall:
    """A call of the database. `call.legs` and `legs` are the same legs in the same order."""

    call: Call
    legs: tuple[KeptLeg, ...]
    client_e164: str | None
    answered_user_id: UUID | None
    merged_into: UUID | None = None

    @property
    def users(self) -> frozenset[UUID]:
        return frozenset(kept.user_id for kept in self.legs if kept.user_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What was known when a snapshot of a call came: of the call, of its client's number, of whose its legs are."""

    merged_into: UUID | None = None
    ended_at: datetime | None = None
    communication: Communication | None = None
    contacts: tuple[Owner, ...] = ()  # who has the number, oldest first
    companies: tuple[UUID, ...] = ()  # on which it stands
    lead: Lead | None = None
    users: tuple[UUID | None, ...] = ()  # of each leg

    def is_newer_than(self, call: Call) -> bool:
        """An ended call is not opened again, and one that became part of another says no more."""
        return self.merged_into is not None or (self.ended_at is not None and call.ended_at is None)


def started(call: Call) -> datetime:
    """When it began; at least to the second, from its id, when the PBX's words had no times."""
    return call.started_at or datetime.fromtimestamp((call.id.int >> 80) / 1000, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """What a list of calls is narrowed to; None narrows nothing."""

    since: datetime | None = None
    until: datetime | None = None  # exclusive
    direction: Direction | None = None
    disposition: Disposition | None = None
    missed: bool | None = None
    user_id: UUID | None = None  # took part with a leg
    team_id: UUID | None = None  # somebody of the team did
    answer: str | None = None  # to a survey: these keys, or survey.ANY
    tail: str | None = None  # last digits of the client's number
    pbx: str | None = None
    only_users: frozenset[UUID] | None = None  # scope: calls of these users, or of clients of these managers


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list sorted by time and id, newest first: the next page begins after it."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """A call in a list."""

    id: UUID
    pbx: str
    direction: Direction
    disposition: Disposition | None
    missed: bool
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    wait_s: float | None
    talk_s: float
    hold_s: float
    caller: str | None
    caller_name: str | None
    dialled: str | None
    client_e164: str | None
    queue: str | None
    answered_by: str | None
    final_party: str | None
    answered_user_id: UUID | None
    answered_user: str | None
    transfers: int
    uncertain: tuple[str, ...]
    contact_id: UUID | None
    contact: str | None
    company_id: UUID | None
    company: str | None
    lead_id: UUID | None
    recordings: tuple[Recording, ...] = ()
    talks: tuple[TalkSegment, ...] = ()  # of a call with recordings
    pauses: tuple[RecordingPause, ...] = ()
    answers: tuple[SurveyAnswer, ...] = ()  # to surveys
    corrected: bool = False  # by the second witness
    asked_back: bool = False  # its caller asked in it to be called back
    asked_back_in: UUID | None = None  # their item of the ledger, where the reader may see that

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.started_at, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineItem:
    """A communication on a client's timeline; `call` and `legs` when it was a call."""

    communication: Communication
    user: str | None
    contact: str | None
    call: CallRow | None = None
    legs: tuple[KeptLeg, ...] = ()

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.communication.started_at, self.communication.id)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows and where the next page begins; None on the last one."""

    rows: Sequence[Row]
    next: Cursor | None
