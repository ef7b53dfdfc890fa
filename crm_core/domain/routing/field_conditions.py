# SPDX-License-Identifier: Apache-2.0
"""What a rule asks of the fields that the house defines for contacts and companies."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from crm_core.domain.routing.decision import Why
from crm_core.domain.routing.facts import Facts

FILLED: Final = "filled"
EMPTY: Final = "empty"
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class FieldIs:
    """One of `values`; or within limits, numbers or days; or only whether anything is in it. As fields are kept."""

    field: str  # 'contact.segment'; a company's is its people's too
    values: frozenset[str] = frozenset()  # in small letters
    at_least: str = ""
    at_most: str = ""
    state: str = ""  # filled | empty
    name = "field"

    def holds(self, facts: Facts) -> bool:
        value = facts.fields[self.field]
        if value is None:
            return False
        if self.state:
            return (value != "") is (self.state == FILLED)
        if self.values:
            return value.lower() in self.values
        return value != "" and self._within(value)

    def saw(self, facts: Facts) -> Why:
        value = facts.fields[self.field]
        if value is None:
            return Why(code="field_unknown", params={"field": self.field})
        if not value:
            return Why(code="field_empty", params={"field": self.field})
        return Why(code="field", params={"field": self.field, "value": value})

    def _within(self, value: str) -> bool:
        enough = not self.at_least or _not_less(value, self.at_least)
        return enough and (not self.at_most or _not_less(self.at_most, value))


def _not_less(one: str, other: str) -> bool:
    """Of two numbers or two days; other pairs have no more and less."""
    if _DAY.fullmatch(one) and _DAY.fullmatch(other):
        return one >= other
    return bool(_NUMBER.fullmatch(one) and _NUMBER.fullmatch(other)) and Decimal(one) >= Decimal(other)


def is_day(limit: str) -> bool:
    return _DAY.fullmatch(limit) is not None


def implies(one: FieldIs, other: FieldIs) -> bool:
    """Whether `other` holds wherever `one` does, as far as that is plain."""
    if one.field != other.field:
        return False
    if other.state:
        return other.state == FILLED and one.state != EMPTY
    if other.values:
        return bool(one.values) and one.values <= other.values
    if one.values or one.state:
        return False
    low = not other.at_least or bool(one.at_least and _not_less(one.at_least, other.at_least))
    return low and (not other.at_most or bool(one.at_most and _not_less(other.at_most, one.at_most)))


def fields_named(body: Mapping[str, Any]) -> frozenset[str]:
    """By rules in their stored form, whatever else it says."""
    return frozenset(name for name, _ in fields_asked(body))


def fields_asked(body: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    """The field of each condition, and which values are asked for."""
    for rule in (*body.get("rule", ()), *body.get("assign", ())):
        asked = rule.get("when", {}).get("field")
        if isinstance(asked, Mapping) and isinstance(asked.get("name"), str):
            values = asked.get("is", ())
            several = values if isinstance(values, list | tuple) else [values]
            yield asked["name"], frozenset(str(one).lower() for one in several)
