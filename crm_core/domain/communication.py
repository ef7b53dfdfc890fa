# SPDX-License-Identifier: Apache-2.0
"""A communication: the memory of one contact with a client, whatever the channel. Words: DESIGN section 3."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class CommunicationKind(StrEnum):
    CALL = "call"
    MEETING = "meeting"
    EMAIL = "email"
    SMS = "sms"
    CHAT = "chat"
    SOCIAL = "social"
    SURVEY = "survey"


class Trigger(StrEnum):
    """What caused it: nothing of ours, or which communication, task or campaign."""

    PRIMARY = "primary"
    COMMUNICATION = "communication"
    TASK = "task"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Communication:
    """Of kind call the id is the call's. Of contact, company and lead at least one is set."""

    id: UUID
    kind: CommunicationKind
    started_at: datetime
    updated_at: datetime
    call_id: UUID | None = None
    trigger: Trigger = Trigger.PRIMARY
    trigger_id: UUID | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None
    lead_id: UUID | None = None
    user_id: UUID | None = None  # who of us
    e164: str | None = None
    place: str | None = None  # where: our number for a call, an address for a meeting
    duration_s: float | None = None
    next_at: datetime | None = None
    context_kind: str | None = None  # deal | task
    context_id: UUID | None = None
    result: str | None = None  # chosen by the operator
    note: str | None = None
    in_statistics: bool = True


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose timeline a call to or from a number belongs to."""

    contact_id: UUID | None
    company_id: UUID | None


def choose_owner(contacts: Sequence[Owner], companies: Sequence[UUID]) -> Owner | None:
    """Choose one owner for a number that several may share: one call is one communication, never a copy for each.

    One contact: theirs. Several of one company, or a number that stands on a company: the company's, and who it was
    is for the operator to say. Several strangers: the first; the operator may correct it.
    """
    if len(contacts) == 1:
        return Owner(contacts[0].contact_id, contacts[0].company_id or next(iter(companies), None))
    if companies:
        return Owner(None, companies[0])
    if not contacts:
        return None
    work_at = {contact.company_id for contact in contacts}
    shared = work_at.pop() if len(work_at) == 1 else None
    return Owner(None, shared) if shared else contacts[0]
