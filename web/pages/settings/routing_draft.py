# SPDX-License-Identifier: Apache-2.0
"""The draft of the rules: its text with a check as one types, its rules as cards to move, and its publication."""

import asyncio
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import Role
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.routing.rule_text import MOST, read_text
from crm_core.domain.routing.toml import to_toml
from crm_core.domain.version import ChangedMeanwhileError
from crm_core.ports.rule_life import Draft, ReleaseState
from crm_core.ports.store import Tx
from crm_core.usecases.publish_rules import publish_draft
from crm_core.usecases.rule_draft import current_draft, look_at, save_draft, text_of, undo_draft
from crm_core.usecases.trail import Trail
from web import keys, said
from web.access import requires
from web.assign_words import assign_in_words
from web.forms import form_of, text_field
from web.pages.settings.forms import changed
from web.pages.settings.routing import place_of
from web.render import page
from web.routing_words import rule_changes, said_safely, text_changes
from web.rule_findings import flaw_words
from web.rule_words import RuleSaid

ADDRESS: Final = "/settings/routing/draft"
_NEW: Final[Mapping[str, Mapping[str, Any]]] = {
    "rule": {"when": {"caller": "known"}, "step": [{"to": "queue", "queue": "default", "seconds": 60}]},
    "assign": {"when": {"source": "call"}, "to": "first_talk"},
}


@dataclass(frozen=True, slots=True)
class Check:
    """What is wrong with a text, at which rule, and what its rules say."""

    error: str  # it cannot be read
    at: tuple[str, int] | None  # its table, and its place there
    rules: list[RuleSaid]
    assign: list[RuleSaid]
    flaws: list[tuple[bool, str]]  # grave or not, in words
    failed: list[str]  # names of tests

    @property
    def can_be_published(self) -> bool:
        return not (self.error or self.failed or any(grave for grave, _ in self.flaws))


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        draft = await current_draft(tx, request.app[keys.CLOCK]())
    return await _shown(request, draft, draft.text)


@requires(Role.ADMIN)
async def save(request: web.Request) -> web.StreamResponse:
    """Two admins: the second sees what the first saved beside the own text, and chooses."""
    form = await form_of(request)
    text, seen = text_field(form, "text", MOST), _seen(form)
    return await _worked(request, text, lambda tx, trail: save_draft(tx, text, seen, trail))


@requires(Role.ADMIN)
async def act(request: web.Request) -> web.StreamResponse:
    """Undo, or one rule up, down, away, once more, or a new one. Comments stand in no table: they do not survive."""
    form = await form_of(request)
    do, seen, place = text_field(form, "do", 10), _seen(form), text_field(form, "rule", 10)
    to = text_field(form, "to", 10)
    table = "assign" if text_field(form, "table", 10) == "assign" else "rule"

    async def work(tx: Tx, trail: Trail) -> Draft:
        if do == "undo":
            return await undo_draft(tx, seen, trail)
        draft = await current_draft(tx, trail.now)
        if draft.revision != seen:
            raise ChangedMeanwhileError(current=draft)
        return await save_draft(tx, to_toml(_moved(read_text(draft.text), table, do, place, to)), seen, trail)

    return await _worked(request, None, work)


@requires(Role.ADMIN)
async def check(request: web.Request) -> web.StreamResponse:
    """While one types."""
    text = text_field(await form_of(request), "text", MOST)
    return page(request, "settings/routing_check.html", check=await _checked(request, text))


@requires(Role.ADMIN)
async def publish(request: web.Request) -> web.StreamResponse:
    form, l10n = await form_of(request), request[keys.L10N]
    seen, at = _seen(form), _time(text_field(form, "at", 40), l10n)
    try:
        await changed(request, lambda tx, trail: _publish(tx, seen, at, trail))
    except ChangedMeanwhileError as error:
        return await _shown(request, error.details["current"], None, str(error), 409)
    except InvalidInputError as error:
        async with request.app[keys.STORE].read() as tx:
            draft = await current_draft(tx, request.app[keys.CLOCK]())
        return await _shown(request, draft, None, str(error), 422)
    return said.go(request, "/settings/routing", "rules-scheduled" if at else "rules-published")


