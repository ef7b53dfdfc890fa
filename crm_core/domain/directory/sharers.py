# SPDX-License-Identifier: Apache-2.0
"""Who a number may belong to when several records have it: the likeliest first, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from crm_core.domain.communication import Owner, choose_owner
from crm_core.domain.directory.party import Party, PartyKind
from crm_core.domain.money import from_minor
from crm_core.domain.routing.decision import Why
from crm_core.domain.turnover import Window

_RECENTLY: Final = timedelta(days=30)
_WINDOW: Final = Window.MONTHS_12.value
# A talk of these days says most, then what they are about to buy, then what they bought; last, which of their
# numbers it is.
_WEIGHTS: Final = {
    "sharer_talked": 4,
    "sharer_deal": 3,
    "sharer_bought": 2,
    "sharer_talked_long_ago": 2,
    "sharer_first_number": 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharer:
    party: Party
    reasons: tuple[Why, ...]


def ranked(claims: Iterable[tuple[Party, bool]], at: datetime, currency: str) -> tuple[Sharer, ...]:
    """`claims`: each party that has the number, and whether it is the first of their numbers."""
    found = [
        Sharer(party=party, reasons=tuple(_reasons(party, at, currency, first=first)))
        for party, first in claims
    ]
    return tuple(sorted(found, key=_place))


def one_of(parties: Iterable[Party]) -> tuple[PartyKind, UUID] | None:
    """Whose it is all the same: a contact's, or the one company's that all of them are of."""
    some = tuple(parties)
    contacts = [Owner(one.id, one.company_id) for one in some if one.kind is PartyKind.CONTACT]
    owner = choose_owner(contacts, [one.id for one in some if one.kind is PartyKind.COMPANY])
    if owner is None:
        return None
    if owner.contact_id:
        return PartyKind.CONTACT, owner.contact_id
    return (PartyKind.COMPANY, owner.company_id) if owner.company_id else None


def sharers_shown(sharers: Iterable[Sharer]) -> list[dict[str, Any]]:
    """As frames carry them."""
    return [
        {
            "kind": one.party.kind.value,
            "id": str(one.party.id),
            "name": one.party.name,
            "company": one.party.company_name if one.party.kind is PartyKind.CONTACT else None,
            "reasons": [{"code": why.code, "params": dict(why.params)} for why in one.reasons],
        }
        for one in sharers
    ]


def _reasons(party: Party, at: datetime, currency: str, *, first: bool) -> Iterable[Why]:
    if party.last_talk_at:
        recently = at - party.last_talk_at <= _RECENTLY
        code = "sharer_talked" if recently else "sharer_talked_long_ago"
        yield Why(code=code, params={"at": party.last_talk_at.isoformat()})
    if party.deals:
        yield Why(code="sharer_deal")
    if (bought := party.turnover.get(_WINDOW, 0)) > 0:
        params = {"amount": str(from_minor(bought, currency)), "currency": currency, "window": _WINDOW}
        yield Why(code="sharer_bought", params=params)
    if first:
        yield Why(code="sharer_first_number")


def _place(one: Sharer) -> tuple[float, float, int, str, str]:
    talked = one.party.last_talk_at
    return (
        -sum(_WEIGHTS[why.code] for why in one.reasons),
        -(talked.timestamp() if talked else 0.0),
        -one.party.turnover.get(_WINDOW, 0),
        one.party.name,
        str(one.party.id),
    )
