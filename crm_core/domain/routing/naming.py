# SPDX-License-Identifier: Apache-2.0
"""The tables that rules name: which rules name one of them, and all of them after it is called otherwise."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from crm_core.domain.routing.conditions import DID, HOUSE

Kept = dict[str, Any]
NAMED: Final = ("hours", "lists", "skills")
_CONDITIONS: Final = {"hours": ("open", "closed"), "lists": ("on_list",), "skills": ()}
_LISTS_OF_RULES: Final = ("rule", "assign")


def is_taken(kind: str, name: str) -> bool:
    """Words of the language that no table of this kind can be called."""
    return kind == "hours" and (name == DID or name.startswith(HOUSE))


def tables_of(body: Mapping[str, Any], kind: str) -> Kept:
    """By name. What somebody wrote as text may say anything: then there are none."""
    tables = body.get(kind, {})
    return dict(tables) if isinstance(tables, dict) else {}


def used_by(body: Mapping[str, Any], kind: str, name: str) -> list[str]:
    """The rules that name it, in their order."""
    found = [
        str(rule.get("id", ""))
        for rule in _rules(body)
        if any(table.get(key) == name for table, key in _places(rule, kind))
    ]
    return list(dict.fromkeys(found))


def renamed(body: Mapping[str, Any], kind: str, was: str, name: str) -> Kept:
    """With all rules that named it; the table itself stays where it stood among the others."""
    tables = {name if key == was else key: table for key, table in tables_of(body, kind).items()}
    rules = {
        key: [_with(rule, kind, was, name) for rule in body[key]]
        for key in _LISTS_OF_RULES
        if isinstance(body.get(key), list)
    }
    return {**body, kind: tables, **rules}


def _with(rule: Any, kind: str, was: str, name: str) -> Any:
    if not isinstance(rule, dict):
        return rule
    again = {key: _copied(value) for key, value in rule.items()}
    for table, key in _places(again, kind):
        if table.get(key) == was:
            table[key] = name
    return again


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return dict(value)
    return (
        [dict(one) if isinstance(one, dict) else one for one in value] if isinstance(value, list) else value
    )


def _rules(body: Mapping[str, Any]) -> Iterator[Kept]:
    for key in _LISTS_OF_RULES:
        rules = body.get(key, [])
        yield from (rule for rule in (rules if isinstance(rules, list) else ()) if isinstance(rule, dict))


def _places(rule: Kept, kind: str) -> Iterator[tuple[Kept, str]]:
    """Where in a rule such a table may be named."""
    when, steps = rule.get("when"), rule.get("step")
    if isinstance(when, dict):
        yield from ((when, key) for key in _CONDITIONS[kind])
    if kind == "skills" and isinstance(steps, list):
        yield from ((step, "skill") for step in steps if isinstance(step, dict))
