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

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        number = facts.number
        if number is None:
            return False, Why(code="no_number")
        holds = number.startswith(tuple(self.beginnings))
        return holds, Why(code="number_begins" if holds else "number_begins_not", params={"number": number})


@dataclass(frozen=True, slots=True)
class CountryIs:
    countries: frozenset[str]  # 'RU'
    name = "country"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        country = facts.about_number[COUNTRY]
        if not country:
            return False, Why(code="country_unknown")
        return country in self.countries, Why(code="country", params={"country": country})


@dataclass(frozen=True, slots=True)
class NumberKindIs:
    kinds: frozenset[str]  # of NUMBER_KINDS
    name = "number_kind"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        kind = facts.about_number[KIND]
        if not kind:
            return False, Why(code="no_number")
        return kind in self.kinds, Why(code=f"number_kind_{kind}")


@dataclass(frozen=True, slots=True)
class IsOnList:
    numbers: NumberList
    name = "on_list"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        holds = facts.number is not None and self.numbers.has(facts.number)
        return holds, Why(code="on_list" if holds else "not_on_list", params={"list": self.numbers.name})


@dataclass(frozen=True, slots=True)
class TrunkIs:
    trunks: frozenset[str]  # 'PJSIP/trunk'
    name = "trunk"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        if facts.trunk is None:
            return False, Why(code="trunk_unknown")
        return facts.trunk in self.trunks, Why(code="trunk", params={"trunk": facts.trunk})


@dataclass(frozen=True, slots=True)
class LanguageIs:
    languages: frozenset[str]
    name = "language"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        if facts.language is None:
            return False, Why(code="language_unknown")
        return facts.language in self.languages, Why(code="language", params={"language": facts.language})
