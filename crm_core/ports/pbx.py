# SPDX-License-Identifier: Apache-2.0
"""What people and use cases ask of a PBX."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from crm_core.domain.call import Call
from crm_core.domain.errors import ConflictError, CrmError


class PbxUnavailableError(CrmError):
    """The PBX cannot be reached just now. Nothing was dialled."""


class OnlyWatchedError(PbxUnavailableError):
    """This PBX is only watched: nothing is changed there."""


class OriginateUnknownError(CrmError):
    """The link broke before the PBX confirmed: the call may or may not have been placed. It is not tried again."""


class NotRecordedError(ConflictError):
    """This call is not recorded."""


MEETING: Final = "meeting"  # the reason of a pause that is a meeting


class LinkState(StrEnum):
    CONNECTING = "connecting"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    REFUSED = "refused"  # the PBX does not accept our AMI user or secret


class DeviceState(StrEnum):
    """Asterisk's own words, spelt as AMI spells them."""

    UNKNOWN = "UNKNOWN"
    NOT_INUSE = "NOT_INUSE"
    INUSE = "INUSE"
    BUSY = "BUSY"
    INVALID = "INVALID"
    UNAVAILABLE = "UNAVAILABLE"
    RINGING = "RINGING"
    RINGINUSE = "RINGINUSE"
    ONHOLD = "ONHOLD"


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxStatus:
    name: str
    state: LinkState
    since: datetime
    detail: str = ""  # what a person should know: 'login refused', 'connection refused', ...
    alone: bool = False  # of late its dialplan led calls without us
    version: str | None = None
    boot: str = ""
    last_event_at: datetime | None = None
    open_calls: int = 0
    events: int = 0
    skipped: int = 0  # frames that could not be read


class PbxMembers(Protocol):
    """Whom one PBX may ring: all that is told to it of people."""

    @property
    def name(self) -> str: ...

    async def set_operator_available(self, extension: str, *, available: bool, reason: str = "") -> None:
        """Custom:rolodial-<extension> device state: what the dialplan re-checks before each step.

        Who is available is paused in no queue either; who is not, and says why, is paused in all with that reason
        (MEETING has a device state of its own, as *77 on a phone sets it). A PBX that is only watched is told nothing.
        """
        ...

    async def join_queue(self, queue: str, extension: str) -> None:
        """PJSIP/<extension> is rung for this queue from now on, over restarts of the PBX too. PbxUnavailableError."""
        ...

    async def leave_queue(self, queue: str, extension: str) -> None:
        """PbxUnavailableError, also for a member that stands in the PBX's own file: it is taken out there."""
        ...


class Pbx(PbxMembers, Protocol):
    """One PBX. Implemented by pbx_bridge; config joins it to web."""

    @property
    def boot(self) -> str:
        """When it started, as it says itself: part of its calls' ids. '' until it was asked."""
        ...

    def status(self) -> PbxStatus: ...

    def device_state(self, device: str) -> DeviceState:
        """The last state heard of `PJSIP/101`; UNKNOWN if never heard of."""
        ...

    def device_states(self) -> Mapping[str, DeviceState]:
        """All whose state it told, 'PJSIP/101' and others: with any PBX, as far as we may know what phones it has."""
        ...

    def is_behind(self, linkedid: str) -> bool:
        """Nothing is heard of it, not even of this call that asks for its way: what it said of phones is old."""
        ...

    def open_calls(self) -> tuple[Call, ...]: ...

    async def originate(self, *, call_id: UUID, device: str, extension: str, number: str) -> None:
        """Ring the operator's device first, then dial `number` ([0-9*#+], class of service decides).

        Returns when the PBX accepted it; what becomes of it is told by call events.
        Raises InvalidInputError, PbxUnavailableError, OriginateUnknownError.
        """
        ...

    async def hang_up(self, call_id: UUID) -> None: ...

    async def mute_recording(self, call_id: UUID, *, muted: bool) -> None:
        """Write silence of both sides from now on, or sound again. NotRecordedError, PbxUnavailableError."""
        ...
