# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.bands import (
    Band,
    Bands,
    BandState,
    Crossing,
    Rate,
    convert,
    crossing,
    default_bands,
    follow,
    rate_on,
    step,
)
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.house import House

DAY = date(2026, 11, 20)
WHOLESALE = Band(name="wholesale", enter=Decimal(200), leave=Decimal(150))
KEY = Band(name="key", enter=Decimal(1000), leave=Decimal(800))
BANDS = Bands(bands=(WHOLESALE, KEY), days=3)
RETAIL = BandState(band="retail", since=DAY, as_of=DAY)
AMOUNTS = st.integers(-500, 1500).map(Decimal)


def after(*amounts, before=RETAIL, bands=BANDS):
    """A day each, the first on DAY."""
    state = before
    for n, amount in enumerate(amounts):
        state = step(bands, state, DAY + timedelta(days=n), Decimal(amount))
    return state


def test_a_band_is_entered_on_the_day_its_limit_is_reached():
    assert after(199).band == "retail"
    assert (after(199, 200).band, after(199, 200).since) == ("wholesale", DAY + timedelta(days=1))
    assert after(5000).band == "key"


def test_it_is_left_after_so_many_days_below_the_lower_limit():
    assert after(200, 150, 150, 150, 150).below_since is None
    assert after(200, 149, 149, 149).band == "wholesale"
    assert after(200, 149, 149, 149).below_since == DAY + timedelta(days=1)
    left = after(200, 149, 149, 149, 149)
    assert (left.band, left.since, left.below_since) == ("retail", DAY + timedelta(days=4), None)


def test_a_day_above_begins_the_count_anew():
    assert after(200, 149, 149, 150, 149, 149, 149).band == "wholesale"


def test_who_leaves_a_high_band_falls_to_the_highest_that_holds_them():
    assert after(1000, 160, 160, 160, 160).band == "wholesale"  # not enough to enter it, enough to stay
    assert after(1000, -5, -5, -5, -5).band == "retail"  # more came back than was bought


def test_at_once_where_no_days_are_asked_for():
    assert after(200, 149, bands=replace(BANDS, days=0)).band == "retail"


def test_an_earlier_day_is_not_looked_at():
    state = after(0, 200)
    assert step(BANDS, state, DAY, Decimal(0)) is state


def test_a_band_that_is_gone_is_the_base():
    gone = replace(RETAIL, band="gold", since=DAY - timedelta(days=9))
    assert (after(10, before=gone).band, after(10, before=gone).since) == ("retail", DAY)
    assert after(300, before=gone).band == "wholesale"


@given(st.lists(AMOUNTS, max_size=30), AMOUNTS)
def test_a_day_told_twice_changes_nothing(amounts, last):
    state = after(*amounts)
    day = DAY + timedelta(days=len(amounts))
    once = step(BANDS, state, day, last)
    assert step(BANDS, once, day, last) == once


@given(st.lists(AMOUNTS, max_size=30), AMOUNTS, AMOUNTS)
def test_more_turnover_never_means_a_lower_band(amounts, one, other):
    state, day = after(*amounts), DAY + timedelta(days=len(amounts))
    less, more = sorted((one, other))
    lower, higher = (step(BANDS, state, day, amount) for amount in (less, more))
    assert BANDS.rank(lower.band) <= BANDS.rank(higher.band)


@given(st.lists(st.integers(150, 999).map(Decimal), min_size=1, max_size=60))
def test_between_the_limits_nothing_flaps(amounts):
    assert after(200, *amounts).band == "wholesale"
    assert after(200, *amounts).since == DAY


@given(st.lists(AMOUNTS, min_size=1, max_size=60))
def test_a_band_is_only_left_after_its_days_below_the_limit(amounts):
    state = RETAIL
    for n, amount in enumerate(amounts):
        day = DAY + timedelta(days=n)
        now = step(BANDS, state, day, amount)
        if BANDS.rank(now.band) < BANDS.rank(state.band):
            below = BANDS.bands[BANDS.rank(state.band) - 1].leave
            assert n >= 3
            assert all(one < below for one in amounts[n - 3 : n + 1])
        state = now


