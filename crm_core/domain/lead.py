# SPDX-License-Identifier: Apache-2.0
"""A lead: an unknown caller, personified by number until somebody says who it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class LeadStatus(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"  # became a contact of its own
    MERGED = "merged"  # was a contact we had
    NOT_CLIENT = "not_client"
    WRONG_NUMBER = "wrong_number"
    SPAM = "spam"

    @property
    def counts(self) -> bool:
        """Whether its communications stand in statistics."""
        return self not in SET_ASIDE


SET_ASIDE = frozenset({LeadStatus.NOT_CLIENT, LeadStatus.WRONG_NUMBER, LeadStatus.SPAM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    id: UUID
    e164: str
    status: LeadStatus
    created_at: datetime
    updated_at: datetime
    name: str | None = None
    contact_id: UUID | None = None  # what it was completed or merged into
    manager_id: UUID | None = None
