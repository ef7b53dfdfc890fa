# SPDX-License-Identifier: Apache-2.0
"""Turnover bands: where each client stands, how they came there, and what comes."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from crm_core.domain.band_history import BandChange, HandOver, KnownBand, Pin, Why
from crm_core.domain.client import ClientKind, Company, Contact
from crm_core.domain.errors import NotFoundError
from crm_core.domain.people import Role
from crm_core.domain.turnover import Window
from crm_core.ports.store import Tx
from crm_core.usecases.hand_over import set_pin
from crm_core.usecases.trail import Trail
from web.api.ask import Ask
from web.api.operation import operation
from web.api.words import Query, Told

_MOST = 200


class BandTold(Told):
    name: str
    enter: Annotated[Decimal, Field(description="At this turnover or more it is entered.")]
    leave: Annotated[Decimal, Field(description="Below this for `days` days it is left.")]
    team: Annotated[str, Field(description="Whose clients they become; empty: managers stay.")]


class RateTold(Told):
    currency: str
    since: date
    rate: Annotated[Decimal, Field(description="What one unit is worth in the house's currency.")]


class BandsTold(Told):
    base: Annotated[str, Field(description="Where everybody is who is in none of the bands.")]
    base_team: str
    bands: Annotated[list[BandTold], Field(description="Lowest first.")]
    currency: str
    window: Window
    days: int
    stale_days: int
    hand_over_days: int
    groups: Annotated[bool, Field(description="Companies that belong together count as one.")]
    rates: list[RateTold]
    looked_at: Annotated[date | None, Field(description="The last day that all were looked at.")]
    stale_since: Annotated[date | None, Field(description="No orders came since: bands stay as they were.")]
    clients: Annotated[dict[str, int], Field(description="How many stand in each but the base.")]


class CrossingTold(Told):
    band: str
    on: date
    pace: Annotated[bool, Field(description="If they buy on as in two weeks past; else if nothing more.")]


class ComingTold(Told):
    kind: ClientKind
    id: UUID
    name: str
    band: str
    turnover: Decimal
    currency: str
    next: CrossingTold


class ChangeTold(Told):
    day: date
    at: Annotated[datetime, Field(description="When it was noticed.")]
    before: str
    after: str
    turnover: Decimal
    currency: str
    why: Why
    hand_over_on: date | None
    outcome: Annotated[HandOver | None, Field(description="What became of the hand-over.")]
    from_manager: UUID | None
    to_manager: UUID | None


class PinTold(Told):
    at: datetime
    by: str


class StandingTold(Told):
    """`of_kind` and `of_id`: whose band it is: of a contact the company's, of a company its group's head's."""

    of_kind: ClientKind
    of_id: UUID
    band: str
    since: date | None
    as_of: date | None
    below_since: Annotated[date | None, Field(description="Below the limit to leave it since then.")]
    turnover: Decimal
    currency: str
    apart: Annotated[dict[str, Decimal], Field(description="By currency: what has no rate and counts apart.")]
    next: CrossingTold | None
    pinned: Annotated[PinTold | None, Field(description="The client's own manager stays, whatever the band.")]
    changes: Annotated[list[ChangeTold], Field(description="Newest first, at most 200.")]


class ComingTolds(Told):
    items: list[ComingTold]


class ComingQuery(Query):
    limit: Annotated[int, Field(ge=1, le=_MOST)] = 50


@operation("GET", "/bands", scope="rules:read", summary="The turnover bands", role=Role.SUPERVISOR)
async def get_bands(ask: Ask) -> BandsTold:
    async with ask.store.read() as tx:
        bands, house, look = await tx.bands.settings(), await tx.settings.house(), await tx.bands.look()
        counts = await tx.bands.counts()
    return BandsTold(
        base=bands.base,
        base_team=bands.base_team,
        bands=[BandTold.model_validate(one) for one in bands.bands],
        currency=house.currency,
        window=bands.window,
        days=bands.days,
        stale_days=bands.stale_days,
        hand_over_days=bands.hand_over_days,
        groups=bands.groups,
        rates=[RateTold.model_validate(one) for one in bands.rates],
        looked_at=look.day if look else None,
        stale_since=look.stale_since if look else None,
        clients={name: counts.get(name, 0) for name in bands.names[1:]},
    )


@operation(
    "GET", "/bands/coming", scope="rules:read", summary="Who changes band within a week", role=Role.SUPERVISOR
)
async def list_coming_bands(ask: Ask, query: ComingQuery) -> ComingTolds:
    """Soonest first."""
    async with ask.store.read() as tx:
        coming = await tx.bands.crossings(query.limit)
    return ComingTolds(items=[_coming(known, name) for known, name in coming])