def test_missed_days_are_gone_through_one_by_one():
    bought = [(DAY - timedelta(days=28), Decimal(300))]  # leaves the 30 days on DAY + 2
    state = step(BANDS, RETAIL, DAY, Decimal(300))
    told = follow(BANDS, state, bought, DAY + timedelta(days=10))
    assert [(one.band, one.since) for one in told] == [
        ("retail", DAY + timedelta(days=5)),
        ("retail", DAY + timedelta(days=5)),
    ]
    assert told[-1].as_of == DAY + timedelta(days=10)
    assert follow(BANDS, told[-1], bought, DAY + timedelta(days=10)) == [told[-1]]


def test_foreign_orders_count_by_the_rate_of_their_day_and_apart_without_one():
    rates = (
        Rate(currency="EUR", since=DAY, rate=Decimal(100)),
        Rate(currency="EUR", since=DAY + timedelta(days=5), rate=Decimal(90)),
    )
    bands = replace(BANDS, rates=rates)
    assert rate_on(rates, "EUR", DAY + timedelta(days=4)) == 100
    sums = [
        (DAY, "RUB", Decimal(7)),
        (DAY, "EUR", Decimal(2)),
        (DAY + timedelta(days=6), "EUR", Decimal(-1)),
        (DAY - timedelta(days=1), "EUR", Decimal(3)),
        (DAY, "USD", Decimal(5)),
    ]
    counted, apart = convert(bands, "RUB", sums)
    assert [amount for _, amount in counted] == [7, 200, -90]
    assert apart == {
        "EUR": [(DAY - timedelta(days=1), Decimal(3))],
        "USD": [(DAY, Decimal(5))],
    }


def test_who_will_leave_is_told_a_week_before():
    bought = [(DAY - timedelta(days=26), Decimal(300))]
    state = replace(RETAIL, band="wholesale", turnover=Decimal(300))
    # Out of the window on DAY + 4, three days below the limit: left on DAY + 7.
    assert crossing(BANDS, state, bought, DAY) == Crossing(
        band="retail", on=DAY + timedelta(days=7), pace=False
    )
    assert crossing(BANDS, state, [(DAY - timedelta(days=20), Decimal(300))], DAY) is None


def test_who_will_enter_at_the_pace_of_the_last_two_weeks():
    bought = [(DAY - timedelta(days=n), Decimal(10)) for n in range(14)]
    state = replace(RETAIL, turnover=Decimal(140))
    assert crossing(BANDS, state, bought, DAY) == Crossing(
        band="wholesale", on=DAY + timedelta(days=6), pace=True
    )
    assert crossing(BANDS, RETAIL, [], DAY) is None


def test_usually_wholesale_is_where_the_house_says():
    [band] = default_bands(House()).bands
    assert (band.name, band.enter, band.leave) == ("wholesale", 200_000, 150_000)
    assert default_bands(House(wholesale_from=Decimal(0))).names == ("retail",)
    [small] = default_bands(House(currency="JPY", wholesale_from=Decimal(1))).bands
    assert small.leave == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"base": ""}, "bands"),
        ({"base": "Wholesale"}, "bands"),
        ({"bands": (KEY, WHOLESALE)}, "bands"),
        ({"bands": (replace(KEY, leave=Decimal(1001)),)}, "bands"),
        ({"bands": (replace(KEY, leave=Decimal(0)),)}, "bands"),
        ({"bands": (WHOLESALE, replace(KEY, leave=Decimal(149)))}, "bands"),
        ({"bands": tuple(replace(KEY, name=str(n), enter=Decimal(900 + n)) for n in range(7))}, "bands"),
        ({"days": -1}, "days"),
        ({"stale_days": 367}, "stale_days"),
        ({"rates": (Rate(currency="EUR", since=DAY, rate=Decimal(0)),)}, "rates"),
        ({"rates": (Rate(currency="EUR", since=DAY, rate=Decimal(1)),) * 501}, "rates"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(changes, field):
    with pytest.raises(InvalidInputError) as refused:
        replace(BANDS, **changes)
    assert refused.value.details["field"] == field
