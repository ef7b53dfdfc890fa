# SPDX-License-Identifier: Apache-2.0
"""Facts, steps and traces as they are stored: what comes back gives the same decision again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from crm_core.domain.open_items import OpenDeal
from crm_core.domain.routing.decision import Decision, Step, StepKind, Why
from crm_core.domain.routing.facts import Availability, Candidate, Facts
from crm_core.domain.routing.number_facts import NumberFacts

_PLAIN = (
    "pbx",
    "did",
    "number",
    "caller_kind",
    "party_name",
    "company_name",
    "group_name",
    "lead_status",
    "currency",
    "caller_name",
    "trunk",
    "language",
    "menu",
    "order_number",
    "client_number",
    "told_by",
    "band",
    "band_since",
    "band_as_of",
)
_AVAILABILITY = {one.value: one for one in Availability}
_IDS = ("party_id", "company_id", "group_id", "manager", "last_operator", "deputy")
_TIMES = ("at", "last_talk_at", "turnover_at", "missed_at")
_AS_THEY_ARE = (
    *_PLAIN,
    *_IDS,
    *_TIMES,
    "turnover",
    "teams",
    "about_number",
    "hours",
    "logins",
    "tags",
    "debt",
    "deals",
    "tasks",
    "fields",
)


class NotKeptError(KeyError):
    """Nobody asked for this person, team, hours or field at the time of the call, so nothing of them was kept."""

    def __init__(self, what: str, which: str) -> None:
        super().__init__(what, which)
        self.missing = (what, which)  # person | team | hours | field | login, and its id or name


class _Kept(dict[str, Any]):
    def __init__(self, what: str, stored: Mapping[str, Any]) -> None:
        super().__init__(stored)
        self._what = what

    def __missing__(self, key: str) -> Any:
        raise NotKeptError(self._what, key)


class _KeptPeople(Mapping[UUID, Candidate]):
    """Each is made when somebody asks: a replay asks for few of them."""

    def __init__(self, stored: Sequence[Mapping[str, Any]]) -> None:
        self._people: dict[UUID, Any] = {_uuid(person["id"]): person for person in stored}

    def __getitem__(self, user_id: UUID) -> Candidate:
        try:
            found = self._people[user_id]
        except KeyError:
            raise NotKeptError("person", str(user_id)) from None
        if not isinstance(found, Candidate):
            found = self._people[user_id] = _candidate_from_json(found)
        return found

    def __iter__(self) -> Iterator[UUID]:
        return iter(self._people)

    def __len__(self) -> int:
        return len(self._people)


# What goes to the database is put together here, on the hot path, and made into text by orjson, which writes ids,
# times and dataclasses itself. What comes back is plain JSON.
def facts_to_json(facts: Facts) -> dict[str, Any]:
    """For orjson.dumps; facts_from_json reads what it wrote. What is not known is not written down."""
    known = {name: fact for name in _AS_THEY_ARE if (fact := getattr(facts, name)) is not None}
    return {**known, "people": list(facts.people.values())}


def trace_to_json(decision: Decision) -> tuple[Why, ...]:
    """The trace; before it, why the rules could not be asked, if so."""
    if decision.fallback is None:
        return decision.trace
    return (Why(code="fallback", params={"reason": decision.fallback}), *decision.trace)


def facts_from_json(data: Mapping[str, Any]) -> Facts:
    """What is missing is not known: nobody looked, or the fact is younger than what was stored.

    KeyError, TypeError, ValueError: stored in a form that is not understood. Who asks the result for people, teams,
    hours or logins that nobody asked for then gets NotKeptError.
    """
    simple: dict[str, Any] = {name: data.get(name) for name in _PLAIN}
    simple |= {name: _id(data.get(name)) for name in _IDS}
    simple |= {name: _time(data.get(name)) for name in _TIMES}
    return Facts(
        **simple,
        about_number=NumberFacts(data.get("number"), data.get("about_number")),
        hours=_Kept("hours", data.get("hours") or {}),
        fields=_Kept("field", data.get("fields") or {}),
        logins=_Kept("login", {login: _id(one) for login, one in (data.get("logins") or {}).items()}),
        turnover=dict(data["turnover"]),
        tags=None if data.get("tags") is None else tuple(data["tags"]),
        debt=data.get("debt"),
        deals=None if data.get("deals") is None else tuple(OpenDeal(**one) for one in data["deals"]),
        tasks=None if data.get("tasks") is None else tuple(data["tasks"]),
        people=_KeptPeople(data["people"]),
        teams=_Kept("team", {name: tuple(map(_uuid, members)) for name, members in data["teams"].items()}),
    )


def whys_from_json(data: Sequence[Mapping[str, Any]]) -> tuple[Why, ...]:
    return tuple(Why(code=item["code"], params=item["params"]) for item in data)


def whys_to_json(whys: Sequence[Why]) -> list[dict[str, Any]]:
    """As they come back from the database."""
    return [{"code": why.code, "params": dict(why.params)} for why in whys]


def steps_from_json(data: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    return tuple(
        Step(
            kind=StepKind(item["kind"]),
            seconds=item["seconds"],
            target=item["target"],
            people=tuple(map(_uuid, item["people"])),
            why=whys_from_json([item["why"]])[0],
        )
        for item in data
    )


def _candidate_from_json(data: Mapping[str, Any]) -> Candidate:
    return Candidate(
        id=_uuid(data["id"]),
        name=data["name"],
        availability=_AVAILABILITY[data["availability"]],
        detail=data["detail"],
        since=_time(data["since"]),
        pairs=tuple((extension, device) for extension, device in data["pairs"]),
        last_talk_at=_time(data["last_talk_at"]),
        turn=data["turn"],
        talks_today=data.get("talks_today", 0),
    )


def _id(value: str | None) -> UUID | None:
    return _uuid(value) if value else None


def _time(value: str | None) -> datetime | None:
    return _moment(value) if value else None


# A replay reads the same people, and since when they are in their state, some ten thousand times.
@lru_cache(maxsize=8192)
def _uuid(value: str) -> UUID:
    return UUID(value)


@lru_cache(maxsize=8192)
def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value)
