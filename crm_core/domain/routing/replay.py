# SPDX-License-Identifier: Apache-2.0
"""What other rules would have done with calls of the past, from the facts that were kept with each decision."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from crm_core.domain.routing.codec import facts_from_json
from crm_core.domain.routing.decision import Decision
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.facts import Facts
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.rules import RuleSet

CALLS_OF_A_CELL = 200  # that go where they went
MOVED_OF_A_CELL = 20_000  # and those that would not, or are in a sum of their own: these are looked through
APART: Final = ("other_answer", "other_people", "to_default")  # sums whose calls are kept as well
_HOURS: Final = 24
RawDecision = tuple[UUID, str, str, str, str | None]  # call, rule, facts and steps as JSON, who answered
Target = tuple[str, str]  # what is rung first, and its name: ('team', 'retail'), ('assigned_manager', '')
NOWHERE: Target = ("none", "")
UNSURE: Target = ("unsure", "")
_BY_NAME = ("queue", "number", "voicemail", "callback")


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
    other_answer: int = 0  # of those: it was answered, by somebody who would not have been rung first
    to_default: int = 0  # another rule decided then, and the last one would now
    default_old: int = 0
    default_new: int = 0
    cells: Counter[tuple[Target, Target]] = field(default_factory=Counter)
    calls_of: dict[tuple[Target, Target], list[str]] = field(default_factory=dict)
    load: dict[str, list[int]] = field(default_factory=dict)  # person -> rung first then, and now
    hours: dict[str, list[list[int]]] = field(default_factory=dict)  # the same by the hour of the day
    apart: dict[str, list[str]] = field(default_factory=dict)  # of APART: calls
    names: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        for name in _PLAIN:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.cells.update(other.cells)
        for cell, calls in other.calls_of.items():
            mine = self.calls_of.setdefault(cell, [])
            mine += calls[: _most(cell) - len(mine)]
        for person, (old, new) in other.load.items():
            was = self.load.setdefault(person, [0, 0])
            was[0] += old
            was[1] += new
        for person, sides in other.hours.items():
            mine_by_hour = self.hours.setdefault(person, _no_hours())
            for place, side in enumerate(sides):
                mine_by_hour[place] = [a + b for a, b in zip(mine_by_hour[place], side, strict=True)]
        for name, calls in other.apart.items():
            mine = self.apart.setdefault(name, [])
            mine += calls[: MOVED_OF_A_CELL - len(mine)]
        self.names |= other.names

    def set_apart(self, name: str, call: str) -> None:
        calls = self.apart.setdefault(name, [])
        if len(calls) < MOVED_OF_A_CELL:
            calls.append(call)

    def to_json(self) -> dict[str, Any]:
        cells = [
            {"old": old, "new": new, "count": count, "calls": self.calls_of[old, new]}
            for (old, new), count in self.cells.most_common()
        ]
        people = sorted(self.load.items(), key=lambda one: (-max(one[1]), one[0]))
        load = [
            {"name": self.names.get(one, ""), "old": old, "new": new, "hours": self.hours.get(one)}
            for one, (old, new) in people
        ]
        said = {name: getattr(self, name) for name in _PLAIN}
        return said | {"cells": cells, "load": load, "apart": self.apart}


_PLAIN: Final = ("calls", "unreadable", "unsure", "default_old", "default_new", *APART)


def _most(cell: tuple[Target, Target]) -> int:
    return CALLS_OF_A_CELL if cell[0] == cell[1] else MOVED_OF_A_CELL


def _no_hours() -> list[list[int]]:
    return [[0] * _HOURS, [0] * _HOURS]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Was:
    """A decision as it was taken, and who picked up in the end."""

    call: str
    rule: str
    target: Target
    people: Sequence[str]
    answered_by: str | None  # an extension


def replay(
    body: Mapping[str, Any], currency: str, region: str, zone: str, decisions: Iterable[RawDecision]
) -> Tally:
    """Pure, and made of what can be sent to another process: call, rule, facts and steps as JSON."""
    again, tally = Again(parse_rules(body, currency=currency, region=region)), Tally()
    hours_of = ZoneInfo(zone)
    for call, rule, facts, steps, answered_by in decisions:
        tally.calls += 1
        try:
            kept = facts_from_json(orjson.loads(facts))
            target, people = _first(orjson.loads(steps))
        except (KeyError, TypeError, ValueError):
            tally.unreadable += 1
            continue
        was = _Was(call=str(call), rule=rule, target=target, people=people, answered_by=answered_by)
        _count(tally, kept, was, again, kept.at.astimezone(hours_of).hour)
    return tally


def _count(tally: Tally, kept: Facts, was: _Was, again: "Again", hour: int) -> None:
    new_rule, new, people, sure = again.first(kept)
    cell = (was.target, new)
    tally.cells[cell] += 1
    calls = tally.calls_of.setdefault(cell, [])
    if len(calls) < _most(cell):
        calls.append(was.call)
    tally.unsure += not sure
    tally.default_old += was.rule == again.last
    tally.default_new += new_rule == again.last
    others = sure and set(people) != set(was.people)
    answered = _who(kept, was.answered_by)
    told = {
        "other_people": others,
        "other_answer": others and answered is not None and answered not in people,
        "to_default": new_rule == again.last != was.rule,
    }
    for name in (name for name, holds in told.items() if holds):
        setattr(tally, name, getattr(tally, name) + 1)
        tally.set_apart(name, was.call)
    for place, some in enumerate((was.people, people)):
        for person in some:
            tally.load.setdefault(person, [0, 0])[place] += 1
            tally.hours.setdefault(person, _no_hours())[place][hour] += 1
    _name(tally, kept, {*was.people, *people})


def _name(tally: Tally, kept: Facts, people: AbstractSet[str]) -> None:
    for person in people - tally.names.keys():
        if found := kept.people.get(UUID(person)):
            tally.names[person] = found.name


def _who(kept: Facts, extension: str | None) -> str | None:
    """Of the people who were looked at: of others nothing was kept."""
    if extension is None:
        return None
    found = (one for one in kept.people.values() if any(own == extension for own, _ in one.pairs))
    return next((str(one.id) for one in found), None)


class Again:
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
        facts, rule = _only_kept(kept), ""
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

    def as_far_as_kept(self, kept: Facts) -> tuple[Decision | None, bool]:
        """The decision up to the step that asks for what was not kept, and whether that is all of it."""
        facts, decision = _only_kept(kept), None
        try:
            for rules in self._cut:
                decision = evaluate(facts, rules)
        except NotKeptError:
            return decision, False
        return decision, True


def _only_kept(kept: Facts) -> Facts:
    people = _People(kept.people)
    people.manager = kept.manager
    return replace(kept, people=people, teams=_Teams(kept.teams))


def _first(steps: Sequence[Mapping[str, Any]]) -> tuple[Target, Sequence[str]]:
    if not steps:
        return NOWHERE, ()
    why = steps[0]["why"]
    return _target(why["code"], why["params"], steps[0]["target"]), steps[0]["people"]


def _target(code: str, params: Mapping[str, Any], target: str) -> Target:
    if code in _BY_NAME:
        return code, target
    return code, str(params.get("team", "")) if code == "team" else ""