@operation("GET", "/contacts/{id}/band", scope="contacts:read", summary="A contact's band and its history")
async def get_band_of_contact(ask: Ask, contact_id: UUID) -> StandingTold:
    async with ask.store.read() as tx:
        return await _standing(tx, await _contact(tx, contact_id))


@operation("GET", "/companies/{id}/band", scope="contacts:read", summary="A company's band and its history")
async def get_band_of_company(ask: Ask, company_id: UUID) -> StandingTold:
    async with ask.store.read() as tx:
        return await _standing(tx, await _company(tx, company_id))


@operation("POST", "/contacts/{id}/pin", scope="contacts:write", summary="Pin a contact's manager")
async def pin_contact(ask: Ask, contact_id: UUID) -> StandingTold:
    """No change of band hands them over, until it is taken off."""
    return await _pin(ask, ClientKind.CONTACT, contact_id, pinned=True)


@operation("POST", "/contacts/{id}/unpin", scope="contacts:write", summary="Take the pin off a contact")
async def unpin_contact(ask: Ask, contact_id: UUID) -> StandingTold:
    return await _pin(ask, ClientKind.CONTACT, contact_id, pinned=False)


@operation("POST", "/companies/{id}/pin", scope="contacts:write", summary="Pin a company's manager")
async def pin_company(ask: Ask, company_id: UUID) -> StandingTold:
    """Pinned at the head of a group, the managers of the whole group stay."""
    return await _pin(ask, ClientKind.COMPANY, company_id, pinned=True)


@operation("POST", "/companies/{id}/unpin", scope="contacts:write", summary="Take the pin off a company")
async def unpin_company(ask: Ask, company_id: UUID) -> StandingTold:
    return await _pin(ask, ClientKind.COMPANY, company_id, pinned=False)


async def _pin(ask: Ask, kind: ClientKind, client_id: UUID, *, pinned: bool) -> StandingTold:
    trail = Trail(ask.actor, ask.now)
    async with ask.store.begin() as tx:
        client = await (_contact(tx, client_id) if kind is ClientKind.CONTACT else _company(tx, client_id))
        await set_pin(tx, kind, client_id, trail, pinned=pinned)
        await trail.write(tx)
        return await _standing(tx, client)


async def _standing(tx: Tx, client: Contact | Company) -> StandingTold:
    bands, house = await tx.bands.settings(), await tx.settings.house()
    company_id = client.id if isinstance(client, Company) else client.company_id
    heads = await tx.clients.heads_of([company_id]) if company_id and bands.groups else {}
    of_id = heads.get(company_id, company_id) if company_id else client.id
    known = (await tx.bands.known([of_id])).get(of_id)
    pin = (await tx.bands.pins([client.id])).get(client.id)
    return StandingTold(
        of_kind=ClientKind.COMPANY if company_id else ClientKind.CONTACT,
        of_id=of_id,
        **_state(known, bands.base, house.currency),
        pinned=_pinned(pin),
        changes=_changes(await tx.bands.changes_of(of_id, _MOST)),
    )


def _state(known: KnownBand | None, base: str, currency: str) -> dict[str, Any]:
    if known is None:
        nothing: dict[str, Any] = {"turnover": Decimal(0), "currency": currency, "apart": {}}
        return nothing | dict.fromkeys(("since", "as_of", "below_since", "next")) | {"band": base}
    state = known.state
    return {
        "band": state.band,
        "since": state.since,
        "as_of": state.as_of,
        "below_since": state.below_since,
        "turnover": state.turnover,
        "currency": known.currency,
        "apart": dict(state.apart),
        "next": CrossingTold.model_validate(known.next) if known.next else None,
    }


def _coming(known: KnownBand, name: str) -> ComingTold:
    return ComingTold(
        kind=known.kind,
        id=known.client_id,
        name=name,
        band=known.state.band,
        turnover=known.state.turnover,
        currency=known.currency,
        next=CrossingTold.model_validate(known.next),
    )


def _pinned(pin: Pin | None) -> PinTold | None:
    return PinTold.model_validate(pin) if pin else None


def _changes(changes: Sequence[BandChange]) -> list[ChangeTold]:
    return [ChangeTold.model_validate(one) for one in changes]


async def _contact(tx: Tx, contact_id: UUID) -> Contact:
    if (found := await tx.clients.contact(contact_id)) is None:
        raise NotFoundError("there is no such contact")
    return found


async def _company(tx: Tx, company_id: UUID) -> Company:
    if (found := await tx.clients.company(company_id)) is None:
        raise NotFoundError("there is no such company")
    return found
