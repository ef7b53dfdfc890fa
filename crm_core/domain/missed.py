# SPDX-License-Identifier: Apache-2.0
"""A missed caller: somebody who wanted us and did not get us, until they were called back, came back or were given up.

One open item for each caller, whatever they tried and however often:

    missed -> claimed -> reached      we called and they answered
                      -> came_back    they called again and somebody answered
                      -> gave_up      a person says why
                      -> withdrawn    it turned out that nothing was missed
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from crm_core.domain.call import Direction, Disposition, LegKind
from crm_core.domain.call_history import KeptCall
from crm_core.domain.communication import Communication
from crm_core.domain.errors import ConflictError, InvalidInputError

LONGEST_MIN: Final = 7 * 24 * 60  # of working time


class MissedState(StrEnum):
    MISSED = "missed"
    CLAIMED = "claimed"
    REACHED = "reached"
    CAME_BACK = "came_back"
    GAVE_UP = "gave_up"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        return self in {MissedState.MISSED, MissedState.CLAIMED}


class AttemptKind(StrEnum):
    CALL = "call"
    VOICEMAIL = "voicemail"
    CALLBACK_REQUEST = "callback_request"
    TRIED = "tried"  # ours: we called, and they did not answer


class OwnerRule(StrEnum):
    """Who is asked first; whoever is not there, the next is: manager, last rung, team."""

    MANAGER = "manager"
    LAST_RUNG = "last_rung"
    TEAM = "team"


class ClaimedError(ConflictError):
    """Somebody else is calling them back already."""


class SettledError(ConflictError):
    """This is settled already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedRules:
    """The house's: within how many minutes of working time to call back, and whose an item is."""

    within_min: int = 30
    owner: OwnerRule = OwnerRule.MANAGER

    def __post_init__(self) -> None:
        if not 1 <= self.within_min <= LONGEST_MIN:
            raise InvalidInputError("Between 1 and 10080 minutes.", field="within_min")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who wanted us: a contact, else a company, else a number of which nothing is known."""

    e164: str
    contact_id: UUID | None = None
    company_id: UUID | None = None

    @property
    def key(self) -> str:
        return str(self.contact_id or self.company_id or self.e164)

    @property
    def keys(self) -> tuple[str, ...]:
        """Under which their item may stand: they were but a number before somebody said who they are."""
        return tuple(dict.fromkeys((self.key, self.e164)))

    @property
    def heard_by(self) -> tuple[str, ...]:
        """Whose items a talk with them settles: to talk with somebody of a company is to talk with the company."""
        ids = (self.contact_id, self.company_id)
        return tuple(dict.fromkeys((*(str(one) for one in ids if one), self.e164)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call, voicemail or request; `id` is its source's, so that telling it again changes nothing."""

    id: UUID
    kind: AttemptKind
    at: datetime
    e164: str
    did: str | None = None
    call_id: UUID | None = None
    rung: tuple[UUID, ...] = ()  # for whom it rang, the last one last


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedItem:
    id: UUID
    key: str
    e164: str  # to call back
    contact_id: UUID | None
    company_id: UUID | None
    did: str | None  # the number of ours that they called
    state: MissedState
    kind: AttemptKind  # of the last attempt
    attempts: int
    tries: int  # of ours to call back
    first_at: datetime
    last_at: datetime
    due_at: datetime
    updated_at: datetime
    tried_at: datetime | None = None
    owner_id: UUID | None = None
    team_id: UUID | None = None
    claimed_by: UUID | None = None
    claimed_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: UUID | None = None
    closed_call_id: UUID | None = None  # the talk that settled it
    reason: str | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_nobodys(self) -> bool:
        return self.owner_id is None and self.team_id is None

    def is_overdue(self, now: datetime) -> bool:
        return self.is_open and self.due_at < now


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A successful contact, in either direction."""

    call_id: UUID
    direction: Direction
    at: datetime
    user_id: UUID | None = None


def caller_of(kept: KeptCall, communication: Communication | None) -> Caller | None:
    """None: nobody who can be called back, or who is not to be (spam)."""
    if kept.client_e164 is None:
        return None
    if communication is None:
        return Caller(e164=kept.client_e164)
    return Caller(
        e164=kept.client_e164, contact_id=communication.contact_id, company_id=communication.company_id
    )


def attempt_of(kept: KeptCall, at: datetime, did: str | None) -> Attempt | None:
    """What this call adds to the ledger, now that it is over; None: nothing."""
    call = kept.call
    if call.ended_at is None or kept.client_e164 is None or is_talk(kept):
        return None
    if call.direction is Direction.OUTBOUND:
        kind = AttemptKind.TRIED
    elif not call.missed:
        return None
    else:
        left = call.disposition is Disposition.VOICEMAIL
        kind = AttemptKind.VOICEMAIL if left else AttemptKind.CALL
    return Attempt(
        id=call.id, kind=kind, at=at, e164=kept.client_e164, did=did, call_id=call.id, rung=_rung(kept)
    )


def is_talk(kept: KeptCall) -> bool:
    """A person of ours and the client heard each other; told as soon as they do."""
    call = kept.call
    if call.ended_at:
        return call.disposition is Disposition.ANSWERED and not call.missed
    if call.direction is Direction.OUTBOUND:
        return any(leg.kind is LegKind.EXTERNAL and leg.answered_at for leg in call.legs)
    return call.direction is Direction.INBOUND and kept.answered_user_id is not None


def _rung(kept: KeptCall) -> tuple[UUID, ...]:
    rung = [one for one in kept.legs if one.user_id and one.leg.rang_at]
    in_turn = sorted(rung, key=lambda one: (one.leg.rang_at is None, one.leg.rang_at))
    return tuple(dict.fromkeys(one.user_id for one in in_turn if one.user_id))


def counted(item: MissedItem, attempts: Sequence[Attempt], now: datetime) -> MissedItem:
    """As its attempts tell it; without one of theirs there was nothing to miss."""
    theirs = sorted((one for one in attempts if one.kind is not AttemptKind.TRIED), key=lambda one: one.at)
    ours = [one.at for one in attempts if one.kind is AttemptKind.TRIED]
    if not theirs:
        return withdrawn(item, now)
    last = theirs[-1]
    return replace(
        item,
        attempts=len(theirs),
        tries=len(ours),
        tried_at=max(ours, default=None),
        kind=last.kind,
        e164=last.e164,
        did=last.did or item.did,
        first_at=theirs[0].at,
        last_at=last.at,
        updated_at=now,
    )


def settled(item: MissedItem, talk: Talk, now: datetime) -> MissedItem:
    reached = talk.direction is Direction.OUTBOUND
    return replace(
        item,
        state=MissedState.REACHED if reached else MissedState.CAME_BACK,
        closed_at=talk.at,
        closed_by=talk.user_id,
        closed_call_id=talk.call_id,
        reason=None,
        updated_at=now,
    )


def given_up(item: MissedItem, user_id: UUID | None, reason: str, now: datetime) -> MissedItem:
    if not item.is_open:
        raise SettledError
    return replace(
        item, state=MissedState.GAVE_UP, closed_at=now, closed_by=user_id, reason=reason, updated_at=now
    )


def withdrawn(item: MissedItem, now: datetime) -> MissedItem:
    return replace(
        item,
        state=MissedState.WITHDRAWN,
        closed_at=item.closed_at or now,
        closed_call_id=None,
        updated_at=now,
    )


def reopened(item: MissedItem, now: datetime) -> MissedItem:
    """The talk that had settled it was none."""
    return replace(
        item,
        state=MissedState.CLAIMED if item.claimed_by else MissedState.MISSED,
        closed_at=None,
        closed_by=None,
        closed_call_id=None,
        reason=None,
        updated_at=now,
    )


def released(item: MissedItem, now: datetime) -> MissedItem:
    if not item.is_open:
        raise SettledError
    return replace(item, state=MissedState.MISSED, claimed_by=None, claimed_at=None, updated_at=now)


def joined(into: MissedItem, other: MissedItem) -> MissedItem:
    """Two items of one caller: who claimed first keeps the claim, and what was due sooner still is."""
    claims = sorted(
        ((one.claimed_at, one.claimed_by) for one in (into, other) if one.claimed_at and one.claimed_by),
        key=lambda claim: claim[0],
    )
    at, by = claims[0] if claims else (None, None)
    return replace(
        into,
        claimed_at=at,
        claimed_by=by,
        state=into.state if not into.is_open else MissedState.CLAIMED if by else MissedState.MISSED,
        due_at=min(into.due_at, other.due_at),
        owner_id=into.owner_id or other.owner_id,
        team_id=into.team_id or other.team_id,
    )
