# SPDX-License-Identifier: Apache-2.0
"""Facts, steps and traces as they are stored: what comes back gives the same decision again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from crm_core.domain.routing.decision import Decision, Why
from crm_core.domain.routing.facts import Availability, Candidate, Facts

_PLAIN = (
    "pbx",
    "did",
    "number",
    "caller_kind",
    "party_name",
    "company_name",
    "lead_status",
    "currency",
    "caller_name",
)
_IDS = ("party_id", "company_id", "manager", "last_operator")
_TIMES = ("at", "last_talk_at", "turnover_at")
_LATER = ("band", "band_since", "band_as_of")  # decisions of before do not know them
_AS_THEY_ARE = (*_PLAIN, *_LATER, *_IDS, *_TIMES, "turnover", "teams")


# What goes to the database is put together here, on the hot path, and made into text by orjson, which writes ids,
# times and dataclasses itself. What comes back is plain JSON.
def facts_to_json(facts: Facts) -> dict[str, Any]:
    """For orjson.dumps; facts_from_json reads what it wrote."""
    return {**{name: getattr(facts, name) for name in _AS_THEY_ARE}, "people": list(facts.people.values())}


def trace_to_json(decision: Decision) -> tuple[Why, ...]:
    """The trace; before it, why the rules could not be asked, if so."""
    if decision.fallback is None:
        return decision.trace
    return (Why(code="fallback", params={"reason": decision.fallback}), *decision.trace)


def facts_from_json(data: Mapping[str, Any]) -> Facts:
    people = [_candidate_from_json(person) for person in data["people"]]
    simple: dict[str, Any] = {name: data[name] for name in _PLAIN}
    simple |= {name: UUID(data[name]) if data[name] else None for name in _IDS}
    simple |= {name: data.get(name) for name in _LATER}
    simple |= {name: _time(data[name]) for name in _TIMES}
    return Facts(
        **simple,
        turnover=dict(data["turnover"]),
        people={person.id: person for person in people},
        teams={name: tuple(map(UUID, members)) for name, members in data["teams"].items()},
    )


def whys_from_json(data: Sequence[Mapping[str, Any]]) -> tuple[Why, ...]:
    return tuple(Why(code=item["code"], params=item["params"]) for item in data)


def _candidate_from_json(data: Mapping[str, Any]) -> Candidate:
    return Candidate(
        id=UUID(data["id"]),
        name=data["name"],
        availability=Availability(data["availability"]),
        detail=data["detail"],
        since=_time(data["since"]),
        pairs=tuple((extension, device) for extension, device in data["pairs"]),
        last_talk_at=_time(data["last_talk_at"]),
        turn=data["turn"],
    )


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
