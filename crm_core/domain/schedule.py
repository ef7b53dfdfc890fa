# SPDX-License-Identifier: Apache-2.0
"""Opening hours by name, as people keep them: the hours are routing's own type."""

from dataclasses import dataclass
from uuid import UUID

from crm_core.domain.routing.hours import OpeningHours, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    id: UUID
    name: str
    zone: str
    days: tuple[tuple[Span, ...], ...]  # Monday first
    holidays: frozenset[str] = frozenset()
    special: tuple[tuple[str, tuple[Span, ...]], ...] = ()

    @property
    def hours(self) -> OpeningHours:
        return OpeningHours(
            name=self.name, zone=self.zone, days=self.days, holidays=self.holidays, special=self.special
        )
