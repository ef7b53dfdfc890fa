# SPDX-License-Identifier: Apache-2.0
"""Turnover bands in a file of settings."""

from datetime import date
from decimal import Decimal
from typing import Any

from crm_core.domain.bands import LONGEST_WAIT, Band, Bands, Rate
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.routing.reading import Reader
from crm_core.domain.turnover import Window

_LINE = r"[^\x00-\x1f\x7f]{0,200}"
_WAITS = ("days", "stale_days", "hand_over_days")


def bands_said(bands: Bands) -> dict[str, Any]:
    rates: dict[str, dict[str, str]] = {}
    for one in bands.rates:
        rates.setdefault(one.currency, {})[one.since.isoformat()] = str(one.rate)
    return {
        "base": bands.base,
        "base_team": bands.base_team,
        "window": bands.window.value,
        "groups": bands.groups,
        **{name: getattr(bands, name) for name in _WAITS},
        "limits": {
            one.name: {"enter": str(one.enter), "leave": str(one.leave), "team": one.team}
            for one in bands.bands
        },
        "rates": rates,
    }


def parse_bands(reader: Reader) -> Bands:
    """All of them: a band or a rate that is not named is taken away."""
    usual = Bands()
    limits, rates = reader.table("limits"), reader.table("rates")
    said: dict[str, Any] = {
        name: reader.text(name, _LINE, "a name", getattr(usual, name)) for name in ("base", "base_team")
    }
    said |= {name: reader.whole(name, 0, LONGEST_WAIT, getattr(usual, name)) for name in _WAITS}
    said["groups"] = reader.flag("groups") if "groups" in reader else usual.groups
    said["window"] = Window(reader.one_of("window", list(Window), usual.window))
    listed = [_band(name, limits.table(name)) for name in limits.keys()]  # noqa: SIM118 - not a mapping
    said["bands"] = tuple(sorted(listed, key=lambda one: one.enter))
    said["rates"] = tuple(rate for code in rates.keys() for rate in _rates(code, rates.table(code)))  # noqa: SIM118
    reader.done()
    try:
        return Bands(**said)
    except InvalidInputError as error:
        raise InvalidInputError(f"bands: {error}") from error


def _band(name: str, reader: Reader) -> Band:
    enter = _amount(reader, "enter")
    leave = _amount(reader, "leave") if "leave" in reader else enter
    team = reader.text("team", _LINE, "a team", "")
    reader.done()
    return Band(name=name, enter=enter, leave=leave, team=team)


def _rates(currency: str, reader: Reader) -> list[Rate]:
    """By the day from which each counts."""
    found = []
    for written in reader.keys():  # noqa: SIM118 - not a mapping
        try:
            since = date.fromisoformat(written)
        except ValueError as error:
            raise reader.fail(written, "a day is wanted, as 2026-01-01") from error
        found.append(Rate(currency=currency, since=since, rate=_amount(reader, written)))
    return found


def _amount(reader: Reader, key: str) -> Decimal:
    return Decimal(reader.text(key, r"[0-9]{1,15}(\.[0-9]{1,10})?", 'an amount as text ("200000")'))
