# SPDX-License-Identifier: Apache-2.0
"""When hours open and close, beside a look at each half hour: nights, holidays, and days when clocks are changed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.routing.hours import MIDNIGHT, OpeningHours

MINUTE = timedelta(minutes=1)
HALF = 30 * MINUTE
WINDOW = 60  # half hours that are looked at on either side
# Days of 2026 on which clocks go forward and back: at two, at midnight, by half an hour; and a zone where none does.
CHANGES = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "Africa/Cairo": (date(2026, 4, 24), date(2026, 10, 29)),
    "America/Havana": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "Europe/Moscow": (date(2026, 6, 12),),
}

_half_hours = st.integers(0, MIDNIGHT // 30 - 1).map(lambda number: number * 30)
_spans = st.lists(st.tuples(_half_hours, _half_hours.map(lambda end: end + 30)), max_size=2).map(tuple)


@st.composite
def hours_and_moments(draw):
    zone = draw(st.sampled_from(sorted(CHANGES)))
    day = draw(st.sampled_from(CHANGES[zone]))
    days = [day + timedelta(days=offset) for offset in range(-2, 3)]
    hours = OpeningHours(
        name="any",
        zone=zone,
        days=draw(st.tuples(*[_spans] * 7)),
        holidays=frozenset(one.isoformat() for one in draw(st.lists(st.sampled_from(days), max_size=1))),
        special=tuple(
            (one.isoformat(), draw(_spans)) for one in draw(st.lists(st.sampled_from(days), max_size=1))
        ),
    )
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return hours, noon + draw(st.integers(-24 * 60, 24 * 60)) * MINUTE


@given(hours_and_moments())
def test_changes_are_where_a_look_at_each_half_hour_finds_them(case):
    hours, at = case
    now_open = hours.open_at(at)
    past = at.replace(minute=at.minute // 30 * 30)  # all hours and all clocks change at half hours
    ahead = [past + (number + 1) * HALF for number in range(WINDOW)]
    expected = next((moment for moment in ahead if hours.open_at(moment) != now_open), None)
    found = hours.next_change(at)
    assert (found == expected) if expected else (found is None or found > ahead[-1])

    behind = [past - number * HALF for number in range(WINDOW)]
    since = next((moment for moment in behind if hours.open_at(moment - HALF) != now_open), None)
    last = hours.last_change(at)
    assert (last == since) if since else (last is None or last < behind[-1])


def test_hours_that_never_change_have_none():
    never = OpeningHours(name="never", zone="Europe/Moscow", days=((),) * 7)
    at = datetime(2026, 6, 12, 12, tzinfo=UTC)
    assert (never.next_change(at), never.last_change(at)) == (None, None)


@pytest.mark.parametrize(("written", "utc"), [("2026-10-24", 15), ("2026-10-26", 16)])
def test_an_end_at_five_is_an_hour_later_in_winter(written, utc):
    office = OpeningHours(name="office", zone="Europe/Berlin", days=(((540, 1020),),) * 7)
    day = date.fromisoformat(written)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    assert office.next_change(noon) == noon.replace(hour=utc)
