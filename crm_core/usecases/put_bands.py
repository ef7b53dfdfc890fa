# SPDX-License-Identifier: Apache-2.0
"""The bands change: by the next minute all clients are looked at by them, and nobody is handed over for that."""

from collections.abc import Mapping
from dataclasses import dataclass

from crm_core.domain.bands import Bands
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.money import to_minor
from crm_core.domain.version import check_unchanged
from crm_core.ports.store import Tx
from crm_core.usecases.named_by_rules import bands_of_rules
from crm_core.usecases.set_house import SETTINGS
from crm_core.usecases.trail import Trail


async def put_bands(
    tx: Tx,
    bands: Bands,
    trail: Trail,
    seen: str | None = None,
    called: Mapping[str, str] | None = None,
) -> None:
    """`called`: what a band was called and what it is called now. Who is in it stays, with the days they have there."""
    await tx.clients.serialise()
    before, house = await tx.bands.settings(), await tx.settings.house()
    check_unchanged(before, seen)
    for band in bands.bands:
        for limit in (band.enter, band.leave):
            to_minor(limit, house.currency)
    teams = {team.name for team in await tx.people.teams()}
    if not {bands.team(name) for name in bands.names} <= {*teams, ""}:
        raise InvalidInputError("There is no such team any more.", field="bands")
    gone = set(before.names) - set(bands.names)
    if gone & await bands_of_rules(tx):
        raise InvalidInputError(
            "the rules of routing name a band of before: change them first", field="bands"
        )
    if any(rate.currency == house.currency for rate in bands.rates):
        raise InvalidInputError("the house's own currency needs no rate", field="rates")
    if before != bands:
        await tx.bands.rename(_renamed(before, bands, called or {}))
        await tx.bands.save_settings(bands)
        trail.note_fields("bands", SETTINGS, _told(before), _told(bands))


def _renamed(before: Bands, after: Bands, called: Mapping[str, str]) -> dict[str, str]:
    """Names that are gone -> names that are new. The base is always the base."""
    gone, new = set(before.names) - set(after.names), set(after.names) - set(before.names)
    pairs = {**called, before.base: after.base}
    return {was: name for was, name in pairs.items() if was in gone and name in new}


@dataclass(frozen=True, slots=True)
class _Told:
    """As the trail keeps them."""

    base: str
    base_team: str
    bands: list[str]
    window: str
    days: int
    stale_days: int
    hand_over_days: int
    groups: bool
    rates: list[str]


def _told(bands: Bands) -> _Told:
    return _Told(
        bands.base,
        bands.base_team,
        [f"{one.name}: {one.enter} / {one.leave} {one.team}".strip() for one in bands.bands],
        bands.window.value,
        bands.days,
        bands.stale_days,
        bands.hand_over_days,
        bands.groups,
        [f"{one.currency} {one.since.isoformat()} {one.rate}" for one in bands.rates],
    )
