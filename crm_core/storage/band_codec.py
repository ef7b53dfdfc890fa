# SPDX-License-Identifier: Apache-2.0
"""Bands between rows, JSON and the domain's words."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from sqlalchemy import Row

from crm_core.domain.band_history import BandChange, HandOver, KnownBand, Look, Why
from crm_core.domain.bands import Band, Bands, BandState, Crossing, Rate
from crm_core.domain.client import ClientKind
from crm_core.domain.money import exponent, from_minor, to_minor
from crm_core.domain.shallow import shallow
from crm_core.domain.turnover import Window
from crm_core.storage.sql import named


def bands_to_json(bands: Bands) -> dict[str, Any]:
    listed = [shallow(band) | {"enter": str(band.enter), "leave": str(band.leave)} for band in bands.bands]
    rates = [[rate.currency, rate.since.isoformat(), str(rate.rate)] for rate in bands.rates]
    return shallow(bands) | {"bands": listed, "rates": rates}


def bands_from_json(data: Mapping[str, Any]) -> Bands:
    bands = [
        Band(
            name=one["name"],
            enter=Decimal(one["enter"]),
            leave=Decimal(one["leave"]),
            team=one.get("team", ""),
        )
        for one in data["bands"]
    ]
    rates = [
        Rate(currency=of, since=date.fromisoformat(since), rate=Decimal(rate))
        for of, since, rate in data["rates"]
    ]
    plain = {
        name: data[name]
        for name in ("base", "base_team", "days", "stale_days", "hand_over_days", "groups")
        if name in data
    }
    return Bands(bands=tuple(bands), rates=tuple(rates), window=Window(data["window"]), **plain)


def look_to_json(look: Look) -> dict[str, Any]:
    stale = look.stale_since.isoformat() if look.stale_since else None
    return {"day": look.day.isoformat(), "at": look.at.isoformat(), "settings": look.settings, "stale": stale}


def look_from_json(data: Mapping[str, Any]) -> Look:
    return Look(
        day=date.fromisoformat(data["day"]),
        at=datetime.fromisoformat(data["at"]),
        settings=data["settings"],
        stale_since=date.fromisoformat(data["stale"]) if data["stale"] else None,
    )


def known_row(known: KnownBand) -> dict[str, Any]:
    state, coming = known.state, known.next
    return {
        "client_id": known.client_id,
        "kind": known.kind.value,
        "band": state.band,
        "since": state.since.toordinal(),
        "as_of": state.as_of.toordinal(),
        "below_since": state.below_since.toordinal() if state.below_since else None,
        "turnover": minor(state.turnover, known.currency),
        "currency": known.currency,
        "apart": {currency: str(amount) for currency, amount in state.apart.items()},
        "next_band": coming.band if coming else None,
        "next_on": coming.on.toordinal() if coming else None,
        "next_pace": int(coming.pace) if coming else None,
    }


def known_of(row: Row[Any]) -> KnownBand:
    state = BandState(
        band=row.band,
        since=date.fromordinal(row.since),
        as_of=date.fromordinal(row.as_of),
        below_since=_day(row.below_since),
        turnover=from_minor(row.turnover, row.currency),
        apart={currency: Decimal(amount) for currency, amount in row.apart.items()},
    )
    coming = (
        Crossing(band=row.next_band, on=date.fromordinal(row.next_on), pace=bool(row.next_pace))
        if row.next_on
        else None
    )
    kind = ClientKind(row.kind)
    return KnownBand(kind=kind, client_id=row.client_id, state=state, currency=row.currency, next=coming)


def change_row(change: BandChange) -> dict[str, Any]:
    return shallow(change) | {
        "kind": change.kind.value,
        "day": change.day.toordinal(),
        "turnover": minor(change.turnover, change.currency),
        "why": change.why.value,
        "hand_over_on": change.hand_over_on.toordinal() if change.hand_over_on else None,
        "outcome": change.outcome.value if change.outcome else None,
    }


def change_of(row: Row[Any]) -> BandChange:
    values = {name: value for name, value in named(row).items() if name != "name"}
    return BandChange(
        **values
        | {
            "kind": ClientKind(row.kind),
            "day": date.fromordinal(row.day),
            "turnover": from_minor(row.turnover, row.currency),
            "why": Why(row.why),
            "hand_over_on": _day(row.hand_over_on),
            "outcome": HandOver(row.outcome) if row.outcome else None,
        }
    )


def minor(amount: Decimal, currency: str) -> int:
    """What was converted by a rate has more digits than the currency: here it is rounded, and only here."""
    places = Decimal(1).scaleb(-exponent(currency))
    return to_minor(amount.quantize(places, ROUND_HALF_EVEN), currency)


def _day(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)
