# SPDX-License-Identifier: Apache-2.0
"""What the second witness (CEL, which Asterisk writes itself) says of a call; where ours differs; ours put right.

CEL knows channels, who was bridged with whom and when, transfers, pickup, park and the end. It does not know hold,
ringing or attempts that had no channel (FACTS A6): those stay as AMI told them, or are marked.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from crm_core.domain.call import Direction, LegKind, TalkSegment, Transfer

WITHIN_S = 1.0  # two witnesses who are this near say the same


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessedLeg:
    """One person's channel; `talk_s` is time together with other persons, hold included."""

    uniqueid: str
    device: str
    party: str | None
    kind: LegKind  # operator or external
    began_at: datetime
    answered_at: datetime | None = None  # first together with somebody
    ended_at: datetime | None = None
    talk_s: float = 0.0
    alone_s: float = 0.0  # in a bridge with nobody else, after that
    dialled: bool = True  # somebody rang it; it did not call by itself
    end_reason: str | None = None  # hangup, busy, rejected, cancelled ... as of a Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessedCall:
    """One conversation, from its first channel to the end of the last."""

    pbx: str
    linkedids: tuple[str, ...]  # first seen first
    direction: Direction
    caller: str | None
    caller_name: str | None
    dialled: str | None
    started_at: datetime
    ended_at: datetime
    call_id: UUID | None = None  # as our dialplan said it (ROLODIAL_CALL)
    road: str | None = None  # as it said too: `good`, or why it went on without us and by what ('late-astdb')
    trunk: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    final_party: str | None = None
    talk_s: float = 0.0  # the client's time together with persons, hold included
    alone_s: float = 0.0  # the client's time alone in a bridge: kept waiting while colleagues confer
    queue: str | None = None
    voicemail: bool = False
    left_from: str | None = None  # queue, menu or ring: where the caller was who never talked
    ended_by_caller: bool | None = None  # whose side hung up; None: Asterisk, or not said
    legs: tuple[WitnessedLeg, ...] = ()  # every person's channel, the caller's first
    talks: tuple[TalkSegment, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    picked_up: bool = False
    parked: bool = False
    recordings: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()  # '1^dial^15^101:PJSIP/101'
    whole: bool = True  # no row is seen to be missing
    cut: bool = False  # Asterisk died in mid-call: `ended_at` is the last sign of life

    @property
    def linkedid(self) -> str:
        return self.linkedids[0]

    @property
    def led_alone(self) -> bool:
        """The dialplan found the way without us."""
        return self.road not in {None, "good"}


class DifferenceKind(StrEnum):
    MISSING_CALL = "missing_call"  # AMI saw nothing of it
    OPEN = "open"  # kept as going on
    JOINED = "joined"  # kept as two
    DIRECTION = "direction"
    START = "start"
    END = "end"
    ANSWER = "answer"  # talked or not, or since when
    ANSWERED_BY = "answered_by"
    FINAL_PARTY = "final_party"
    HANGUP_BY = "hangup_by"
    TALK = "talk"
    LEG = "leg"  # a person who talked is missing
    LEG_TALK = "leg_talk"
    TRANSFER = "transfer"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`had` is what was kept, `saw` what CEL says; `about` the device, file or extension in question.

    `disputed`: CEL saw less than AMI, which was not in doubt. Its file may have a hole, so ours stays.
    """

    kind: DifferenceKind
    had: str | None = None
    saw: str | None = None
    about: str | None = None
    disputed: bool = False


class WitnessState(StrEnum):
    AGREED = "agreed"
    CORRECTED = "corrected"
    DISPUTED = "disputed"  # they differ, and ours stays
    UNMATCHED = "unmatched"  # CEL saw it; no call of ours is it, and none could be made of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A witnessed call as kept, and what came of comparing it. One call may have two, if CEL never saw them join."""

    id: UUID
    boot: str
    call_id: UUID | None
    said: WitnessedCall
    state: WitnessState
    differences: tuple[Difference, ...] = ()
    compared_at: datetime