async def _publish(tx: Tx, seen: int, at: datetime | None, trail: Trail) -> None:
    await publish_draft(tx, seen, at, trail)


async def _worked(request: web.Request, mine: str | None, work: Any) -> web.StreamResponse:
    async def kept(tx: Tx, trail: Trail) -> None:
        await work(tx, trail)

    try:
        await changed(request, kept)
    except ChangedMeanwhileError as error:
        return await _shown(request, error.details["current"], mine, str(error), 409)
    return said.go(request, ADDRESS, "saved")


async def _shown(
    request: web.Request, draft: Draft, mine: str | None, refused: str = "", status: int = 200
) -> web.StreamResponse:
    """`mine`: what was typed, where another revision came first."""
    l10n, text = request[keys.L10N], draft.text if mine is None else mine
    async with request.app[keys.STORE].read() as tx:
        stored, live = await tx.routing.in_force(), await text_of(tx)
        scheduled = await tx.rule_life.releases(1, ReleaseState.SCHEDULED)
    looked = await _checked(request, text)
    return page(
        request,
        "settings/routing_draft.html",
        status=status,
        draft=draft,
        text=text,
        check=looked,
        refused=refused,
        theirs=await asyncio.to_thread(text_changes, draft.text, text) if text != draft.text else [],
        lines=await asyncio.to_thread(text_changes, live, text),
        changes=[
            *rule_changes(said_safely(stored.body, l10n) if stored else [], looked.rules),
            *rule_changes(assign_in_words(stored.body, l10n) if stored else [], looked.assign),
        ],
        scheduled=scheduled,
    )


async def _checked(request: web.Request, text: str) -> Check:
    l10n, error, at, body = request[keys.L10N], "", None, {}
    flaws: list[tuple[bool, str]] = []
    failed: list[str] = []
    try:
        body = read_text(text)
        async with request.app[keys.STORE].read() as tx:
            looked = await look_at(tx, text)
        flaws = [(flaw.grave, flaw_words(flaw, l10n)) for flaw in looked.findings]
        failed = [result.test.name for result in looked.failed]
    except RuleSetError as wrong:
        error = str(wrong)
        match wrong.path:
            case ("rule" | "assign" as table, int(place), *_):
                at = (table, place)
            case _:
                pass
    return Check(error, at, said_safely(body, l10n), assign_in_words(body, l10n), flaws, failed)


def _moved(body: dict[str, Any], table: str, do: str, place: str, to: str) -> Mapping[str, Any]:
    rules = list(body.get(table, []))
    names = {rule.get("id") for rule in rules}
    if do == "add":
        before = max(0, len(rules) - 1) if table == "rule" else 0
        rules.insert(before, {"id": _free("new-rule", names), **deepcopy(_NEW[table])})
        return _with(body, table, rules)
    index = place_of(place, len(rules))
    rule = rules.pop(index)
    if do == "copy":
        again = {**deepcopy(rule), "id": _free(str(rule.get("id", "rule"))[:34], names)}
        rules[index:index] = [again, rule] if not rule.get("when") else [rule, again]
    elif do in {"up", "down"}:
        rules.insert(max(0, index - 1) if do == "up" else index + 1, rule)
    elif do == "to":
        rules.insert(place_of(to, len(rules) + 1), rule)
    elif do != "remove":
        raise InvalidInputError
    return _with(body, table, rules)


def _with(body: dict[str, Any], table: str, rules: list[Any]) -> Mapping[str, Any]:
    return {
        **{key: value for key, value in body.items() if key != table},
        **({table: rules} if rules else {}),
    }


def _free(name: str, taken: set[Any]) -> str:
    if name not in taken:
        return name
    return next(new for number in range(2, 10_000) if (new := f"{name}-{number}") not in taken)


def _seen(form: Mapping[str, object]) -> int:
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
