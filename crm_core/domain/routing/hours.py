# SPDX-License-Identifier: Apache-2.0
"""Opening hours: by weekday in a zone of their own, and days on which nobody is there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = 24 * 60
_FAR_DAYS = 370
_JUST = timedelta(seconds=1)
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
        """When it opens or closes next, in UTC; None where nothing changes within a year."""
        now_open = self.open_at(at)
        for moment in self._moments(at, 1):
            if moment > at and self.open_at(moment) != now_open:
                return moment
        return None

    def last_change(self, at: datetime) -> datetime | None:
        """Since when it is open, or closed, as it is, in UTC; None where nothing changed within a year."""
        now_open = self.open_at(at)
        for moment in self._moments(at, -1):
            if moment <= at and self.open_at(moment - _JUST) != now_open:
                return moment
        return None

    def _moments(self, at: datetime, step: int) -> Iterator[datetime]:
        """At which it may open or close, day by day from this one on: forwards (1) or backwards (-1)."""
        zone = ZoneInfo(self.zone)
        today = at.astimezone(zone).date()
        for offset in range(_FAR_DAYS):
            day = today + timedelta(days=step * offset)
            walls = (_moment(day, edge, zone, fold) for edge in self._edges(day) for fold in (0, 1))
            found = {wall.astimezone(UTC) for wall in walls} | _clock_changes(day, zone)
            # What a clock skips is of another day, and was not before or after it.
            yield from sorted((one for one in found if one.astimezone(zone).date() == day), reverse=step < 0)

    def _edges(self, day: date) -> set[int]:
        """Minutes of this day, those of the night before it among them."""
        edges = {0}
        for start, end in self.spans_on(day):
            edges |= {start, end} if end > start else {start}
        edges |= {end for start, end in self.spans_on(day - timedelta(days=1)) if end <= start}
        return {edge for edge in edges if edge < MIDNIGHT}


def _moment(day: date, minute: int, zone: ZoneInfo, fold: int = 0) -> datetime:
    hour, minute = divmod(minute, 60)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=fold)


@lru_cache(maxsize=4096)
def _clock_changes(day: date, zone: ZoneInfo) -> frozenset[datetime]:
    """When clocks are changed on this day: what the wall says then jumps into hours, or out of them."""
    early, late = (_moment(one, 0, zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    before = early.astimezone(zone).utcoffset()
    if late.astimezone(zone).utcoffset() == before:
        return frozenset()
    while late - early > _JUST:
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return frozenset({late.replace(microsecond=0)})
