# SPDX-License-Identifier: Apache-2.0
"""What the tracker remembers while calls go on: channels, bridges, legs and open calls."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from uuid import UUID

from crm_core.domain.call import Leg, LegKind, PauseKind, TransferKind
from pbx_bridge.profile import Place

UNSEEN_START = "start_unseen"
RINGING = "5"
UP = "6"
# How long after the PBX's own time the turns of a call came, least and most.
Lags = tuple[float, float] | None


class Contact(Enum):
    """What a person's channel is doing with other people."""

    NONE = 0
    TALK = 1
    HOLD = 2


class LeftFrom(Enum):
    """Where the caller was when they hung up without having talked."""

    QUEUE = "queue"
    MENU = "menu"
    RING = "ring"


@dataclass(slots=True, eq=False)
class LegNote:
    """A leg in the making."""

    uniqueid: str
    device: str | None
    party: str | None
    kind: LegKind
    shown: bool = True
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk: float = 0.0
    hold: float = 0.0
    contact: Contact = Contact.NONE
    since: float | None = None
    stopped_at: datetime | None = None  # when it last ceased to talk
    has_talked: bool = False
    dialled: bool = False  # somebody rang it; it did not come by itself
    status: str = ""  # DialStatus
    cause: str = ""
    reason: str | None = None
    asked: int = 0  # order number of its request to hang up
    left: int = 0  # order number of its last leaving of a talk
    transferred: bool = False
    ended: bool = False
    made: Leg | None = None  # the last snapshot, and what it was made of
    made_of: tuple[object, ...] = ()

    def snapshot(self) -> Leg:
        """Most legs are the same in the next snapshot of their call: making one again costs more than comparing."""
        now = (self.party, self.rang_at, self.answered_at, self.ended_at, self.talk, self.hold, self.reason)
        made = self.made
        if made is None or now != self.made_of:
            self.made_of = now
            self.made = made = Leg(
                uniqueid=self.uniqueid,
                device=self.device,
                party=self.party,
                kind=self.kind,
                rang_at=self.rang_at,
                answered_at=self.answered_at,
                ended_at=self.ended_at,
                talk_s=round(self.talk, 3),
                hold_s=round(self.hold, 3),
                end_reason=self.reason,
            )
        return made


@dataclass(slots=True, eq=False)
class Bridge:
    id: str
    holding: bool  # parking and waiting rooms: nobody hears anybody
    members: dict[str, "Channel"] = field(default_factory=dict)
    skew: int = 0  # members Asterisk counted and we did not, at the last event


@dataclass(slots=True, eq=False)
class Channel:
    uniqueid: str
    name: str
    device: str
    place: Place
    extension: str | None
    number: str | None
    exten: str
    context: str
    state: str
    call: "OpenCall"
    leg: LegNote | None = None
    bridge: Bridge | None = None
    left_bridge: str = ""
    up_at: datetime | None = None
    mate: str = ""  # uniqueid of the other half of a Local pair
    held: bool = False
    music: bool = False
    queue: str = ""
    born_at: datetime | None = None
    dying: bool = False  # all says that it ends; only its Hangup is missing
    dying_at: datetime | None = None
    dying_t: float | None = None
    left_at: datetime | None = (
        None  # the person hung up then; an application may keep the channel for seconds more
    )
    left_t: float | None = None
    origin: bool = False  # made by Originate, not by a phone or a trunk
    sent_on: bool = False  # by a blind transfer: it goes on in the dialplan, whoever made it
    lingers: bool = False  # it left a bridge and may yet go on, as when a script redirects it
    listed: bool = True  # seen in the snapshot that is being read

    @property
    def is_person(self) -> bool:
        return self.place is not Place.LOCAL and self.place is not Place.TECHNICAL


@dataclass(slots=True, eq=False)
class TransferNote:
    kind: TransferKind
    by: LegNote | None
    by_party: str | None
    to: str | None
    at: datetime | None
    transferee: str = ""
    target: str = ""
    completed: bool = False
    pending: bool = True


@dataclass(slots=True, eq=False)
class TalkNote:
    started_at: datetime
    party: str | None
    ended_at: datetime | None = None


@dataclass(slots=True, eq=False)
class PauseNote:
    kind: PauseKind
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(slots=True, eq=False)
class OpenCall:
    id: UUID
    serial: int
    boot: str
    linkedids: list[str]
    started_at: datetime | None
    started: float | None
    channels: dict[str, Channel] = field(default_factory=dict)
    legs: list[LegNote] = field(default_factory=list)
    caller_leg: LegNote | None = None
    caller: str | None = None
    caller_name: str | None = None
    dialled: str | None = None
    trunk: str | None = None
    lags: Lags = None
    head_seen: bool = False  # the channel that began it was seen to begin
    from_outside: bool = False  # the first channel came in through a trunk
    originated: bool = False
    queue: str | None = None
    queue_leg: LegNote | None = None
    dials: dict[str, str] = field(default_factory=dict)  # rung channel -> who rings it
    step: list[LegNote] = field(default_factory=list)
    step_is_queue: bool = False
    steps: int = 0
    left_from: LeftFrom | None = None
    failed_cause: str = ""
    voicemail: bool = False
    contact: Contact = Contact.NONE
    since: float | None = None
    talk: float = 0.0
    hold: float = 0.0
    answered_at: datetime | None = None
    answered: float | None = None
    answered_by: LegNote | None = None
    has_talked: bool = False
    pair: tuple[LegNote, LegNote] | None = None  # the client and the other person, last talk
    talks: list[TalkNote] = field(default_factory=list)
    pauses: list[PauseNote] = field(default_factory=list)
    transfers: list[TransferNote] = field(default_factory=list)
    consult: TransferNote | None = None
    cut: bool = False  # nobody hung up: Asterisk or an admin ended the talk
    recordings: list[str] = field(default_factory=list)
    uncertain: list[str] = field(default_factory=list)
    last_at: datetime | None = None  # its last sign of life
    last_t: float | None = None
    ended_at: datetime | None = None
    ended_t: float | None = None
    ended: bool = False

    def doubt(self, reason: str) -> None:
        if reason not in self.uncertain:
            self.uncertain.append(reason)

    @property
    def external(self) -> list[LegNote]:
        return [leg for leg in self.legs if leg.kind is LegKind.EXTERNAL]
