# SPDX-License-Identifier: Apache-2.0
"""Opening hours: by weekday in a zone of their own, and days on which nobody is there."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = 24 * 60
_FAR_DAYS = 370
Span = tuple[int, int]  # minutes since midnight; an end at or before the start is on the next day


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    name: str
    zone: str
    days: tuple[tuple[Span, ...], ...]  # Monday first
    holidays: frozenset[str] = frozenset()  # '2026-01-02', or '01-02' for every year
    special: tuple[tuple[str, tuple[Span, ...]], ...] = ()  # days with hours of their own, written alike

    def open_at(self, at: datetime) -> bool:
        local = at.astimezone(ZoneInfo(self.zone))
        today, minute = local.date(), local.hour * 60 + local.minute
        return self._within(today, minute) or self._within(today - timedelta(days=1), minute + MIDNIGHT)

    def _within(self, day: date, minute: int) -> bool:
        return any(
            start <= minute < (end if end > start else end + MIDNIGHT) for start, end in self.spans_on(day)
        )

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """A date with its year counts before one of every year, hours of its own before a holiday."""
        special = dict(self.special)
        for written in (day.isoformat(), day.strftime("%m-%d")):
            if written in special:
                return special[written]
            if written in self.holidays:
                return ()
        return self.days[day.weekday()]

    def next_change(self, at: datetime) -> datetime | None:
        """When it opens or closes next; None where nothing changes within a year."""
        zone, now_open = ZoneInfo(self.zone), self.open_at(at)
        first = at.astimezone(zone).date() - timedelta(days=1)
        for offset in range(_FAR_DAYS):
            day = first + timedelta(days=offset)
            for edge in sorted(_edges(self.spans_on(day))):
                moment = _moment(day, edge, zone)
                if moment > at and self.open_at(moment) != now_open:
                    return moment
        return None


def _edges(spans: tuple[Span, ...]) -> set[int]:
    return {
        edge for start, end in spans for edge in (0, start, end if end > start else end + MIDNIGHT, MIDNIGHT)
    }


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    later, rest = divmod(minute, MIDNIGHT)
    hour, minute = divmod(rest, 60)
    on = day + timedelta(days=later)
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=zone)
