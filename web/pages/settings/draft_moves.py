# SPDX-License-Identifier: Apache-2.0
"""The buttons of the draft's cards: a rule up, down, to a place, away, once more, off or on."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from copy import deepcopy
from typing import Any

from crm_core.domain.errors import InvalidInputError
from crm_core.usecases.edit_tables import tests_of
from web.pages.settings.routing import place_of
from web.rule_tables import RuleTable


def moved(body: dict[str, Any], kind: RuleTable, do: str, place: str, to: str) -> Mapping[str, Any]:
    if do == "test-remove":
        tests = tests_of(body)
        del tests[place_of(place, len(tests))]
        return _with(body, "test", tests)
    rules = _rules(body, kind.name)
    index = place_of(place, len(rules))
    rule = rules.pop(index)
    if do == "copy":
        names = {str(one.get("id")) for one in [rule, *rules]}
        again = {**deepcopy(rule), "id": free_name(str(rule.get("id", "rule"))[:34], names)}
        rules[index:index] = [again, rule] if not rule.get("when") else [rule, again]
    elif do in {"up", "down"}:
        rules.insert(max(0, index - 1) if do == "up" else index + 1, rule)
    elif do == "switch":
        off = {} if rule.get("off") else {"off": True}
        rules.insert(
            index, {"id": rule.get("id", "")} | off | {key: rule[key] for key in rule if key != "off"}
        )
    elif do == "to":
        rules.insert(place_of(to, len(rules) + 1), rule)
    elif do != "remove":
        raise InvalidInputError
    return _with(body, kind.name, rules)


def _rules(body: Mapping[str, Any], table: str) -> list[dict[str, Any]]:
    """Nothing can be moved where somebody wrote as text what are no rules."""
    rules = body.get(table, [])
    if not (isinstance(rules, list) and all(isinstance(one, dict) for one in rules)):
        return []
    return list(rules)


def _with(body: Mapping[str, Any], table: str, rows: list[dict[str, Any]]) -> Mapping[str, Any]:
    return {**body, table: rows} if rows else {key: body[key] for key in body if key != table}


def free_name(name: str, taken: AbstractSet[Any]) -> str:
    if name not in taken:
        return name
    return next(new for number in range(2, 10_000) if (new := f"{name}-{number}") not in taken)
