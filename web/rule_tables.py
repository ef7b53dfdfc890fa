# SPDX-License-Identifier: Apache-2.0
"""The two tables of a rule file that have forms: what may stand in a rule of each, and how it is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from crm_core.domain.routing.parse_assign import parse_assign_conditions, parse_heir
from crm_core.domain.routing.parse_conditions import House, parse_conditions
from crm_core.domain.routing.parse_steps import parse_step, parse_steps
from crm_core.domain.routing.reading import Reader
from web.assign_registry import ASSIGN_CONDITIONS, HEIRS
from web.rule_registry import CONDITIONS, STEPS, Entry
from web.words import N_

Kept = dict[str, Any]
HEAD: Final = frozenset({"id", "when", "off"})  # of every rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTable:
    """`is_road`: a rule has steps one after another, and the last rule holds always. Else it has one, in itself."""

    name: str
    is_road: bool
    conditions: Mapping[str, Entry]
    steps: Mapping[str, Entry]
    most_steps: int
    read_conditions: Callable[[Reader, House], object]
    read_step: Callable[[Reader, House], object]
    unasked: frozenset[str]  # of a step, beside its fields
    no_step: str
    new: Mapping[str, Any]

    def steps_in(self, rule: Mapping[str, Any]) -> Any:
        """Of a draft, which may say anything."""
        if self.is_road:
            return rule.get("step", [])
        return [{key: value for key, value in rule.items() if key not in HEAD}]

    def with_steps(self, steps: list[Kept]) -> Kept:
        if self.is_road:
            return {"step": steps}
        return steps[0] if steps else {}

    def read_road(self, steps: list[Kept], house: House) -> None:
        """Raise RuleSetError for what is wrong with the steps together."""
        if self.is_road:
            parse_steps(Reader({"step": steps}, ()), house)


CALLS: Final = RuleTable(
    name="rule",
    is_road=True,
    conditions=CONDITIONS,
    steps=STEPS,
    most_steps=50,
    read_conditions=parse_conditions,
    read_step=parse_step,
    unasked=frozenset({"to", "seconds"}),  # `seconds` of an announcement says nothing
    no_step=N_("is missing: every rule needs at least one [[rule.step]]"),
    new={"when": {"caller": "known"}, "step": [{"to": "queue", "queue": "default", "seconds": 60}]},
)
ASSIGN: Final = RuleTable(
    name="assign",
    is_road=False,
    conditions=ASSIGN_CONDITIONS,
    steps=HEIRS,
    most_steps=1,
    read_conditions=parse_assign_conditions,
    read_step=parse_heir,
    unasked=frozenset({"to"}),
    no_step=N_("choose whose they become"),
    new={"when": {"source": "call"}, "to": "first_talk"},
)
TABLES: Final = {table.name: table for table in (CALLS, ASSIGN)}
