# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.order import OrderStatus
from crm_core.domain.turnover import Basis, Window, entries, spans, turnover
from tests.support.builders import NOW, an_order

MOSCOW = ZoneInfo("Europe/Moscow")
TODAY = date(2026, 11, 20)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
AMOUNTS = st.integers(-(10**6), 10**6).map(Decimal)


def days_of(order, basis=Basis.PAID, zone=MOSCOW):
    return {entry.day: entry.amount for entry in entries(order, basis, zone)}


@pytest.mark.parametrize(
    ("basis", "day"),
    [(Basis.PAID, date(2026, 11, 3)), (Basis.SHIPPED, date(2026, 11, 2)), (Basis.ORDERED, date(2026, 11, 1))],
)
def test_an_order_counts_on_the_day_of_the_basis(basis, day):
    first = datetime(2026, 11, 1, 12, tzinfo=UTC)
    order = an_order(
        ordered_at=first, shipped_at=first + timedelta(days=1), paid_at=first + timedelta(days=2)
    )
    assert days_of(order, basis) == {day: Decimal(1000)}


def test_what_is_not_paid_or_is_cancelled_does_not_count():
    assert days_of(an_order(paid_at=None)) == {}
    assert days_of(an_order(status=OrderStatus.CANCELLED)) == {}


def test_a_day_begins_in_the_zone_of_the_house():
    late = datetime(2026, 10, 31, 21, 30, tzinfo=UTC)  # half past midnight of the first, in Moscow
    assert days_of(an_order(paid_at=late)) == {date(2026, 11, 1): Decimal(1000)}
    assert days_of(an_order(paid_at=late), zone=UTC) == {date(2026, 10, 31): Decimal(1000)}


def test_a_return_subtracts_on_the_day_it_came_back():
    order = an_order(
        paid_at=NOW - timedelta(days=40), returned=Decimal(300), returned_at=NOW - timedelta(days=2)
    )
    assert days_of(order) == {date(2026, 10, 11): Decimal(1000), date(2026, 11, 18): Decimal(-300)}


def test_a_returned_order_without_a_sum_came_back_whole():
    assert days_of(an_order(status=OrderStatus.RETURNED, returned_at=None)) == {}


@pytest.mark.parametrize(
    ("window", "first", "last"),
    [
        (Window.DAYS_30, date(2026, 10, 22), TODAY),
        (Window.THIS_MONTH, date(2026, 11, 1), date(2026, 11, 30)),
        (Window.LAST_MONTH, date(2026, 10, 1), date(2026, 10, 31)),
        (Window.MONTHS_12, date(2025, 11, 21), TODAY),
    ],
)
def test_windows(window, first, last):
    (span,) = spans(window, TODAY)
    assert (span.first, span.last) == (first, last)


def test_windows_of_a_leap_day_and_of_january():
    (year,) = spans(Window.MONTHS_12, date(2028, 2, 29))
    assert year.first == date(2027, 3, 1)
    (december,) = spans(Window.LAST_MONTH, date(2026, 1, 31))
    assert (december.first, december.last) == (date(2025, 12, 1), date(2025, 12, 31))


def test_on_the_first_of_a_month_the_larger_month_is_the_last_one():
    days = [(date(2026, 10, 15), Decimal(640_000)), (date(2026, 11, 1), Decimal(5))]
    assert turnover(days, Window.LARGER_MONTH, date(2026, 11, 1)) == 640_000
    assert turnover(days, Window.THIS_MONTH, date(2026, 11, 1)) == 5


@given(DAYS)
def test_months_follow_one_another_without_gap_or_overlap(today):
    (this,), (last,) = spans(Window.THIS_MONTH, today), spans(Window.LAST_MONTH, today)
    assert last.last + timedelta(days=1) == this.first
    assert today in this
    assert today not in last


@given(DAYS, st.lists(st.tuples(DAYS, AMOUNTS), max_size=30), st.randoms())
def test_the_order_of_arrival_does_not_matter(today, days, random):
    shuffled = random.sample(days, len(days))
    for window in Window:
        assert turnover(days, window, today) == turnover(shuffled, window, today)


@given(DAYS, st.lists(st.tuples(DAYS, AMOUNTS), max_size=30), st.integers(0, 30))
def test_a_window_is_the_sum_of_its_parts(today, days, cut):
    for window in set(Window) - {Window.LARGER_MONTH}:
        parts = turnover(days[:cut], window, today) + turnover(days[cut:], window, today)
        assert turnover(days, window, today) == parts


@given(
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 400),
    st.integers(-5, 400),
    st.sampled_from(Basis),
)
def test_what_an_order_adds_in_all_is_its_amount_less_what_came_back(amount, back, paid, returned, basis):
    back = min(amount, back)
    order = an_order(
        amount=amount, returned=Decimal(back), shipped_at=NOW, paid_at=NOW - timedelta(days=paid)
    )
    order = replace(order, returned_at=NOW - timedelta(days=returned))
    assert sum(days_of(order, basis).values()) == amount - back
