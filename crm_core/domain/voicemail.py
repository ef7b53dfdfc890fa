# SPDX-License-Identifier: Apache-2.0
"""A message a caller left: whose it is to answer, who heard it, whether it is done with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from crm_core.domain.call import Call, Disposition, Leg, LegKind
from crm_core.domain.recording import Recording

_NOWHERE = timedelta(0)


class VoicemailState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail:
    """Its id is the call's. `did`: our number in E.164, whose team it is for while nobody has it."""

    id: UUID
    left_at: datetime
    updated_at: datetime
    mailbox: str | None = None
    did: str | None = None
    began_at: datetime | None = None  # where in the call the words begin; None: not known
    assigned_to: UUID | None = None
    heard_at: datetime | None = None
    heard_by: UUID | None = None
    closed_at: datetime | None = None
    closed_by: UUID | None = None

    @property
    def state(self) -> VoicemailState:
        return VoicemailState.CLOSED if self.closed_at else VoicemailState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailFilter:
    """`visible_to`: what this operator may see of it all (None: everything)."""

    state: VoicemailState | None = None
    assigned_to: UUID | None = None
    unassigned: bool = False
    call_id: UUID | None = None
    visible_to: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailRow:
    """A message as the inbox shows it."""

    voicemail: Voicemail
    e164: str | None = None
    contact_id: UUID | None = None
    contact: str | None = None
    company_id: UUID | None = None
    company: str | None = None
    lead_id: UUID | None = None
    lead: str | None = None
    team: str | None = None  # of the number that was called
    assigned: str | None = None
    closer: str | None = None
    recordings: Sequence[Recording] = ()

    @property
    def recording(self) -> Recording | None:
        """The one that holds the words; of several (none should be) the one that can be played."""
        playable = [one for one in self.recordings if one.state.playable]
        return next(iter(playable or self.recordings), None)

    @property
    def starts_at_s(self) -> float:
        """Where in the recording the message begins."""
        recording, began = self.recording, self.voicemail.began_at
        if recording is None or recording.started_at is None or began is None:
            return 0.0
        offset = max(_NOWHERE, began - recording.started_at).total_seconds()
        return min(offset, recording.duration_s or offset)

    @property
    def seconds(self) -> float | None:
        """How long the message is; None while that is not known."""
        recording = self.recording
        if recording is not None and recording.duration_s is not None:
            return recording.duration_s - self.starts_at_s
        voicemail = self.voicemail
        return (voicemail.left_at - voicemail.began_at).total_seconds() if voicemail.began_at else None


def message_of(call: Call, did: str | None, assigned_to: UUID | None, at: datetime) -> Voicemail | None:
    """What an ended call left in the inbox, if it left anything."""
    if call.disposition is not Disposition.VOICEMAIL or call.ended_at is None:
        return None
    leg = _leg_of(call)
    return Voicemail(
        id=call.id,
        left_at=call.ended_at,
        updated_at=at,
        mailbox=leg.party if leg else None,
        did=did,
        began_at=leg.answered_at if leg else None,
        assigned_to=assigned_to,
    )


def _leg_of(call: Call) -> Leg | None:
    return next((leg for leg in reversed(call.legs) if leg.kind is LegKind.VOICEMAIL), None)
