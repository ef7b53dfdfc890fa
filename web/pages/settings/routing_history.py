# SPDX-License-Identifier: Apache-2.0
"""Who changed what in the draft of the rules, state by state, and the way back to any of them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from crm_core.domain.people import Role
from crm_core.domain.routing.naming import NAMED, tables_of
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.routing.rule_text import read_text
from crm_core.usecases.draft_history import DraftChange, draft_change, draft_changes
from crm_core.usecases.edit_rules import rules_of
from crm_core.usecases.edit_tables import tests_of
from crm_core.usecases.rule_draft import current_draft
from web import keys
from web.access import requires
from web.render import page
from web.routing_words import rule_changes, said_safely, text_changes
from web.rule_tables import TABLES
from web.table_words import table_changes

_PAGE: Final = 20
_LONGEST: Final = 9  # digits of a revision


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    change: DraftChange
    names: Sequence[str]  # of the rules, tables and tests that are not the same
    is_order: bool  # where none is: they stand in another order, else only the text is not the same


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    asked = request.query.get("before", "")
    async with request.app[keys.STORE].read() as tx:
        found = await draft_changes(tx, _number(asked) or None, _PAGE + 1)
    states = await asyncio.to_thread(_states, found[:_PAGE])
    older = found[_PAGE - 1].draft.revision if len(found) > _PAGE else None
    return page(request, "settings/routing_history.html", states=states, older=older)


@requires(Role.ADMIN)
async def change(request: web.Request) -> web.StreamResponse:
    """What one state changed, when it is opened."""
    l10n, currency = request[keys.L10N], request.app[keys.IN_FORCE].house.currency
    async with request.app[keys.STORE].read() as tx:
        one = await draft_change(tx, _number(request.match_info["revision"]))
        newest = await current_draft(tx, request.app[keys.CLOCK]())
    before, after = _body(one.text_before), _body(one.draft.text)
    changes = [
        each
        for table in TABLES.values()
        for each in rule_changes(*(said_safely(body, l10n, currency, table) for body in (before, after)))
    ]
    return page(
        request,
        "settings/routing_history_change.html",
        change=one,
        newest=newest,
        changes=changes,
        tables_changed=table_changes(before, after, l10n),
        lines=await asyncio.to_thread(text_changes, one.text_before, one.draft.text),
    )


def _states(found: Sequence[DraftChange]) -> list[State]:
    return [_state(one, _body(one.text_before), _body(one.draft.text)) for one in found]


def _state(change: DraftChange, before: Mapping[str, Any], after: Mapping[str, Any]) -> State:
    return State(change=change, names=_not_the_same(before, after), is_order=before != after)


def _not_the_same(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    old, new = _by_name(before), _by_name(after)
    return list(dict.fromkeys(at[1] for at in (*new, *old) if old.get(at) != new.get(at)))


def _by_name(body: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    rules = {(table, str(rule.get("id", ""))): rule for table in TABLES for rule in rules_of(body, table)}
    named = {(kind, name): table for kind in NAMED for name, table in tables_of(body, kind).items()}
    return rules | named | {("test", str(one.get("name", ""))): one for one in tests_of(body)}


def _body(text: str) -> Mapping[str, Any]:
    """Of what cannot be read only the text is compared."""
    try:
        return read_text(text)
    except RuleSetError:
        return {}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else 0
