# SPDX-License-Identifier: Apache-2.0
"""Who gets which call: the rules in force, their versions, and what becomes of a version."""

import asyncio
from typing import Any

from aiohttp import web

from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.people import Role
from crm_core.domain.routing.kept_error import error_from_text
from crm_core.domain.routing.reading import RuleSetError
from crm_core.ports.rule_life import ReleaseState
from crm_core.usecases.publish_rules import cancel_release, roll_back
from crm_core.usecases.rule_draft import text_of
from crm_core.usecases.rules_in_force import RulesInForce, rules_in_force
from web import keys, said
from web.access import requires
from web.forms import uuid_of
from web.i18n.l10n import L10n
from web.pages.settings.forms import changed
from web.render import page
from web.routing_words import rule_changes, said_safely, text_changes
from web.rule_errors import placed_words
from web.rule_findings import flaw_words
from web.rule_tables import ASSIGN, CALLS
from web.table_words import table_changes, tables_said

_SHOWN = 50
_LONGEST = 9  # digits of a version


@requires(Role.SUPERVISOR)
async def show(request: web.Request) -> web.StreamResponse:
    l10n, queues = request[keys.L10N], await request.app[keys.CHECK_UP].queues()
    async with request.app[keys.STORE].read() as tx:
        stored, looked = await tx.routing.in_force(), await rules_in_force(tx, queues)
        versions = await tx.routing.versions(None, _SHOWN)
        releases = await tx.rule_life.releases(_SHOWN)
        draft = await tx.rule_life.draft()
        text = await text_of(tx)
    body, currency = stored.body if stored else {}, request.app[keys.IN_FORCE].house.currency
    return page(
        request,
        "settings/routing.html",
        stored=stored,
        flaws=await _flaws(looked, l10n) if looked else [],
        rules=said_safely(body, l10n, currency),
        assign=said_safely(body, l10n, currency, ASSIGN),
        tables=tables_said(body, l10n),
        versions=versions,
        release_of={one.version: one for one in releases if one.version},
        pending=[one for one in releases if one.state is ReleaseState.SCHEDULED],
        refused=[(one, *_why(one.note, l10n)) for one in releases if one.state is ReleaseState.REFUSED][:3],
        draft=draft if draft and draft.text != text else None,
    )


async def _flaws(looked: RulesInForce, l10n: L10n) -> list[tuple[bool, str]]:
    """Whether each is grave, and what it is: of rules that were good when they were published."""
    try:
        found = await asyncio.to_thread(looked.flaws)
    except RuleSetError as error:  # the settings of the company have changed
        return [(True, placed_words(error, l10n))]
    return [(one.grave, flaw_words(one, l10n)) for one in found]


def _why(note: str, l10n: L10n) -> tuple[str, bool]:
    """Why a release was refused, and whether it is said in the reader's language: once, sentences were kept."""
    error = error_from_text(note)
    return (placed_words(error, l10n), True) if error else (note, False)


@requires(Role.SUPERVISOR)
async def version(request: web.Request) -> web.StreamResponse:
    """What it says, and what differs from another; from the one in force if none is named."""
    shown, l10n = _number(request.match_info["version"]), request[keys.L10N]
    asked = request.query.get("with", "")
    async with request.app[keys.STORE].read() as tx:
        stored, in_force = await tx.routing.rule_set(shown), await tx.routing.in_force()
        other = await tx.routing.rule_set(_number(asked)) if asked else in_force
        if stored is None or other is None or in_force is None:
            raise NotFoundError("there are no such rules")
        texts = await text_of(tx, other.version), await text_of(tx, stored.version)
        release = await tx.rule_life.of_version(stored.version)
        versions = await tx.routing.versions(None, _SHOWN)
    currency = request.app[keys.IN_FORCE].house.currency
    (before, after), assigned = (
        [said_safely(one.body, l10n, currency, table) for one in (other, stored)] for table in (CALLS, ASSIGN)
    )
    return page(
        request,
        "settings/routing_version.html",
        stored=stored,
        other=other,
        in_force=in_force,
        release=release,
        versions=[one for one in versions if one.version != stored.version],
        rules=after,
        assign=assigned[1],
        tables=tables_said(stored.body, l10n),
        tables_changed=table_changes(other.body, stored.body, l10n),
        changes=[*rule_changes(before, after), *rule_changes(*assigned)],
        lines=await asyncio.to_thread(text_changes, *texts),
    )


@requires(Role.ADMIN)
async def bring_back(request: web.Request) -> web.StreamResponse:
    shown = _number(request.match_info["version"])
    queues = await request.app[keys.CHECK_UP].queues()

    async def work(tx: Any, trail: Any) -> None:
        await roll_back(tx, shown, trail, queues)

    await changed(request, work)
    return said.go(request, "/settings/routing", "rules-published")


@requires(Role.ADMIN)
async def cancel(request: web.Request) -> web.StreamResponse:
    release_id = uuid_of(request.match_info["id"])
    await changed(request, lambda tx, trail: cancel_release(tx, release_id, trail))
    return said.go(request, "/settings/routing", "rules-cancelled")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST):
        raise NotFoundError("there are no such rules")
    return int(text)


def place_of(text: str, count: int) -> int:
    """Of a rule in the draft."""
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST) or int(text) >= count:
        raise InvalidInputError("there is no such rule in the draft")
    return int(text)
