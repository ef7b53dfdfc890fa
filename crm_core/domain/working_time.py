# SPDX-License-Identifier: Apache-2.0
"""A clock that runs only while we are open: until when something is to be done, and how long it has waited."""

from datetime import UTC, datetime, timedelta

from crm_core.domain.routing.hours import OpeningHours

NEVER = timedelta(days=366)  # we do not open within a year: no time that matters, yet one that sorts


def working_time_after(at: datetime, hours: OpeningHours | None, worked: timedelta) -> datetime:
    """When so much working time will have passed; None as hours: we are never closed."""
    if hours is None:
        return at + worked
    left, now = worked, at
    while True:
        change = hours.next_change(now)
        if hours.open_at(now):
            if change is None or _between(now, change) >= left:
                return _later(now, left)
            left -= _between(now, change)
        if change is None or _between(at, change) > NEVER:
            return _later(at, NEVER)
        now = change


def working_time_between(since: datetime, until: datetime, hours: OpeningHours | None) -> timedelta:
    if hours is None:
        return max(until - since, timedelta())
    worked, now = timedelta(), since
    while now < until:
        change = hours.next_change(now)
        end = until if change is None or change > until else change
        if hours.open_at(now):
            worked += _between(now, end)
        now = end
    return worked


def _between(since: datetime, until: datetime) -> timedelta:
    """As the clock of the wall would not say it: a night with a change of the clock is an hour shorter or longer."""
    return until.astimezone(UTC) - since.astimezone(UTC)


def _later(at: datetime, by: timedelta) -> datetime:
    return at.astimezone(UTC) + by
