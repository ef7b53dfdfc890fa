# SPDX-License-Identifier: Apache-2.0
"""Turnover bands: a client enters one at a limit, and leaves it after some days below a lower one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from typing import Final

from crm_core.domain import clean
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.house import House
from crm_core.domain.money import exponent
from crm_core.domain.turnover import Window, turnover

MOST_BANDS: Final = 6
MOST_RATES: Final = 500
LONGEST_NAME: Final = 40
LONGEST_WAIT: Final = 366
CAUGHT_UP: Final = 62  # days that are gone through one by one after we were away; longer ago is not looked at
AHEAD: Final = 7  # days that a crossing is told before
PACE: Final = 14  # days whose turnover says how somebody buys on
Days = Sequence[tuple[date, Decimal]]  # what was bought on which day, in the house's currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    name: str
    enter: Decimal  # at this turnover or more
    leave: Decimal  # below this for so many days
    team: str = ""  # whose clients they are; '' when the manager does not change with the band


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What one unit of this currency is worth in the house's, from this day on."""

    currency: str
    since: date
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    base: str = "retail"  # where everybody is who is in none of the bands
    base_team: str = ""
    bands: tuple[Band, ...] = ()  # lowest first
    window: Window = Window.DAYS_30
    days: int = 14  # below the lower limit before a band is left
    stale_days: int = 7  # without any order from anybody: then no news is no news, and bands stay; 0: never
    hand_over_days: int = 0  # between the change and the hand-over
    rates: tuple[Rate, ...] = ()
    groups: bool = True  # companies that belong together have one band, by the orders of all of them

    def __post_init__(self) -> None:
        _check_names(self)
        _check_limits(self.bands)
        for name in ("days", "stale_days", "hand_over_days"):
            if not 0 <= getattr(self, name) <= LONGEST_WAIT:
                raise InvalidInputError("a whole number of days from 0 to 366 is wanted", field=name)
        if len(self.rates) > MOST_RATES:
            raise InvalidInputError("that are too many rates", field="rates")
        for rate in self.rates:
            exponent(rate.currency)
            if not rate.rate > 0:
                raise InvalidInputError("a rate is above 0", field="rates")

    @property
    def names(self) -> tuple[str, ...]:
        """The base first, then upwards."""
        return (self.base, *(band.name for band in self.bands))

    def team(self, name: str) -> str:
        return next((band.team for band in self.bands if band.name == name), self.base_team)

    def rank(self, name: str) -> int:
        """0 for the base, and for a band that there is no more."""
        return self.names.index(name) if name in self.names else 0


def default_bands(house: House) -> Bands:
    """Until somebody says otherwise: wholesale from where the house says, left below three quarters of it."""
    if house.wholesale_from <= 0:
        return Bands(window=house.turnover_window)
    places = Decimal(1).scaleb(-exponent(house.currency))
    leave = max((house.wholesale_from * 3 / 4).quantize(places, ROUND_HALF_EVEN), places)
    band = Band(name="wholesale", enter=house.wholesale_from, leave=leave)
    return Bands(bands=(band,), window=house.turnover_window)


@dataclass(frozen=True, slots=True, kw_only=True)
class BandState:
    """Where a client stands. `as_of`: the last day that was looked at."""

    band: str
    since: date
    as_of: date
    below_since: date | None = None
    turnover: Decimal = Decimal(0)
    apart: Mapping[str, Decimal] = field(default_factory=dict)  # currencies without a rate: counted apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A change that is to come."""

    band: str
    on: date
    pace: bool  # if they buy on as in the last two weeks; else: if they buy nothing more


def step(bands: Bands, before: BandState, day: date, amount: Decimal) -> BandState:
    """A day with its turnover. The same day again changes nothing; an earlier one is not looked at."""
    if day < before.as_of:
        return before
    names, here = bands.names, bands.rank(before.band)
    entered = max((i for i, band in enumerate(bands.bands, 1) if amount >= band.enter), default=0)
    now = replace(before, band=names[here], as_of=day, turnover=amount, below_since=None)
    if entered > here:
        return replace(now, band=names[entered], since=day)
    if here and amount < bands.bands[here - 1].leave:
        below = before.below_since or day
        if (day - below).days < bands.days:
            return replace(now, below_since=below)
        kept = max((i for i, band in enumerate(bands.bands[:here], 1) if amount >= band.leave), default=0)
        return replace(now, band=names[kept], since=day)
    return now if now.band == before.band else replace(now, since=day)


def follow(bands: Bands, before: BandState, days: Days, today: date) -> list[BandState]:
    """To today, through the days that were missed: each state in which the band had changed, then the last."""
    state, told = before, []
    day = min(max(before.as_of, today - timedelta(days=CAUGHT_UP)), today)
    while day <= today:
        after = step(bands, state, day, _until(days, bands.window, day))
        if after.band != state.band:
            told.append(after)
        state, day = after, day + timedelta(days=1)
    return [*told, state]


def convert(
    bands: Bands, currency: str, sums: Iterable[tuple[date, str, Decimal]]
) -> tuple[Days, Mapping[str, Days]]:
    """What counts, in the house's currency by the rate of its day; and by currency what has no rate."""
    counted: list[tuple[date, Decimal]] = []
    apart: dict[str, list[tuple[date, Decimal]]] = {}
    for day, of, amount in sums:
        rate = Decimal(1) if of == currency else rate_on(bands.rates, of, day)
        if rate is None:
            apart.setdefault(of, []).append((day, amount))
        else:
            counted.append((day, amount * rate))
    return counted, apart


def rate_on(rates: Sequence[Rate], currency: str, day: date) -> Decimal | None:
    known = [rate for rate in rates if rate.currency == currency and rate.since <= day]
    return max(known, key=lambda rate: rate.since).rate if known else None


def crossing(bands: Bands, state: BandState, days: Days, today: date) -> Crossing | None:
    """The first change within a week: at the pace of the last two weeks, else if nothing more is bought."""
    if not bands.bands or (state.band == bands.base and state.turnover <= 0):
        return None
    ahead = [today + timedelta(days=n) for n in range(1, AHEAD + 1)]
    recent = sum((amount for day, amount in days if 0 <= (today - day).days < PACE), Decimal(0))
    bought = [(day, recent / PACE) for day in ahead] if recent > 0 else []
    for more, pace in ((bought, True), ([], False)):
        after = state
        for day in ahead:
            after = step(bands, after, day, _until([*days, *more], bands.window, day))
            if after.band != state.band:
                return Crossing(band=after.band, on=day, pace=pace and bool(more))
    return None


def _until(days: Days, window: Window, day: date) -> Decimal:
    """As it was at the end of that day."""
    return turnover([pair for pair in days if pair[0] <= day], window, day)


def _check_names(bands: Bands) -> None:
    names = bands.names
    if any(clean.line(name, LONGEST_NAME) != name for name in names):
        raise InvalidInputError("a band needs a name of 1 to 40 characters", field="bands")
    if len({name.casefold() for name in names}) != len(names):
        raise InvalidInputError("two bands have the same name", field="bands")
    if len(bands.bands) > MOST_BANDS:
        raise InvalidInputError("that are too many bands", field="bands")


def _check_limits(bands: Sequence[Band]) -> None:
    for band in bands:
        if not 0 < band.leave <= band.enter:
            raise InvalidInputError(
                "a band is left below a limit that is above 0 and not above the one to enter it",
                field="bands",
            )
    for lower, upper in pairwise(bands):
        if not (lower.enter < upper.enter and lower.leave <= upper.leave):
            raise InvalidInputError("each band has higher limits than the one before it", field="bands")
