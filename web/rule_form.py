# SPDX-License-Identifier: Apache-2.0
"""A rule as fields of a form, and back: `when` and `step` list parts, `w.KEY.FIELD` and `s.NUMBER.FIELD` say them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from multidict import MultiDict

from crm_core.domain.routing.parse_conditions import House
from crm_core.domain.routing.reading import RULE_NAME, Reader, RuleSetError
from web.rule_registry import Entry, Field, Kind
from web.rule_tables import CALLS, HEAD, Kept, RuleTable
from web.rule_values import MORE, Sent, value_of
from web.words import N_

_JOINED: Final = {Kind.LINES: "\n", Kind.SPANS: ", "}
_SPACES: Final = re.compile(r"\s+")  # "VIP clients" is called vip-clients
Errors = dict[str, RuleSetError]


@dataclass(slots=True)
class Read:
    """What a form says, as far as it can be understood, and what is wrong at which field."""

    rule: Kept
    errors: Errors = field(default_factory=dict)


def fits(rule: Any, table: RuleTable = CALLS) -> bool:
    """Whether the form shows all of it. What somebody wrote as text may say anything."""
    if not (isinstance(rule, dict) and isinstance(rule.get("off", False), bool)):
        return False
    if table.is_road and not set(rule) <= {*HEAD, "step"}:
        return False
    when, steps = rule.get("when", {}), table.steps_in(rule)
    if not (isinstance(when, dict) and isinstance(steps, list) and len(steps) <= table.most_steps):
        return False
    entries = table.conditions
    known = all(key in entries and _fits(entries[key], value) for key, value in when.items())
    return known and all(_fits_step(step, table) for step in steps)


def _fits(entry: Entry, value: Any) -> bool:
    if not entry.is_table:
        return _is_plain(value, entry.fields[0])
    if not isinstance(value, dict):
        return False
    fields = {one.key: one for one in entry.fields}
    return set(value) <= set(fields) and all(_is_plain(value[key], fields[key]) for key in value)


def _fits_step(step: Any, table: RuleTable) -> bool:
    if not isinstance(step, dict) or step.get("to") not in table.steps:
        return False
    fields = {one.key: one for one in table.steps[step["to"]].fields}
    plain = all(_is_plain(step[key], fields[key]) for key in step if key in fields)
    return plain and set(step) <= {*fields, *table.unasked}


def _is_plain(value: Any, asked: Field) -> bool:
    values = value if asked.kind is Kind.SOME and isinstance(value, list) else [value]
    return all(isinstance(one, str | int | float) and not (asked.free and "," in str(one)) for one in values)


def form_of_rule(rule: Mapping[str, Any], table: RuleTable = CALLS) -> MultiDict[str]:
    """Of a rule that fits."""
    sent = MultiDict([("id", str(rule.get("id", "")))])
    if rule.get("off"):
        sent.add("off", "1")
    for key, value in rule.get("when", {}).items():
        entry = table.conditions[key]
        sent.add("when", key)
        fill(sent, f"w.{key}", entry, value if entry.is_table else {entry.fields[0].key: value})
    for number, step in enumerate(table.steps_in(rule)):
        sent.add("step", str(number))
        sent.add(f"s.{number}.to", step["to"])
        fill(sent, f"s.{number}", table.steps[step["to"]], step)
    return sent


def fill(sent: MultiDict[str], start: str, entry: Entry, said: Mapping[str, Any]) -> None:
    for asked in entry.fields:
        value = said.get(asked.key, asked.usual)
        name = f"{start}.{asked.key}"
        if isinstance(value, list) and asked.kind in _JOINED:
            value = _JOINED[asked.kind].join(map(str, value))
        for one in value if isinstance(value, list) else [value]:
            if one is None:
                continue
            typed = asked.free and one not in asked.choices
            text = _flag_said(one, asked) if isinstance(one, bool) else str(one)
            if typed and name + MORE in sent:
                sent[name + MORE] += f", {text}"
            else:
                sent.add(name + MORE if typed else name, text)


def _flag_said(flag: bool, asked: Field) -> str:  # noqa: FBT001 - it is the value
    return ("yes" if flag else "no") if asked.kind is Kind.SOME else str(flag).lower()  # a word among others


def conditions_of(sent: Sent, table: RuleTable = CALLS) -> list[str]:
    return list(dict.fromkeys(key for key in sent.getall("when", []) if key in table.conditions))


def steps_of(sent: Sent, table: RuleTable = CALLS) -> list[str]:
    """Their numbers in the form, in order."""
    numbers = [one for one in sent.getall("step", []) if one.isascii() and one.isdigit() and len(one) < 4]  # noqa: PLR2004
    known = [one for one in dict.fromkeys(numbers) if sent.get(f"s.{one}.to") in table.steps]
    return known[: table.most_steps]


def read_rule(
    sent: Sent, house: House, *, is_last: bool, others: frozenset[str] = frozenset(), table: RuleTable = CALLS
) -> Read:
    """`others`: names of the other rules. What the language itself says of each part is said at its field."""
    read = Read({"id": _SPACES.sub("-", sent.get("id", "").strip().lower())})
    if sent.get("off") and not is_last:
        read.rule["off"] = True
    _check_name(read, others)
    asker = _Asker(sent, house, table, read.errors)
    when = {} if is_last else {key: asker.condition(key) for key in conditions_of(sent, table)}
    if when:
        read.rule["when"] = when
    elif table.is_road and not is_last and not read.rule.get("off"):
        read.errors["when"] = RuleSetError((), N_("a condition is needed: only the last rule holds always"))
    numbers = steps_of(sent, table)
    steps = [asker.step(number) for number in numbers]
    read.rule |= table.with_steps(steps)
    asker.check_road(steps, numbers)
    return read


def _check_name(read: Read, others: frozenset[str]) -> None:
    name = read.rule["id"]
    try:
        Reader({"id": name}, ()).text("id", RULE_NAME, "a name of small letters, digits, - and _")
    except RuleSetError as error:
        read.errors["id"] = error if name else RuleSetError((), N_("this is needed"))
    if name in others:
        read.errors["id"] = RuleSetError((), "%(name)r stands twice", name=name)


@dataclass(frozen=True, slots=True)
class _Asker:
    """What the language says of each part goes to `errors`, at its field."""

    sent: Sent
    house: House
    table: RuleTable
    errors: Errors

    def condition(self, key: str) -> Any:
        entry, start = self.table.conditions[key], f"w.{key}"
        table, wrong = values_of(entry, start, self.sent)
        value = table if entry.is_table else table.get(entry.fields[0].key)
        self.errors.update(wrong)
        if not wrong:
            try:
                self.table.read_conditions(Reader({key: value}, ()), self.house)
            except RuleSetError as error:
                at = error.path[1] if entry.is_table and len(error.path) > 1 else entry.mended_at
                self.errors[f"{start}.{at}"] = error
        return value

    def step(self, number: str) -> Kept:
        start, to = f"s.{number}", self.sent[f"s.{number}.to"]
        table, wrong = values_of(self.table.steps[to], start, self.sent)
        step = {"to": to, **table}
        self.errors.update(wrong)
        if not wrong:
            try:
                self.table.read_step(Reader(step, ()), self.house)
            except RuleSetError as error:
                self.errors[f"{start}.{error.path[0]}"] = error
        return step

    def check_road(self, steps: list[Kept], numbers: list[str]) -> None:
        """What is wrong with the steps together: said at the last one."""
        if not steps:
            self.errors["step"] = RuleSetError((), self.table.no_step)
        elif not any(name.startswith("s.") for name in self.errors):
            try:
                self.table.read_road(steps, self.house)
            except RuleSetError as error:
                self.errors[f"s.{numbers[-1]}.{error.path[-1]}"] = error


def values_of(entry: Entry, start: str, sent: Sent) -> tuple[Kept, Errors]:
    said: Kept = {}
    errors: Errors = {}
    for asked in entry.fields:
        name = f"{start}.{asked.key}"
        try:
            value = value_of(sent, name, asked)
        except RuleSetError as error:
            errors[name] = error
            continue
        if value is None and asked.needed and asked.usual is None:
            errors[name] = RuleSetError((), N_("this is needed"))
        elif value is not None and value != asked.usual:
            said[asked.key] = value
    return said, errors
