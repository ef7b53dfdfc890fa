# SPDX-License-Identifier: Apache-2.0
"""What other rules would have done with calls of the past, from the facts that were kept with each decision."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from crm_core.domain.routing.codec import NotKeptError, facts_from_json
from crm_core.domain.routing.decision import Decision
from crm_core.domain.routing.evaluate import Evaluation
from crm_core.domain.routing.facts import Facts
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.rules import TO, RuleSet, RuleStep, ToTeam

CALLS_OF_A_CELL = 200  # that go where they went
MOVED_OF_A_CELL = 20_000  # and those that would not, or are in a sum of their own: these are looked through
APART: Final = ("other_answer", "other_people", "to_default", "unsure")  # sums whose calls are kept as well
_HOURS: Final = 24
RawDecision = tuple[UUID, str, str, str, str | None]  # call, rule, facts and steps as JSON, who answered
Missing = tuple[str, str]  # what was not kept, as NotKeptError says it
Target = tuple[str, str]  # what is rung first, and its name: ('team', 'retail'), ('assigned_manager', '')
NOWHERE: Target = ("none", "")
UNSURE: Target = ("unsure", "")
_BY_NAME = ("queue", "number", "voicemail", "callback")


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
    unsure_of: Counter[tuple[Target, Target]] = field(default_factory=Counter)  # of the calls of each cell
    calls_of: dict[tuple[Target, Target], list[str]] = field(default_factory=dict)
    load: dict[str, list[int]] = field(default_factory=dict)  # person -> rung first then, and now
    hours: dict[str, list[list[int]]] = field(default_factory=dict)  # the same by the hour of the day
    apart: dict[str, list[str]] = field(default_factory=dict)  # of APART: calls
    names: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        for name in _PLAIN:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.cells.update(other.cells)
        self.unsure_of.update(other.unsure_of)
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
            {
                "old": cell[0],
                "new": cell[1],
                "count": count,
                "unsure": self.unsure_of[cell],
                "calls": self.calls_of[cell],
            }
            for cell, count in self.cells.most_common()
        ]
        people = sorted(self.load.items(), key=lambda one: (-max(one[1]), one[0]))
        load = [
            {"name": self.names.get(one, ""), "old": old, "new": new, "hours": self.hours.get(one)}
            for one, (old, new) in people
        ]
        said = {name: getattr(self, name) for name in _PLAIN}
        return said | {"cells": cells, "load": load, "apart": self.apart}


_PLAIN: Final = ("calls", "unreadable", "default_old", "default_new", *APART)


def _most(cell: tuple[Target, Target]) -> int:
    return CALLS_OF_A_CELL if cell[0] == cell[1] else MOVED_OF_A_CELL


def _no_hours() -> list[list[int]]:
    return [[0] * _HOURS, [0] * _HOURS]


@dataclass(frozen=True, slots=True)
class First:
    """Whom a call rings first."""

    rule: str
    target: Target
    people: Sequence[str] = ()
    is_sure: bool = True


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
            old, new = First(rule, *_first(orjson.loads(steps))), again.first(kept)
            answered = _who(kept, answered_by) if new.is_sure and set(new.people) != set(old.people) else None
        except (KeyError, TypeError, ValueError):
            tally.unreadable += 1
            continue
        _count(tally, str(call), old, new, again.last, answered)
        _count_people(tally, kept, old, new, kept.at.astimezone(hours_of).hour)
    return tally


def _count(tally: Tally, call: str, old: First, new: First, last: str, answered: str | None) -> None:
    cell = (old.target, new.target)
    tally.cells[cell] += 1
    tally.unsure_of[cell] += not new.is_sure
    calls = tally.calls_of.setdefault(cell, [])
    if len(calls) < _most(cell):
        calls.append(call)
    tally.default_old += old.rule == last
    tally.default_new += new.rule == last
    told = {
        "other_people": new.is_sure and set(new.people) != set(old.people),
        "other_answer": answered is not None and answered not in new.people,
        "to_default": new.rule == last != old.rule,
        "unsure": not new.is_sure,
    }
    for name in (name for name, holds in told.items() if holds):
        setattr(tally, name, getattr(tally, name) + 1)
        tally.set_apart(name, call)


def _count_people(tally: Tally, kept: Facts, old: First, new: First, hour: int) -> None:
    for place, people in enumerate((old.people, new.people)):
        for person in people:
            tally.load.setdefault(person, [0, 0])[place] += 1
            tally.hours.setdefault(person, _no_hours())[place][hour] += 1
    _name(tally, kept, {*old.people, *new.people})


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
    """Other rules, asked about calls of the past."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self.last = rules.last.id

    def first(self, kept: Facts) -> First:
        """What comes later is not asked for."""
        try:
            made = Evaluation(kept, self._rules)
        except NotKeptError:  # by a condition
            return First("", UNSURE, is_sure=False)
        rule = made.rule.id
        for step in made.rule.steps:
            try:
                made.add(step)
            except NotKeptError:
                return First(rule, _meant(step), is_sure=False)
            if made.steps:
                first = made.steps[0]
                target = _target(first.why.code, first.why.params, first.target)
                return First(rule, target, [str(one) for one in first.people])
        return First(rule, NOWHERE)

    def as_far_as_kept(self, kept: Facts) -> tuple[Decision | None, Missing | None]:
        """The decision up to the step that asks for what was not kept, and what that is; None: it is all of it."""
        made = None
        try:
            made = Evaluation(kept, self._rules)
            for step in made.rule.steps:
                made.add(step)
        except NotKeptError as error:
            return (made.decision() if made else None), error.missing
        return made.decision(), None


def _meant(step: RuleStep) -> Target:
    return TO[type(step)], step.team if isinstance(step, ToTeam) else ""


def _first(steps: Sequence[Mapping[str, Any]]) -> tuple[Target, Sequence[str]]:
    if not steps:
        return NOWHERE, ()
    why = steps[0]["why"]
    return _target(why["code"], why["params"], steps[0]["target"]), steps[0]["people"]


def _target(code: str, params: Mapping[str, Any], target: str) -> Target:
    if code in _BY_NAME:
        return code, target
    return code, str(params.get("team", "")) if code == "team" else ""
