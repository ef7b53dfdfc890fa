# SPDX-License-Identifier: Apache-2.0
"""The head of a pop: the `pop` frame that paints a client's card before the phone rings."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from crm_core.domain.directory.party import Party
from crm_core.domain.directory.people import Operator
from crm_core.domain.directory.sharers import Sharer, sharers_shown
from crm_core.domain.frozen import frozen
from crm_core.domain.money import from_minor
from crm_core.domain.routing.decision import Why

_SHARERS = 5  # a switchboard may be the number of a hundred


@frozen
class PopCall:
    """The call a pop is about. `stage`: 'first' is rung now, 'next' may be rung later."""

    pop: UUID
    call_id: UUID
    stage: str
    did: str | None
    at: datetime
    number: str | None  # E.164; None when withheld
    sharers: Sequence[Sharer] = ()  # who it may be, where several have the number


def pop_head(
    call: PopCall,
    party: Party | None,
    *,
    operator: Callable[[UUID], Operator | None],
    turnover: tuple[str, str],
    why: Sequence[Why] = (),
    rule: str = "",
) -> dict[str, Any]:
    """The frame's data. `turnover` names the window shown and the currency; `operator` is Directory.operator."""
    return {
        "pop": str(call.pop),
        "call_id": str(call.call_id),
        "stage": call.stage,
        "did": call.did,
        "at": call.at.isoformat(),
        **(
            _shared(call.number)
            if call.sharers and party is None
            else client_head(party, call.number, operator=operator, turnover=turnover)
        ),
        "sharers": sharers_shown(call.sharers[:_SHARERS]),
        "why": whys_shown(why),
        "rule": rule,
    }


def whys_shown(why: Sequence[Why]) -> list[dict[str, Any]]:
    return [{"code": reason.code, "params": reason.params} for reason in why]


def client_head(
    party: Party | None,
    number: str | None,
    *,
    operator: Callable[[UUID], Operator | None],
    turnover: tuple[str, str],
) -> dict[str, Any]:
    """The part of a head that is about the client: of a call, or of whom somebody says it is."""
    return {
        "client": _client(party, number),
        "turnover": _turnover(party, *turnover),
        "manager": _person(party.manager_id if party else None, operator),
        "last_operator": _last_operator(party, operator),
    }


def _client(party: Party | None, number: str | None) -> dict[str, Any]:
    if party is None:
        kind = "unknown" if number else "withheld"
        return {"kind": kind, "id": None, "name": None, "number": number, "company": None}
    company = {"id": str(party.company_id), "name": party.company_name} if party.company_id else None
    if company and party.group_name:
        company["group"] = party.group_name
    return {
        "kind": party.kind.value,
        "id": str(party.id),
        "name": party.name,
        "number": number or party.number,
        "company": company,
    }


def _shared(number: str | None) -> dict[str, Any]:
    client = {"kind": "shared", "id": None, "name": None, "number": number, "company": None}
    return {"client": client, "turnover": None, "manager": None, "last_operator": None}


def _turnover(party: Party | None, window: str, currency: str) -> dict[str, str] | None:
    if party is None or window not in party.turnover:
        return None
    amount = from_minor(party.turnover[window], currency)
    return {"amount": str(amount), "currency": currency, "window": window}


def _person(user_id: UUID | None, operator: Callable[[UUID], Operator | None]) -> dict[str, str] | None:
    person = operator(user_id) if user_id else None
    return {"id": str(person.id), "name": person.name} if person else None


def _last_operator(party: Party | None, operator: Callable[[UUID], Operator | None]) -> dict[str, str] | None:
    person = _person(party.last_operator_id if party else None, operator)
    if person is None or party is None or party.last_talk_at is None:
        return person
    return {**person, "at": party.last_talk_at.isoformat()}
