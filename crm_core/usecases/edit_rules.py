# SPDX-License-Identifier: Apache-2.0
"""One rule or one test of the draft is changed; what others changed elsewhere in it meanwhile stays."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.routing.rule_text import read_text
from crm_core.domain.routing.toml import to_toml
from crm_core.domain.version import ChangedMeanwhileError
from crm_core.ports.rule_life import Draft
from crm_core.ports.store import Tx
from crm_core.usecases.rule_draft import current_draft, save_draft, text_of
from crm_core.usecases.rule_test_of_call import rule_test_of_call
from crm_core.usecases.trail import Trail

Kept = dict[str, Any]


async def put_rule(tx: Tx, was: str, rule: Mapping[str, Any], place: int, seen: int, trail: Trail) -> Draft:
    """`was`: its name when it was opened, '' for a new one. `seen`: the revision it was opened in."""
    draft = await current_draft(tx, trail.now)
    body = read_text(draft.text)
    if draft.revision != seen:
        opened = read_text(await text_at(tx, seen))
        if rule_named(opened, was) != rule_named(body, was):
            raise ChangedMeanwhileError(current=draft)
    return await save_draft(tx, to_toml(with_rule(body, was, rule, place)), draft.revision, trail)


async def add_test_of_call(tx: Tx, call_id: UUID, trail: Trail) -> Kept:
    """What was decided about the call is wanted of the draft as well. Give the test."""
    made = await rule_test_of_call(tx, call_id)
    if made is None:
        raise NotFoundError("no rules decided about this call, so there is nothing to make a test of")
    draft = await current_draft(tx, trail.now)
    body = read_text(draft.text)
    tests = body.get("test", [])
    if not isinstance(tests, list):
        raise InvalidInputError("the draft has tests that cannot be read")
    if made not in tests:
        await save_draft(tx, to_toml({**body, "test": [*tests, made]}), draft.revision, trail)
    return made


def rule_named(body: Mapping[str, Any], name: str) -> Kept | None:
    return next((rule for rule in rules_of(body) if name and rule.get("id") == name), None)


def rules_of(body: Mapping[str, Any]) -> list[Kept]:
    rules = body.get("rule", [])
    return [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []


def with_rule(body: Mapping[str, Any], was: str, rule: Mapping[str, Any], place: int) -> Kept:
    """In the place of the one that had this name; a new one, or one that somebody removed, comes to `place`."""
    rules = rules_of(body)
    at = next((index for index, one in enumerate(rules) if was and one.get("id") == was), None)
    if at is None:
        at = min(place, max(0, len(rules) - 1))
        rules.insert(at, {})
    rules[at] = dict(rule)
    return {**body, "rule": rules}


async def text_at(tx: Tx, revision: int) -> str:
    found = await tx.rule_life.draft(revision) if revision else None
    return found.text if found else await text_of(tx)
