# SPDX-License-Identifier: Apache-2.0
"""Who is away, and who stands in for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Away from `starts_at` until just before `ends_at`, or until it was called off."""

    id: UUID
    user_id: UUID
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    deputy_id: UUID | None = None
    reason: str | None = None
    cancelled_at: datetime | None = None

    def covers(self, at: datetime) -> bool:
        end = self.ends_at if self.cancelled_at is None else min(self.ends_at, self.cancelled_at)
        return self.starts_at <= at < end


def absence_at(absences: Iterable[Absence], user_id: UUID, at: datetime) -> Absence | None:
    """The one that counts; of several at once the one that was written down last."""
    theirs = [one for one in absences if one.user_id == user_id and one.covers(at)]
    return max(theirs, key=lambda one: (one.created_at, one.id), default=None)


def stands_in(absences: Iterable[Absence], user_id: UUID, at: datetime) -> UUID | None:
    """Who is there for this person at a time: they, else their deputy, else the deputy's; None: nobody."""
    known, seen, person = list(absences), set[UUID](), user_id
    while person not in seen:
        seen.add(person)
        away = absence_at(known, person, at)
        if away is None:
            return person
        if away.deputy_id is None:
            return None
        person = away.deputy_id
    return None  # they stand in for each other, and all are away
