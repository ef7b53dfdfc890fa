# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm_core.domain.routing.hours import OpeningHours
from crm_core.domain.working_time import NEVER, working_time_after, working_time_between

MOSCOW = ZoneInfo("Europe/Moscow")
WEEK = (((540, 1080),),) * 5 + ((), ())  # Monday to Friday, 9 to 18
OFFICE = OpeningHours(name="office", zone="Europe/Moscow", days=WEEK)
HALF = timedelta(minutes=30)


def msk(day, hour, minute=0, month=11):
    return datetime(2026, month, day, hour, minute, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("missed", "due"),
    [
        (msk(20, 10), msk(20, 10, 30)),  # a Friday
        (msk(20, 17, 50), msk(23, 9, 20)),  # over the weekend
        (msk(20, 17, 30), msk(20, 18)),  # to the last minute of the day
        (msk(20, 22), msk(23, 9, 30)),  # at night nobody is late
        (msk(21, 12), msk(23, 9, 30)),
        (msk(23, 3), msk(23, 9, 30)),
    ],
)
def test_only_working_time_counts(missed, due):
    assert working_time_after(missed, OFFICE, HALF) == due


def test_holidays_and_short_days_count_as_they_are():
    hours = OpeningHours(
        name="office",
        zone="Europe/Moscow",
        days=WEEK,
        holidays=frozenset({"11-23"}),
        special=(("2026-11-24", ((600, 610),)),),
    )
    assert working_time_after(msk(20, 17, 50), hours, HALF) == msk(25, 9, 10)  # 10 on Friday, 10 on Tuesday
    assert working_time_between(msk(20, 17, 50), msk(25, 9, 10), hours) == HALF


def test_a_number_without_hours_is_never_closed():
    assert working_time_after(msk(22, 3), None, HALF) == msk(22, 3, 30)
    assert working_time_between(msk(22, 3), msk(22, 4), None) == timedelta(hours=1)
    assert working_time_between(msk(22, 3), msk(22, 2), None) == timedelta()


@pytest.mark.parametrize("open_", [True, False])
def test_hours_that_never_change(open_):
    hours = OpeningHours(name="always", zone="UTC", days=(((0, 1440),) if open_ else (),) * 7)
    at = datetime(2026, 11, 20, tzinfo=UTC)
    assert working_time_after(at, hours, HALF) == at + (HALF if open_ else NEVER)
    assert working_time_between(at, at + HALF, hours) == (HALF if open_ else timedelta())


def test_open_one_day_a_year_and_never_long_enough_is_never_due_in_time():
    hours = OpeningHours(name="once", zone="UTC", days=((),) * 7, special=(("11-21", ((0, 10),)),))
    at = datetime(2026, 11, 20, tzinfo=UTC)
    assert working_time_after(at, hours, HALF) >= at + NEVER


def test_a_night_with_a_change_of_the_clock_is_as_long_as_it_is():
    """In Berlin the hour from two to three of 25 October 2026 comes twice."""
    hours = OpeningHours(name="night", zone="Europe/Berlin", days=(((0, 1440),),) * 7)
    at = datetime(2026, 10, 25, 0, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    until = datetime(2026, 10, 25, 4, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert working_time_between(at, until, hours) == timedelta(hours=5)
    assert working_time_after(at, hours, timedelta(hours=5)) == until
