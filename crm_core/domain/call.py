# SPDX-License-Identifier: Apache-2.0
"""A call and its legs as the call tracker tells them, and what happened to it. Words: DESIGN section 3."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Disposition(StrEnum):
    ANSWERED = "answered"
    VOICEMAIL = "voicemail"
    ABANDONED = "abandoned"
    CANCELLED = "cancelled"
    BUSY = "busy"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"
    FAILED = "failed"


class LegKind(StrEnum):
    OPERATOR = "operator"
    EXTERNAL = "external"
    QUEUE = "queue"
    VOICEMAIL = "voicemail"


class TransferKind(StrEnum):
    BLIND = "blind"
    ATTENDED = "attended"


class PauseKind(StrEnum):
    HOLD = "hold"
    PARKED = "parked"  # in a parking lot or a waiting room


class HangupBy(StrEnum):
    CALLER = "caller"
    CALLEE = "callee"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One party's part of a call. `uniqueid` is its channel ('' for an attempt that had none)."""

    uniqueid: str
    device: str | None  # 'PJSIP/101'
    party: str | None  # extension, outside number or name of a queue; None when unknown or withheld
    kind: LegKind
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk_s: float = 0.0
    hold_s: float = 0.0
    end_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    kind: TransferKind
    by: str | None
    to: str | None
    completed: bool
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkSegment:
    """Two parties bridged: what a recording must cover."""

    started_at: datetime
    ended_at: datetime | None
    party: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The client was left with the music, having talked or waiting to."""

    kind: PauseKind
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A snapshot; `ended_at` and `disposition` are None while it goes on. Numbers as Asterisk said them."""

    id: UUID
    pbx: str
    boot: str
    linkedids: tuple[str, ...]  # first seen first
    direction: Direction
    caller: str | None
    caller_name: str | None
    dialled: str | None
    trunk: str | None = None
    queue: str | None = None
    answered_by: str | None = None
    final_party: str | None = None
    disposition: Disposition | None = None
    missed: bool = False
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    wait_s: float | None = None
    talk_s: float = 0.0
    hold_s: float = 0.0
    hangup_by: HangupBy | None = None
    transfers: tuple[Transfer, ...] = ()
    legs: tuple[Leg, ...] = ()
    talks: tuple[TalkSegment, ...] = ()
    pauses: tuple[Pause, ...] = ()
    recordings: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()

    @property
    def client_number(self) -> str | None:
        """The outside party's number as Asterisk said it."""
        if self.direction is Direction.INBOUND:
            return self.caller
        return self.dialled if self.direction is Direction.OUTBOUND else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """Something happened to a call; `call` is its snapshot just after."""

    call: Call
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(CallEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRang(CallEvent):
    """A target is being rung (DialBegin, AgentCalled)."""

    leg: Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered(CallEvent):
    """A person and the other side hear each other."""

    leg: Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded(CallEvent):
    """A target stopped ringing or left the call; `leg.end_reason` says why."""

    leg: Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHeld(CallEvent):
    leg: Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResumed(CallEvent):
    leg: Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTransferred(CallEvent):
    transfer: Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMerged(CallEvent):
    """Two calls turned out to be one: `merged` (the younger) is now part of `call`."""

    merged: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """The last channel is gone; disposition and sums are final."""
