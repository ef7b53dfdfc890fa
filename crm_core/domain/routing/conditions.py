# SPDX-License-Identifier: Apache-2.0
"""What a rule asks of the facts. All conditions of a rule must hold."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from crm_core.domain.money import from_minor
from crm_core.domain.routing.decision import Why
from crm_core.domain.routing.facts import SHARED, Facts
from crm_core.domain.routing.hours import OpeningHours

NONE = "none"  # no manager is assigned


class Condition(Protocol):
    """`saw` is asked for the trace only: a call passes many rules over."""

    @property
    def name(self) -> str:
        """Its key in the rule file."""
        ...

    def holds(self, facts: Facts) -> bool: ...

    def saw(self, facts: Facts) -> Why:
        """What the answer of `holds` rests on."""
        ...


@dataclass(frozen=True, slots=True)
class CallerIs:
    kinds: frozenset[str]  # contact | company | shared | lead | unknown | withheld | own
    name = "caller"

    @property
    def fitting(self) -> frozenset[str]:
        """Whoever of several clients it is, they are a contact or a company."""
        return self.kinds | {SHARED} if self.kinds >= {"contact", "company"} else self.kinds

    def holds(self, facts: Facts) -> bool:
        kind = facts.caller_kind
        return kind in self.kinds or (kind == SHARED and SHARED in self.fitting)

    def saw(self, facts: Facts) -> Why:
        return Why(code=f"caller_{facts.caller_kind}")


@dataclass(frozen=True, slots=True)
class SourceIs:
    sources: frozenset[str]  # of assign_rules.Source
    name = "source"

    def holds(self, facts: Facts) -> bool:
        return facts.source in self.sources

    def saw(self, facts: Facts) -> Why:
        return Why(code=f"source_{facts.source}")


@dataclass(frozen=True, slots=True)
class LeadIs:
    statuses: frozenset[str]
    name = "lead_status"

    def holds(self, facts: Facts) -> bool:
        return facts.lead_status in self.statuses

    def saw(self, facts: Facts) -> Why:
        return Why(code="lead_status", params={"status": facts.lead_status})


@dataclass(frozen=True, slots=True)
class ManagerIs:
    states: frozenset[str]  # of Availability, or 'none'
    name = "manager"

    def holds(self, facts: Facts) -> bool:
        return _state(facts, facts.manager) in self.states

    def saw(self, facts: Facts) -> Why:
        return _person_seen("manager", facts, facts.manager)


@dataclass(frozen=True, slots=True)
class DeputyIs:
    """Of a manager who is away; there is none while they are here."""

    states: frozenset[str]  # of Availability, or 'none'
    name = "deputy"

    def holds(self, facts: Facts) -> bool:
        return _state(facts, facts.deputy) in self.states

    def saw(self, facts: Facts) -> Why:
        return _person_seen("deputy", facts, facts.deputy)


def _state(facts: Facts, user_id: UUID | None) -> str:
    return NONE if user_id is None else facts.people[user_id].availability.value


def _person_seen(code: str, facts: Facts, user_id: UUID | None) -> Why:
    if user_id is None:
        return Why(code=f"{code}_{NONE}")
    person = facts.people[user_id]
    params = {"name": person.name, "detail": person.detail}
    return Why(code=f"{code}_{person.availability.value}", params=params)


@dataclass(frozen=True, slots=True)
class TurnoverIs:
    """An unknown caller has bought nothing: their turnover is 0."""

    window: str
    at_least: int | None  # minor units
    below: int | None
    name = "turnover"

    def holds(self, facts: Facts) -> bool:
        amount = facts.turnover.get(self.window, 0)
        enough = self.at_least is None or amount >= self.at_least
        return enough and (self.below is None or amount < self.below)

    def saw(self, facts: Facts) -> Why:
        amount = facts.turnover.get(self.window, 0)
        limit = self.at_least if self.at_least is not None else self.below
        params = {
            "window": self.window,
            "amount": _money(amount, facts.currency),
            "currency": facts.currency,
            "limit": _money(limit or 0, facts.currency),
        }
        above = self.at_least is not None and amount >= self.at_least
        return Why(code="turnover_at_least" if above else "turnover_below", params=params)


@dataclass(frozen=True, slots=True)
class DidIs:
    numbers: frozenset[str]
    name = "did"

    def holds(self, facts: Facts) -> bool:
        return facts.did in self.numbers

    def saw(self, facts: Facts) -> Why:
        return Why(code="did", params={"did": facts.did})


@dataclass(frozen=True, slots=True)
class HoursAre:
    hours: OpeningHours
    is_open: bool

    @property
    def name(self) -> str:
        return "open" if self.is_open else "closed"

    def holds(self, facts: Facts) -> bool:
        return self.hours.open_at(facts.at) is self.is_open

    def saw(self, facts: Facts) -> Why:
        is_open = self.hours.open_at(facts.at)
        return Why(code="open" if is_open else "closed", params={"hours": self.hours.name})


DID = "did"
HOUSE = "house:"


@dataclass(frozen=True, slots=True)
class KeptHoursAre:
    """Hours kept in the settings: of the number they called, or by their name there."""

    key: str  # 'did', 'house:NAME'
    is_open: bool

    @property
    def name(self) -> str:
        return "open" if self.is_open else "closed"

    def holds(self, facts: Facts) -> bool:
        return facts.hours[self.key] is self.is_open

    def saw(self, facts: Facts) -> Why:
        is_open = facts.hours[self.key]
        of_line = self.key == DID
        params = {} if of_line else {"hours": self.key.removeprefix(HOUSE)}
        if is_open is None:
            return Why(code="hours_unknown", params=params)
        code = "open" if is_open else "closed"
        return Why(code=f"{code}_did" if of_line else code, params=params)


@dataclass(frozen=True, slots=True)
class MissedToday:
    """They called earlier today, and nobody of us has talked with them since."""

    wanted: bool
    name = "missed_today"

    def holds(self, facts: Facts) -> bool:
        return (facts.missed_at is not None) is self.wanted

    def saw(self, facts: Facts) -> Why:
        if facts.missed_at is None:
            return Why(code="not_missed_today")
        return Why(code="missed_today", params={"at": facts.missed_at.isoformat()})


@dataclass(frozen=True, slots=True)
class TalkedWithin:
    """Somebody of us spoke with this client in the last days."""

    days: int
    name = "last_operator_days"

    def holds(self, facts: Facts) -> bool:
        if facts.last_operator is None or facts.last_talk_at is None:
            return False
        return facts.at - facts.last_talk_at <= timedelta(days=self.days)

    def saw(self, facts: Facts) -> Why:
        if facts.last_operator is None or facts.last_talk_at is None:
            return Why(code="never_talked")
        params = {"at": facts.last_talk_at.isoformat(), "days": self.days}
        return Why(code="talked_recently" if self.holds(facts) else "talked_long_ago", params=params)


@dataclass(frozen=True, slots=True)
class BandIs:
    """Which is kept with its age: where no orders come any more, a client stays in the band they were in."""

    names: frozenset[str]  # or 'none': who is no client
    name = "band"

    def holds(self, facts: Facts) -> bool:
        return (NONE if facts.band is None else facts.band) in self.names

    def saw(self, facts: Facts) -> Why:
        if facts.band is None:
            return Why(code="band_none")
        params = {"band": facts.band, "since": facts.band_since, "as_of": facts.band_as_of}
        return Why(code="band", params=params)


def _money(amount: int, currency: str) -> str:
    return str(from_minor(amount, currency or "RUB"))
