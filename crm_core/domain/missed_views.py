# SPDX-License-Identifier: Apache-2.0
"""Missed callers as they are looked at: who sees which, what a list is narrowed to, and its rows."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from crm_core.domain.missed import MissedItem


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedSeen:
    """Who sees which items; `user_id` None: all of them."""

    user_id: UUID | None = None
    teams: frozenset[UUID] = frozenset()
    mates: frozenset[UUID] = frozenset()  # who is in those teams

    def has(self, item: MissedItem) -> bool:
        if self.user_id is None or self.user_id in {item.owner_id, item.claimed_by}:
            return True
        return item.owner_id in self.mates or item.team_id in self.teams or item.is_nobodys


class MissedView(StrEnum):
    OPEN = "open"
    MINE = "mine"
    OVERDUE = "overdue"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedRow:
    """An item in a list, with the names of those it speaks of."""

    item: MissedItem
    contact: str | None = None
    company: str | None = None
    lead_id: UUID | None = None
    owner: str | None = None
    team: str | None = None
    claimer: str | None = None
    closer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedCounts:
    open: int = 0
    mine: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedQuery:
    view: MissedView
    me: UUID
    now: datetime
    seen: MissedSeen = field(default_factory=MissedSeen)
    limit: int = 50
