# SPDX-License-Identifier: Apache-2.0
"""A communication: the memory of one contact with a client, whatever the channel. Words: DESIGN section 3."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

# As its trail calls it that somebody said with whom it was, and took that back.
MOVED: Final = "move"
MOVED_BACK: Final = "move_back"


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
    """Of kind call the id is the call's.

    Contact, company and lead are all None only of a number that several share, until somebody says who it was.
    """

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


NOT_CHOSEN: Final = Owner(None, None)


def choose_owner(contacts: Sequence[Owner], companies: Sequence[UUID]) -> Owner | None:
    """Choose one owner for a number that several may share: one call is one communication, never a copy for each.

    One contact, perhaps with the company they work at: theirs. Several of one company, or the company alone: the
    company's, and who it was is for the operator to say. Else it is nobody's until somebody chooses (NOT_CHOSEN).
    """
    if not contacts and not companies:
        return None
    work_at = {contact.company_id for contact in contacts}
    if len(contacts) == 1:
        company = contacts[0].company_id or next(iter(companies), None)
        return Owner(contacts[0].contact_id, company) if {company, *companies} == {company} else NOT_CHOSEN
    of = work_at | set(companies)
    return Owner(None, of.pop()) if len(of) == 1 and of != {None} else NOT_CHOSEN
