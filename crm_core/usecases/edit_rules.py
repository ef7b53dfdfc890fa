# SPDX-License-Identifier: Apache-2.0
"""One rule or one test of the draft is changed; what others changed elsewhere in it meanwhile stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.version import ChangedMeanwhileError
from crm_core.ports.rule_life import Draft
from crm_core.ports.store import Tx
from crm_core.usecases.rule_draft import body_of, current_draft, save_body, text_of
from crm_core.usecases.rule_test_of_call import rule_test_of_call
from crm_core.usecases.trail import Trail

Kept = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where in the draft a rule stands: the name it was opened by, '' of a new one, which comes to `place`."""

    was: str
    place: int
    table: str = "rule"  # assign: of who becomes the manager


async def put_rule(tx: Tx, spot: Spot, rule: Mapping[str, Any], seen: int, trail: Trail) -> Draft:
    """`seen`: the revision it was opened in."""
    draft = await current_draft(tx, trail.now)
    body = await body_of(draft.text)
    if draft.revision != seen:
        opened = await body_of(await text_at(tx, seen))
        if rule_named(opened, spot.was, spot.table) != rule_named(body, spot.was, spot.table):
            raise ChangedMeanwhileError(current=draft)
    return await save_body(tx, with_rule(body, spot, rule), draft.revision, trail)


async def add_test_of_call(tx: Tx, call_id: UUID, trail: Trail) -> Kept:
    """What was decided about the call is wanted of the draft as well. Give the test."""
    made = await rule_test_of_call(tx, call_id)
    if made is None:
        raise NotFoundError("no rules decided about this call, so there is nothing to make a test of")
    draft = await current_draft(tx, trail.now)
    body = await body_of(draft.text)
    tests = body.get("test", [])
    if not isinstance(tests, list):
        raise InvalidInputError("the draft has tests that cannot be read")
    if made not in tests:
        await save_body(tx, {**body, "test": [*tests, made]}, draft.revision, trail)
    return made


def rule_named(body: Mapping[str, Any], name: str, table: str = "rule") -> Kept | None:
    return next((rule for rule in rules_of(body, table) if name and rule.get("id") == name), None)


def rules_of(body: Mapping[str, Any], table: str = "rule") -> list[Kept]:
    rules = body.get(table, [])
    return [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []


def with_rule(body: Mapping[str, Any], spot: Spot, rule: Mapping[str, Any]) -> Kept:
    """In the place of the one that had this name; a new one, or one that somebody removed, comes to its place."""
    rules = rules_of(body, spot.table)
    at = next((index for index, one in enumerate(rules) if spot.was and one.get("id") == spot.was), None)
    if at is None:
        at = max(
            0, min(spot.place, len(rules) - (spot.table == "rule"))
        )  # never behind the last rule of calls
        rules.insert(at, {})
    rules[at] = dict(rule)
    return {**body, spot.table: rules}


async def text_at(tx: Tx, revision: int) -> str:
    found = await tx.rule_life.draft(revision) if revision else None
    return found.text if found else await text_of(tx)
