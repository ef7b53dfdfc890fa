# SPDX-License-Identifier: Apache-2.0
"""What a rule asks of the caller's number and of the way it came in."""

from dataclasses import dataclass

from crm_core.domain.routing.decision import Why
from crm_core.domain.routing.facts import Facts
from crm_core.domain.routing.number_facts import COUNTRY, KIND


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberList:
    """A table [lists.NAME]: whole numbers, and beginnings of numbers."""

    name: str
    numbers: frozenset[str]
    beginnings: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.numbers and not self.beginnings

    def has(self, number: str) -> bool:
        return number in self.numbers or number.startswith(self.beginnings)


@dataclass(frozen=True, slots=True)
class NumberBegins:
    beginnings: frozenset[str]  # '+7495'
    name = "number_begins"

    def holds(self, facts: Facts) -> bool:
        return facts.number is not None and facts.number.startswith(tuple(self.beginnings))

    def saw(self, facts: Facts) -> Why:
        if facts.number is None:
            return Why(code="no_number")
        code = "number_begins" if self.holds(facts) else "number_begins_not"
        return Why(code=code, params={"number": facts.number})


@dataclass(frozen=True, slots=True)
class CountryIs:
    countries: frozenset[str]  # 'RU'
    name = "country"

    def holds(self, facts: Facts) -> bool:
        return facts.about_number[COUNTRY] in self.countries

    def saw(self, facts: Facts) -> Why:
        country = facts.about_number[COUNTRY]
        return Why(code="country", params={"country": country}) if country else Why(code="country_unknown")


@dataclass(frozen=True, slots=True)
class NumberKindIs:
    kinds: frozenset[str]  # of NUMBER_KINDS
    name = "number_kind"

    def holds(self, facts: Facts) -> bool:
        return facts.about_number[KIND] in self.kinds

    def saw(self, facts: Facts) -> Why:
        kind = facts.about_number[KIND]
        return Why(code=f"number_kind_{kind}" if kind else "no_number")


@dataclass(frozen=True, slots=True)
class IsOnList:
    numbers: NumberList
    name = "on_list"

    def holds(self, facts: Facts) -> bool:
        return facts.number is not None and self.numbers.has(facts.number)

    def saw(self, facts: Facts) -> Why:
        code = "on_list" if self.holds(facts) else "not_on_list"
        return Why(code=code, params={"list": self.numbers.name})


@dataclass(frozen=True, slots=True)
class TrunkIs:
    trunks: frozenset[str]  # 'PJSIP/trunk'
    name = "trunk"

    def holds(self, facts: Facts) -> bool:
        return facts.trunk in self.trunks

    def saw(self, facts: Facts) -> Why:
        if facts.trunk is None:
            return Why(code="trunk_unknown")
        return Why(code="trunk", params={"trunk": facts.trunk})


@dataclass(frozen=True, slots=True)
class LanguageIs:
    languages: frozenset[str]
    name = "language"

    def holds(self, facts: Facts) -> bool:
        return facts.language in self.languages

    def saw(self, facts: Facts) -> Why:
        if facts.language is None:
            return Why(code="language_unknown")
        return Why(code="language", params={"language": facts.language})
