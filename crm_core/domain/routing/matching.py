# SPDX-License-Identifier: Apache-2.0
"""The first rule that fits, without asking them all: of 200 rules most are for one number, line or language."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from crm_core.domain.routing.conditions import CallerIs, Condition, DidIs, LeadIs
from crm_core.domain.routing.facts import Facts
from crm_core.domain.routing.keyed import MenuIs
from crm_core.domain.routing.number_conditions import IsOnList, LanguageIs, NumberBegins, TrunkIs

_NUMBER, _BEGINNING = "number", "beginning"
_LONGEST: Final = 1000  # numbers of a list: a longer one is looked into instead
_Key = tuple[str, Any]  # the name of a fact, and its value
_Keys = Callable[[Any], list[_Key]]


def _of_list(condition: IsOnList) -> list[_Key]:
    listed = condition.numbers
    return [*((_NUMBER, one) for one in listed.numbers), *((_BEGINNING, one) for one in listed.beginnings)]


def _of(name: str, attribute: str) -> _Keys:
    return lambda condition: [(name, value) for value in getattr(condition, attribute)]


# Which values of a fact a condition may hold for. A number is rarer than a language, and that than a kind of caller:
# the first of these that a rule has finds it.
_WANTED: Final[Mapping[type, _Keys]] = {
    IsOnList: _of_list,
    NumberBegins: _of(_BEGINNING, "beginnings"),
    DidIs: _of("did", "numbers"),
    MenuIs: _of("menu", "choices"),
    TrunkIs: _of("trunk", "trunks"),
    LanguageIs: _of("language", "languages"),
    LeadIs: _of("lead_status", "statuses"),
    CallerIs: _of("caller_kind", "fitting"),
}


class _Rule(Protocol):
    @property
    def when(self) -> Sequence[Condition]: ...


class Matcher:
    """Rules by a value that one of their conditions wants; one that has no such condition is asked of every call."""

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self._rules = rules
        self._asked_always: list[int] = []
        self._places: dict[_Key, list[int]] = {}  # of the rules that want this value
        for place, rule in enumerate(rules):
            finding = _finding(rule)
            if finding is None:
                self._asked_always.append(place)
            else:
                for key in _WANTED[type(finding)](finding):
                    self._places.setdefault(key, []).append(place)
        self._facts = sorted({name for name, _ in self._places} - {_BEGINNING})
        self._lengths = sorted({len(value) for name, value in self._places if name == _BEGINNING})

    def first(self, facts: Facts) -> int:
        """Its place. ValueError: none fits, which no loader lets happen, for the last rule has no conditions."""
        for place in self._candidates(facts):
            for condition in self._rules[place].when:
                if not condition.holds(facts):
                    break
            else:
                return place
        raise ValueError("the last rule has conditions")

    def failed(self, place: int, facts: Facts) -> Condition:
        """For which of its conditions it was passed over. ValueError: all hold."""
        rule = self._rules[place]
        finding = _finding(rule)
        for condition in (finding, *rule.when) if finding else rule.when:
            if not condition.holds(facts):
                return condition
        raise ValueError(f"rule {place} fits")

    def _candidates(self, facts: Facts) -> list[int]:
        """In their order."""
        found = [*self._asked_always]
        for name in self._facts:
            found += self._places.get((name, getattr(facts, name)), ())
        if facts.number is not None:
            for length in self._lengths:
                found += self._places.get((_BEGINNING, facts.number[:length]), ())
        found.sort()
        return found


def _finding(rule: _Rule) -> Condition | None:
    """The condition by whose values it is found."""
    of_kind = {type(condition): condition for condition in rule.when if not _is_long(condition)}
    return next((of_kind[kind] for kind in _WANTED if kind in of_kind), None)


def _is_long(condition: Condition) -> bool:
    return isinstance(condition, IsOnList) and len(condition.numbers.numbers) > _LONGEST
