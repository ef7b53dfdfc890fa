# SPDX-License-Identifier: Apache-2.0
"""What a rule asks of the facts. All conditions of a rule must hold."""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Protocol

from crm_core.domain.money import from_minor
from crm_core.domain.routing.decision import Why
from crm_core.domain.routing.facts import SHARED, Facts
from crm_core.domain.routing.hours import OpeningHours

NONE = "none"  # no manager is assigned


class Condition(Protocol):
    """`ask` says whether it holds, and what was seen."""

    @property
    def name(self) -> str:
        """Its key in the rule file."""
        ...

    def ask(self, facts: Facts) -> tuple[bool, Why]: ...


@dataclass(frozen=True, slots=True)
class CallerIs:
    kinds: frozenset[str]  # contact | company | shared | lead | unknown | withheld | own
    name = "caller"

    @property
    def fitting(self) -> frozenset[str]:
        return _fitting(self.kinds)

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        return facts.caller_kind in self.fitting, _caller(facts.caller_kind)


@lru_cache(maxsize=256)
def _fitting(kinds: frozenset[str]) -> frozenset[str]:
    """Whoever of several clients it is, they are a contact or a company."""
    return kinds | ({SHARED} if kinds >= {"contact", "company"} else set())


@lru_cache(maxsize=64)
def _caller(kind: str) -> Why:
    return Why(code=f"caller_{kind}")


@dataclass(frozen=True, slots=True)
class SourceIs:
    sources: frozenset[str]  # of assign_rules.Source
    name = "source"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        return facts.source in self.sources, Why(code=f"source_{facts.source}")


@dataclass(frozen=True, slots=True)
class LeadIs:
    statuses: frozenset[str]
    name = "lead_status"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        return facts.lead_status in self.statuses, Why(
            code="lead_status", params={"status": facts.lead_status}
        )


@dataclass(frozen=True, slots=True)
class ManagerIs:
    states: frozenset[str]  # of Availability, or 'none'
    name = "manager"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        if facts.manager is None:
            return NONE in self.states, Why(code="manager_none")
        manager = facts.people[facts.manager]
        state = manager.availability.value
        params = {"name": manager.name, "detail": manager.detail}
        return state in self.states, Why(code=f"manager_{state}", params=params)


@dataclass(frozen=True, slots=True)
class DeputyIs:
    """Of a manager who is away; there is none while they are here."""

    states: frozenset[str]  # of Availability, or 'none'
    name = "deputy"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        if facts.deputy is None:
            return NONE in self.states, Why(code="deputy_none")
        deputy = facts.people[facts.deputy]
        state = deputy.availability.value
        params = {"name": deputy.name, "detail": deputy.detail}
        return state in self.states, Why(code=f"deputy_{state}", params=params)


@dataclass(frozen=True, slots=True)
class TurnoverIs:
    """An unknown caller has bought nothing: their turnover is 0."""

    window: str
    at_least: int | None  # minor units
    below: int | None
    name = "turnover"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        amount = facts.turnover.get(self.window, 0)
        enough = self.at_least is None or amount >= self.at_least
        holds = enough and (self.below is None or amount < self.below)
        params: dict[str, Any] = {"window": self.window, "amount": _money(amount, facts.currency)}
        params["currency"] = facts.currency
        limit = self.at_least if self.at_least is not None else self.below
        params["limit"] = _money(limit or 0, facts.currency)
        above = self.at_least is not None and amount >= self.at_least
        return holds, Why(code="turnover_at_least" if above else "turnover_below", params=params)


@dataclass(frozen=True, slots=True)
class DidIs:
    numbers: frozenset[str]
    name = "did"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        return facts.did in self.numbers, Why(code="did", params={"did": facts.did})


@dataclass(frozen=True, slots=True)
class HoursAre:
    hours: OpeningHours
    is_open: bool

    @property
    def name(self) -> str:
        return "open" if self.is_open else "closed"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        is_open = self.hours.open_at(facts.at)
        why = Why(code="open" if is_open else "closed", params={"hours": self.hours.name})
        return is_open is self.is_open, why


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

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        is_open = facts.hours[self.key]
        of_line = self.key == DID
        params = {} if of_line else {"hours": self.key.removeprefix(HOUSE)}
        if is_open is None:
            return False, Why(code="hours_unknown", params=params)
        code = "open" if is_open else "closed"
        return is_open is self.is_open, Why(code=f"{code}_did" if of_line else code, params=params)


@dataclass(frozen=True, slots=True)
class MissedToday:
    """They called earlier today, and nobody of us has talked with them since."""

    wanted: bool
    name = "missed_today"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        if facts.missed_at is None:
            return not self.wanted, Why(code="not_missed_today")
        return self.wanted, Why(code="missed_today", params={"at": facts.missed_at.isoformat()})


@dataclass(frozen=True, slots=True)
class TalkedWithin:
    """Somebody of us spoke with this client in the last days."""

    days: int
    name = "last_operator_days"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        if facts.last_operator is None or facts.last_talk_at is None:
            return False, Why(code="never_talked")
        recently = facts.at - facts.last_talk_at <= timedelta(days=self.days)
        params = {"at": facts.last_talk_at.isoformat(), "days": self.days}
        return recently, Why(code="talked_recently" if recently else "talked_long_ago", params=params)


@dataclass(frozen=True, slots=True)
class BandIs:
    """Which is kept with its age: where no orders come any more, a client stays in the band they were in."""

    names: frozenset[str]  # or 'none': who is no client
    name = "band"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        if facts.band is None:
            return NONE in self.names, Why(code="band_none")
        params = {"band": facts.band, "since": facts.band_since, "as_of": facts.band_as_of}
        return facts.band in self.names, Why(code="band", params=params)


@lru_cache(maxsize=4096)  # of 200 rules many ask about the same sum
def _money(amount: int, currency: str) -> str:
    return str(from_minor(amount, currency or "RUB"))
