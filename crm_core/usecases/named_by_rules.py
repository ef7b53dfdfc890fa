# SPDX-License-Identifier: Apache-2.0
"""What the rules in force know by its name alone: it keeps that name, and stays, until they are changed."""

from collections.abc import Mapping
from typing import Any

from crm_core.domain.routing.conditions import HOUSE
from crm_core.domain.routing.field_conditions import fields_asked
from crm_core.ports.store import Tx


async def teams_of_rules(tx: Tx) -> frozenset[str]:
    """Those that are rung, and those of which somebody becomes the manager."""
    body = await _body(tx)
    steps = [step for rule in body.get("rule", ()) for step in rule.get("step", ())]
    return frozenset(str(one["team"]) for one in (*steps, *body.get("assign", ())) if "team" in one)


async def hours_of_rules(tx: Tx) -> frozenset[str]:
    """Those of the settings; tables of the rules themselves are theirs."""
    asked = [*await _asked(tx, "open"), *await _asked(tx, "closed")]
    return frozenset(one.removeprefix(HOUSE) for one in asked if one.startswith(HOUSE))


async def bands_of_rules(tx: Tx) -> frozenset[str]:
    return frozenset(await _asked(tx, "band"))


async def fields_of_rules(tx: Tx) -> dict[str, frozenset[str]]:
    """By name, with the values that are asked for, in small letters."""
    found: dict[str, frozenset[str]] = {}
    for name, values in fields_asked(await _body(tx)):
        found[name] = found.get(name, frozenset()) | values
    return found


async def named_with(tx: Tx, login: str) -> list[str]:
    """The rules that make this person a manager, and the skills they are said to have."""
    body = await _body(tx)
    given = [str(rule["id"]) for rule in body.get("assign", ()) if rule.get("login") == login]
    return given + [name for name, levels in body.get("skills", {}).items() if login in levels]


async def _asked(tx: Tx, key: str) -> list[str]:
    """All values of a condition."""
    body = await _body(tx)
    rules = (*body.get("rule", ()), *body.get("assign", ()))
    values = [rule.get("when", {}).get(key, ()) for rule in rules]
    return [str(one) for value in values for one in ([value] if isinstance(value, str) else value)]


async def _body(tx: Tx) -> Mapping[str, Any]:
    stored = await tx.routing.in_force()
    return stored.body if stored else {}
