# SPDX-License-Identifier: Apache-2.0
"""Opening hours, a list, a skill or a test of the draft is changed; what others changed elsewhere in it stays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crm_core.domain.errors import ConflictError
from crm_core.domain.routing.naming import renamed, tables_of, used_by
from crm_core.domain.version import ChangedMeanwhileError
from crm_core.ports.rule_life import Draft
from crm_core.ports.store import Tx
from crm_core.usecases.edit_rules import text_at
from crm_core.usecases.rule_draft import body_of, current_draft, save_body
from crm_core.usecases.trail import Trail

Kept = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEdit:
    """`was`: its name when it was opened, '' for a new one; `name`: as it is to be called."""

    kind: str
    was: str
    name: str
    table: Mapping[str, Any]


async def put_table(tx: Tx, edit: TableEdit, seen: int, trail: Trail) -> Draft:
    """Rules that named it name it as it is called now."""
    kind, was, name = edit.kind, edit.was, edit.name
    draft, body = await _opened(tx, seen, trail, lambda body: tables_of(body, kind).get(was))
    if name != was and name in tables_of(body, kind):
        raise ChangedMeanwhileError(current=draft)
    if was in tables_of(body, kind):
        body = renamed(body, kind, was, name)
    tables = {**tables_of(body, kind), name: dict(edit.table)}
    return await save_body(tx, {**body, kind: tables}, draft.revision, trail)


async def remove_table(tx: Tx, kind: str, name: str, seen: int, trail: Trail) -> Draft:
    draft, body = await _opened(tx, seen, trail, lambda body: tables_of(body, kind).get(name))
    if used_by(body, kind, name):
        raise ConflictError("rules name it: take it out of them first")
    tables = {key: table for key, table in tables_of(body, kind).items() if key != name}
    left = {**body, kind: tables} if tables else {key: body[key] for key in body if key != kind}
    return await save_body(tx, left, draft.revision, trail)


async def put_test(tx: Tx, place: int | None, test: Mapping[str, Any], seen: int, trail: Trail) -> Draft:
    """`place`: where it stood in the revision that was opened; None for a new one, which comes last.

    It is found again by what it said then: tests before it may have come and gone.
    """
    draft = await current_draft(tx, trail.now)
    body = await body_of(draft.text)
    tests = tests_of(body)
    if place is None:
        tests.append(dict(test))
    else:
        opened = tests_of(body if draft.revision == seen else await body_of(await text_at(tx, seen)))
        at = _found(tests, opened[place] if place < len(opened) else None, place)
        if at is None:
            raise ChangedMeanwhileError(current=draft)
        tests[at] = dict(test)
    return await save_body(tx, {**body, "test": tests}, draft.revision, trail)


def tests_of(body: Mapping[str, Any]) -> list[Kept]:
    tests = body.get("test", [])
    return [test for test in tests if isinstance(test, dict)] if isinstance(tests, list) else []


def _found(tests: list[Kept], wanted: Kept | None, place: int) -> int | None:
    """Of several that say the same, the one in its place."""
    if wanted is not None and place < len(tests) and tests[place] == wanted:
        return place
    return next((at for at, test in enumerate(tests) if test == wanted), None)


async def _opened(tx: Tx, seen: int, trail: Trail, part: Callable[[Kept], Any]) -> tuple[Draft, Kept]:
    """The draft now; ChangedMeanwhileError where `part` of it is not what it was when it was opened."""
    draft = await current_draft(tx, trail.now)
    body = await body_of(draft.text)
    if draft.revision != seen and part(await body_of(await text_at(tx, seen))) != part(body):
        raise ChangedMeanwhileError(current=draft)
    return draft, body
