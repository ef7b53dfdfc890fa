# SPDX-License-Identifier: Apache-2.0
"""A test made of a decision that was taken: the same facts, and what was decided is what is wanted."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from crm_core.domain.money import from_minor
from crm_core.domain.open_items import OpenDeal
from crm_core.domain.routing.decision import Step
from crm_core.domain.routing.facts import Availability, Candidate, Facts
from crm_core.domain.routing.parse_field import stated
from crm_core.domain.routing.rule_tests import step_said

Kept = dict[str, Any]


def test_of(name: str, facts: Facts, rule: str, steps: Sequence[Step]) -> Kept:
    """A table [[test]]. Only people who were looked at are in it, and only what decides."""
    names = _names(facts)
    expect = {"rule": rule, "steps": [step_said(step, names) for step in steps]}
    said: Kept = {"name": name, "at": facts.at.isoformat(), "caller": facts.caller_kind, **_texts(facts)}
    said |= {key: names[one] for key, one in _named(facts).items() if one in names}
    said |= {key: at.isoformat() for key, at in _times(facts).items() if at}
    if facts.debt:
        said["debt"] = _amount(facts.debt, facts.currency)
    said |= {key: table for key, table in _tables(facts, names).items() if table}
    return said | {"expect": expect}


def _texts(facts: Facts) -> Kept:
    keys = (
        "number", "did", "lead_status", "trunk", "language", "menu", "order_number", "client_number", "band",
    )  # fmt: skip
    return {key: value for key in keys if (value := getattr(facts, key))}


def _named(facts: Facts) -> dict[str, UUID | None]:
    return {"manager": facts.manager, "deputy": facts.deputy, "last_operator": facts.last_operator}


def _times(facts: Facts) -> Kept:
    return {"last_talk_at": facts.last_talk_at, "missed_at": facts.missed_at}


def _tables(facts: Facts, names: dict[UUID, str]) -> Kept:
    ranks = _ranks(facts.people.values())
    return {
        "tags": list(facts.tags or ()),
        "deals": [_deal(one, facts.currency) for one in facts.deals or ()],
        "tasks": list(facts.tasks or ()),
        "fields": stated(facts.fields),
        "turnover": {
            window: _amount(units, facts.currency) for window, units in facts.turnover.items() if units
        },
        "open": {key: is_open for key, is_open in facts.hours.items() if is_open is not None},
        "people": {names[one.id]: _person(one, ranks[one.id]) for one in facts.people.values()},
        "teams": {
            team: [names[one] for one in members if one in names] for team, members in facts.teams.items()
        },
        "logins": {login: names[one] for login, one in facts.logins.items() if one in names},
    }


def _deal(deal: OpenDeal, currency: str) -> Kept:
    said: Kept = {"stage": deal.stage, "amount": _amount(deal.amount, deal.currency)}
    return said if deal.currency == currency else said | {"currency": deal.currency}


def _person(person: Candidate, turn: int) -> Kept:
    said: Kept = {} if person.availability is Availability.FREE else {"state": person.availability.value}
    said["turn"] = turn
    if person.talks_today:
        said["talks_today"] = person.talks_today
    if person.last_talk_at:
        said["last_talk_at"] = person.last_talk_at.isoformat()
    return said if person.pairs else said | {"phone": False}


def _ranks(people: Iterable[Candidate]) -> dict[UUID, int]:
    """Whose turn it is, without ties: those of the same turn come by their ids, which a test has not got."""
    ordered = sorted(people, key=lambda one: (one.turn, str(one.id)))
    return {person.id: rank for rank, person in enumerate(ordered, 1)}


def _names(facts: Facts) -> dict[UUID, str]:
    """Two of one name are told apart; of those nobody looked at, only what they are to the caller is known."""
    people = sorted(facts.people.values(), key=lambda one: str(one.id))
    said = {person.id: " ".join(person.name.replace("+", " ").split()) or "somebody" for person in people}
    said |= {one: key.replace("_", " ") for key, one in _named(facts).items() if one and one not in said}
    found: dict[UUID, str] = {}
    for user_id, plain in said.items():
        name, number = plain, 1
        while name in found.values():
            number += 1
            name = f"{plain} ({number})"
        found[user_id] = name
    return found


def _amount(units: int, currency: str) -> int | float:
    value = from_minor(units, currency or "RUB")
    return int(value) if value == value.to_integral_value() else float(value)
