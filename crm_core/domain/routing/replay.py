# SPDX-License-Identifier: Apache-2.0
"""What other rules would have done with calls of the past, from the facts that were kept with each decision."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson

from crm_core.domain.routing.codec import facts_from_json
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.facts import Facts
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.rules import RuleSet

CALLS_OF_A_CELL = 200
Target = tuple[str, str]  # what is rung first, and its name: ('team', 'retail'), ('assigned_manager', '')
NOWHERE: Target = ("none", "")
UNSURE: Target = ("unsure", "")
_BY_NAME = ("queue", "number", "voicemail")


class NotKeptError(Exception):
    """Nobody asked for this person or team at the time of the call, so nothing of them was kept."""

    def __init__(self, target: Target) -> None:
        self.target = target
        super().__init__(target)


class _People(dict[UUID, Any]):
    manager: UUID | None = None

    def __missing__(self, user_id: UUID) -> Any:
        raise NotKeptError(("assigned_manager" if user_id == self.manager else "last_operator", ""))


class _Teams(dict[str, tuple[UUID, ...]]):
    def __missing__(self, name: str) -> Any:
        raise NotKeptError(("team", name))


@dataclass(slots=True)
class Tally:
    """Sums over calls; those of several pieces are added up."""

    calls: int = 0
    unreadable: int = 0  # kept by an older version, in a form that is not understood
    unsure: int = 0  # the first target, or whether somebody there was free, is not known
    other_people: int = 0  # somebody else would have been rung first
    default_old: int = 0
    default_new: int = 0
    cells: Counter[tuple[Target, Target]] = field(default_factory=Counter)
    calls_of: dict[tuple[Target, Target], list[str]] = field(default_factory=dict)
    load: dict[str, list[int]] = field(default_factory=dict)  # person -> rung first then, and now
    names: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        for name in ("calls", "unreadable", "unsure", "other_people", "default_old", "default_new"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.cells.update(other.cells)
        for cell, calls in other.calls_of.items():
            mine = self.calls_of.setdefault(cell, [])
            mine += calls[: CALLS_OF_A_CELL - len(mine)]
        for person, (old, new) in other.load.items():
            was = self.load.setdefault(person, [0, 0])
            was[0] += old
            was[1] += new
        self.names |= other.names

    def to_json(self) -> dict[str, Any]:
        cells = [
            {"old": old, "new": new, "count": count, "calls": self.calls_of[old, new]}
            for (old, new), count in self.cells.most_common()
        ]
        people = sorted(self.load.items(), key=lambda one: (-max(one[1]), one[0]))
        load = [{"name": self.names.get(one, ""), "old": old, "new": new} for one, (old, new) in people]
        plain = ("calls", "unreadable", "unsure", "other_people", "default_old", "default_new")
        return {name: getattr(self, name) for name in plain} | {"cells": cells, "load": load}


def replay(
    body: Mapping[str, Any], currency: str, region: str, decisions: Iterable[tuple[UUID, str, str, str]]
) -> Tally:
    """Pure, and made of what can be sent to another process: call, rule, facts and steps as JSON."""
    again, tally = _Again(parse_rules(body, currency=currency, region=region)), Tally()
    for call, rule, facts, steps in decisions:
        tally.calls += 1
        try:
            kept = facts_from_json(orjson.loads(facts))
            old, old_people = _first(orjson.loads(steps))
        except (KeyError, TypeError, ValueError):
            tally.unreadable += 1
            continue
        _count(tally, call, rule, kept, (old, old_people), again)
    return tally


def _count(
    tally: Tally, call: UUID, rule: str, kept: Facts, was: tuple[Target, Sequence[str]], again: "_Again"
) -> None:
    new_rule, new, people, sure = again.first(kept)
    cell = (was[0], new)
    tally.cells[cell] += 1
    calls = tally.calls_of.setdefault(cell, [])
    if len(calls) < CALLS_OF_A_CELL:
        calls.append(str(call))
    tally.unsure += not sure
    tally.default_old += rule == again.last
    tally.default_new += new_rule == again.last
    tally.other_people += sure and set(people) != set(was[1])
    for place, some in enumerate((was[1], people)):
        for person in some:
            tally.load.setdefault(person, [0, 0])[place] += 1
    tally.names.update(
        (str(one.id), one.name) for one in kept.people.values() if str(one.id) not in tally.names
    )


class _Again:
    """The rules cut after no, one, two ... steps: what is rung first is known without asking for what comes later."""

    def __init__(self, rules: RuleSet) -> None:
        longest = max(len(rule.steps) for rule in rules.rules)
        self.last = rules.last.id
        self._cut = [
            replace(rules, rules=tuple(replace(rule, steps=rule.steps[:count]) for rule in rules.rules))
            for count in range(longest + 1)
        ]

    def first(self, kept: Facts) -> tuple[str, Target, Sequence[str], bool]:
        """The rule, whom it rings first, which people, and whether that is sure."""
        people, rule = _People(kept.people), ""
        people.manager = kept.manager
        facts = replace(kept, people=people, teams=_Teams(kept.teams))
        try:
            for rules in self._cut:
                decision = evaluate(facts, rules)
                rule = decision.rule
                if decision.steps:
                    step = decision.steps[0]
                    target = _target(step.why.code, step.why.params, step.target)
                    return rule, target, [str(one) for one in step.people], True
        except NotKeptError as error:  # while no rule is known yet, a condition asked
            return rule, error.target if rule else UNSURE, (), False
        return rule, NOWHERE, (), True


def _first(steps: Sequence[Mapping[str, Any]]) -> tuple[Target, Sequence[str]]:
    if not steps:
        return NOWHERE, ()
    why = steps[0]["why"]
    return _target(why["code"], why["params"], steps[0]["target"]), steps[0]["people"]


def _target(code: str, params: Mapping[str, Any], target: str) -> Target:
    if code in _BY_NAME:
        return code, target
    return code, str(params.get("team", "")) if code == "team" else ""
