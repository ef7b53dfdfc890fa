# SPDX-License-Identifier: Apache-2.0
"""Turnover bands: their limits, rates of other currencies, who will change soon, and who has."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from aiohttp import web
from babel.numbers import list_currencies

from crm_core.domain.bands import LONGEST_NAME, MOST_BANDS, Band, Bands, Rate
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.money import parse_amount
from crm_core.domain.people import Role
from crm_core.domain.turnover import Window
from crm_core.usecases.put_bands import put_bands
from web import keys
from web.access import requires
from web.forms import day_of, text_field
from web.pages.settings.forms import Form, Values, Work, filled, submitted
from web.render import page
from web.words import N_, WINDOWS

TEMPLATE = "settings/bands.html"
_PLAIN = ("base", "base_team", "window", "days", "stale_days", "hand_over_days")
_WHOLE = ("days", "stale_days", "hand_over_days")
_ROW = ("name", "enter", "leave", "team")
_LONGEST_RATES = 20_000
_SHOWN = 50
# Without an exponent: 1E-999999999 written out is a gigabyte.
_RATE = re.compile(
    r"(?P<currency>[A-Z]{3})\s+(?P<since>\S{1,10})\s+(?P<rate>\d{1,9}([.,]\d{1,12})?)", re.ASCII
)


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        bands = await tx.bands.settings()
    form = filled(bands, values_of(bands))
    return page(request, TEMPLATE, form=form, saved="saved" in request.query, **await _context(request))


@requires(Role.ADMIN)
async def save(request: web.Request) -> web.StreamResponse:
    form = Form(
        template=TEMPLATE,
        done="/settings/bands",
        values_of=values_of,
        typed=typed,
        work=work,
        context=await _context(request),
    )
    return await submitted(request, form)


def values_of(bands: Bands) -> Values:
    rows = [{name: _plain(getattr(band, name)) for name in _ROW} | {"was": band.name} for band in bands.bands]
    rates = "\n".join(f"{one.currency} {one.since.isoformat()} {_plain(one.rate)}" for one in bands.rates)
    plain = {name: str(getattr(bands, name)) for name in _PLAIN} | {"groups": "1" if bands.groups else ""}
    return plain | {"rates": rates, "bands": _with_an_empty_one(rows)}


def typed(sent: Mapping[str, object]) -> Values:
    plain = {name: str(sent.get(name, ""))[:100] for name in (*_PLAIN, "groups")}
    return plain | {
        "rates": str(sent.get("rates", ""))[:_LONGEST_RATES],
        "bands": _with_an_empty_one(_rows(sent)),
    }


def work(sent: Mapping[str, object], seen: str) -> Work:
    bands, rows = _bands(sent), _rows(sent)
    called = {row["was"]: _name(row) for row in rows if row["was"]}
    return lambda tx, trail: put_bands(tx, bands, trail, seen, called)


def _bands(sent: Mapping[str, object]) -> Bands:
    window = text_field(sent, "window", 20)
    if window not in set(Window):
        raise InvalidInputError(N_("Choose one of these."), field="window")
    found = [
        Band(
            name=_name(row),
            enter=_amount(row["enter"]),
            leave=_amount(row["leave"]),
            team=row["team"],
        )
        for row in _rows(sent)
    ]
    return Bands(
        base=" ".join(text_field(sent, "base", LONGEST_NAME).split()),
        base_team=text_field(sent, "base_team", 80),
        bands=tuple(sorted(found, key=lambda band: band.enter)),
        window=Window(window),
        groups=bool(sent.get("groups")),
        rates=_rates(text_field(sent, "rates", _LONGEST_RATES)),
        **{name: _days(sent, name) for name in _WHOLE},
    )


def _rows(sent: Mapping[str, object]) -> list[dict[str, str]]:
    """A row without a name is none."""
    rows = [
        {name: str(sent.get(f"{name}_{index}", ""))[:80] for name in (*_ROW, "was")}
        for index in range(MOST_BANDS + 1)
    ]
    return [row for row in rows if row["name"].strip()]


def _name(row: Mapping[str, str]) -> str:
    return " ".join(row["name"].split())


def _with_an_empty_one(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    empty = dict.fromkeys((*_ROW, "was"), "")
    return [*rows, empty] if len(rows) < MOST_BANDS else rows


def _amount(text: str) -> Decimal:
    try:
        return parse_amount(text)
    except InvalidInputError as error:
        raise InvalidInputError(N_("This is not an amount of money."), field="bands") from error


def _days(sent: Mapping[str, object], name: str) -> int:
    text = text_field(sent, name, 20).strip()
    if not (text.isascii() and text.isdigit()):
        raise InvalidInputError(N_("a whole number of days from 0 to 366 is wanted"), field=name)
    return int(text)


def _rates(text: str) -> tuple[Rate, ...]:
    return tuple(_rate(line) for line in text.splitlines() if line.strip())


def _rate(line: str) -> Rate:
    match = _RATE.fullmatch(line.strip().upper())
    if match is None or match["currency"] not in list_currencies():
        raise InvalidInputError(N_("A rate is written so: EUR 2026-01-31 97.45"), field="rates")
    rate = Decimal(match["rate"].replace(",", "."))
    return Rate(currency=match["currency"], since=day_of(match["since"], "rates"), rate=rate)


def _plain(value: str | Decimal) -> str:
    """Without an exponent and without zeros that say nothing."""
    if isinstance(value, str):
        return value
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


async def _context(request: web.Request) -> dict[str, Any]:
    l10n = request[keys.L10N]
    async with request.app[keys.STORE].read() as tx:
        bands, house = await tx.bands.settings(), await tx.settings.house()
        return {
            "names": bands.names,
            "currency": house.currency,
            "windows": {window.value: l10n.gettext(WINDOWS[window]) for window in Window},
            "teams": {team.name: team.name for team in await tx.people.teams()},
            "look": await tx.bands.look(),
            "counts": await tx.bands.counts(),
            "unrated": await tx.bands.unrated(bands, house),
            "crossings": await tx.bands.crossings(_SHOWN),
            "latest": await tx.bands.latest(_SHOWN),
            "users": {user.id: user.name for user in await tx.people.users(archived=True)},
        }
