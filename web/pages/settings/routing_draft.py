# SPDX-License-Identifier: Apache-2.0
"""The draft of the rules: its text with a check as one types, its rules as cards to move, and its publication."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import Role
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.routing.rule_text import MOST
from crm_core.domain.version import ChangedMeanwhileError
from crm_core.ports.rule_life import Draft, ReleaseState
from crm_core.ports.store import Tx
from crm_core.usecases.draft_history import take_state_back
from crm_core.usecases.edit_rules import add_test_of_call
from crm_core.usecases.publish_rules import publish_draft
from crm_core.usecases.rule_draft import body_of, current_draft, save_body, save_draft, text_of, undo_draft
from crm_core.usecases.trail import Trail
from web import keys, said
from web.access import requires
from web.draft_check import checked_draft
from web.forms import form_of, text_field, uuid_of
from web.pages.settings.draft_moves import moved
from web.pages.settings.forms import changed
from web.render import page
from web.routing_words import rule_changes, said_safely, text_changes
from web.rule_errors import placed_words
from web.rule_tables import ASSIGN, CALLS, TABLES, RuleTable
from web.table_words import table_changes

ADDRESS: Final = "/settings/routing/draft"
SAVED: Final = "draft-saved"
Work = Callable[[Tx, Trail], Awaitable[Draft]]


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        draft = await current_draft(tx, request.app[keys.CLOCK]())
    return await _shown(request, draft, draft.text)


@requires(Role.ADMIN)
async def save(request: web.Request) -> web.StreamResponse:
    """Two admins: the second sees what the first saved beside the own text, and chooses."""
    form = await form_of(request)
    text, seen = text_field(form, "text", MOST), revision_of(form)
    return await _worked(request, lambda tx, trail: save_draft(tx, text, seen, trail), mine=text)


@requires(Role.ADMIN)
async def act(request: web.Request) -> web.StreamResponse:
    """Undo, an older state, or one rule up, down, away, once more. Comments stand in no table: they do not survive."""
    form = await form_of(request)
    do, seen, place = text_field(form, "do", 11), revision_of(form), text_field(form, "rule", 10)
    to = text_field(form, "to", 10)
    table = TABLES.get(text_field(form, "table", 10), CALLS)

    if do == "undo":
        return await _undone(request, seen)

    async def work(tx: Tx, trail: Trail) -> Draft:
        if do == "state":
            return await take_state_back(tx, revision_of({"revision": to}), seen, trail)
        draft = await current_draft(tx, trail.now)
        if draft.revision != seen:
            raise ChangedMeanwhileError(current=draft)
        body = await body_of(draft.text)
        return await save_body(tx, moved(body, table, do, place, to), seen, trail)

    return await _worked(request, work, landing=_landing(table, do, place, to))


@requires(Role.ADMIN)
async def undo(request: web.Request) -> web.StreamResponse:
    """From the note that says what was saved: of that state, and of no later one."""
    return await _undone(request, revision_of(request.match_info))


async def _undone(request: web.Request, seen: int) -> web.StreamResponse:
    return await _worked(request, lambda tx, trail: undo_draft(tx, seen, trail), code="draft-back")


@requires(Role.ADMIN)
async def make_test(request: web.Request) -> web.StreamResponse:
    """Of a call that was routed: what was decided is wanted of the draft as well."""
    call_id = uuid_of(text_field(await form_of(request), "call", 40))

    async def work(tx: Tx, trail: Trail) -> None:
        await add_test_of_call(tx, call_id, trail)

    await changed(request, work)
    return said.go(request, f"{ADDRESS}#tests", "test-made")


@requires(Role.ADMIN)
async def check(request: web.Request) -> web.StreamResponse:
    """While one types."""
    text = text_field(await form_of(request), "text", MOST)
    return page(
        request, "settings/routing_check.html", check=await checked_draft(request, text), beside=False
    )


@requires(Role.ADMIN)
async def publish(request: web.Request) -> web.StreamResponse:
    form, l10n = await form_of(request), request[keys.L10N]
    seen, typed = revision_of(form), text_field(form, "at", 40)
    queues = await request.app[keys.CHECK_UP].queues()
    try:
        at = _time(typed, l10n)
        await changed(request, lambda tx, trail: _publish(tx, seen, at, queues, trail))
    except ChangedMeanwhileError as error:
        return await _shown(request, error.details["current"], None, str(error), 409)
    except InvalidInputError as error:
        async with request.app[keys.STORE].read() as tx:
            draft = await current_draft(tx, request.app[keys.CLOCK]())
        refused = placed_words(error, l10n) if isinstance(error, RuleSetError) else str(error)
        is_time = error.details.get("field") == "at"
        return await _shown(request, draft, None, refused, 422, (typed, refused if is_time else ""))
    return said.go(request, "/settings/routing", "rules-scheduled" if at else "rules-published")


async def _publish(
    tx: Tx, seen: int, at: datetime | None, queues: frozenset[str] | None, trail: Trail
) -> None:
    await publish_draft(tx, seen, at, trail, queues)


def _landing(table: RuleTable, do: str, place: str, to: str) -> str:
    """Where the page goes on: at the card that was moved, so that a keyboard can move it further."""
    if not (place.isascii() and place.isdigit()) or do not in {"up", "down", "to", "switch", "copy"}:
        return "#tests" if do == "test-remove" else ""
    moved = {"up": max(0, int(place) - 1), "down": int(place) + 1, "to": to}
    return f"#{table.name}-card-{moved.get(do, place)}"


async def _worked(
    request: web.Request,
    work: Work,
    *,
    mine: str | None = None,
    landing: str = "",
    code: str = SAVED,
) -> web.StreamResponse:
    try:
        return await saved_to_draft(request, work, landing, code)
    except ChangedMeanwhileError as error:
        return await _shown(request, error.details["current"], mine, str(error), 409)


async def saved_to_draft(
    request: web.Request, work: Work, landing: str, code: str = SAVED
) -> web.StreamResponse:
    """Back at the draft, with the way to take it back; there is none where nothing came out otherwise."""
    states: list[int] = []

    async def kept(tx: Tx, trail: Trail) -> None:
        before = await current_draft(tx, trail.now)
        states[:] = [before.revision, (await work(tx, trail)).revision]

    await changed(request, kept)
    seen, now = states
    told = (code, now) if now != seen else ("saved", "")
    return said.go(request, f"{ADDRESS}{landing}", *told)


async def _shown(
    request: web.Request,
    draft: Draft,
    mine: str | None,
    refused: str = "",
    status: int = 200,
    at: tuple[str, str] = ("", ""),
) -> web.StreamResponse:
    """`mine`: what was typed, where another revision came first. `at`: the time that was typed, and what is wrong."""
    l10n, text = request[keys.L10N], draft.text if mine is None else mine
    currency = request.app[keys.IN_FORCE].house.currency
    async with request.app[keys.STORE].read() as tx:
        stored, live = await tx.routing.in_force(), await text_of(tx)
        scheduled = await tx.rule_life.releases(1, ReleaseState.SCHEDULED)
    looked, live_body = await checked_draft(request, text), stored.body if stored else {}
    return page(
        request,
        "settings/routing_draft.html",
        status=status,
        draft=draft,
        text=text,
        check=looked,
        refused=refused,
        at=at,
        theirs=await asyncio.to_thread(text_changes, draft.text, text) if text != draft.text else [],
        lines=await asyncio.to_thread(text_changes, live, text),
        changes=[
            *rule_changes(said_safely(live_body, l10n, currency), looked.rules),
            *rule_changes(said_safely(live_body, l10n, currency, ASSIGN), looked.assign),
        ],
        tables_changed=table_changes(live_body, looked.body, l10n),
        scheduled=scheduled,
        beside=True,
    )


def revision_of(form: Mapping[str, object]) -> int:
    text = text_field(form, "revision", 9)
    if not (text.isascii() and text.isdigit()):
        raise InvalidInputError
    return int(text)


def _time(text: str, l10n: Any) -> datetime | None:
    """As the browser's field says it, in the zone of who looks."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=l10n.zone)
    except ValueError as error:
        raise InvalidInputError("a time to come is needed, within a year", field="at") from error
