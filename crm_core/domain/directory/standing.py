# SPDX-License-Identifier: Apache-2.0
"""What the settings and the calendar say: the languages and hours of our numbers, and who is away."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from crm_core.domain.absence import Absence, absence_at, stands_in
from crm_core.domain.people import OwnNumber
from crm_core.domain.routing.hours import OpeningHours
from crm_core.domain.schedule import Schedule


class Standing:
    """All of it is few, so each change brings all of it again."""

    def __init__(self) -> None:
        self._lines: dict[str, OwnNumber] = {}
        self._hours_of: dict[UUID, OpeningHours] = {}
        self._hours: dict[str, OpeningHours] = {}
        self._absences: tuple[Absence, ...] = ()
        self._away: dict[UUID, list[Absence]] = {}

    def set_lines(self, numbers: Iterable[OwnNumber], schedules: Iterable[Schedule]) -> None:
        self._lines = {number.e164: number for number in numbers}
        known = list(schedules)
        self._hours_of = {one.id: one.hours for one in known}
        self._hours = {one.name: one.hours for one in known}

    def set_absences(self, absences: Iterable[Absence]) -> None:
        """Those in force or still to come."""
        self._absences = tuple(absences)
        self._away = {}
        for one in self._absences:
            self._away.setdefault(one.user_id, []).append(one)

    def lines(self) -> frozenset[str]:
        return frozenset(self._lines)

    def language(self, did: str | None) -> str | None:
        """In which the callers of this number are greeted."""
        line = self._lines.get(did) if did else None
        return line.language if line else None

    def hours_of(self, did: str | None) -> OpeningHours | None:
        """Of a number of ours; None: it has none, so it is never closed."""
        line = self._lines.get(did or "")
        return self._hours_of.get(line.schedule_id) if line and line.schedule_id else None

    def hours(self, name: str) -> OpeningHours | None:
        return self._hours.get(name)

    def hours_names(self) -> frozenset[str]:
        return frozenset(self._hours)

    def absence(self, user_id: UUID, at: datetime) -> Absence | None:
        theirs = self._away.get(user_id)
        return absence_at(theirs, user_id, at) if theirs else None

    def deputy(self, user_id: UUID, at: datetime) -> UUID | None:
        """Who stands in for somebody who is away; None: they are here, or nobody does."""
        if self.absence(user_id, at) is None:
            return None
        return stands_in(self._absences, user_id, at)
