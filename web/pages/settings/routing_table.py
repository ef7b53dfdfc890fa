# SPDX-License-Identifier: Apache-2.0
"""Opening hours, a list, a skill or a test of the draft as a form, with what is wrong beside its fields."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web
from multidict import MultiDict

from crm_core.domain.errors import ConflictError, NotFoundError
from crm_core.domain.people import Role
from crm_core.domain.routing.naming import tables_of, used_by
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.parse_conditions import House
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.routing.rule_tests import RuleTestResult, run_test
from crm_core.domain.version import ChangedMeanwhileError
from crm_core.ports.rule_life import Draft
from crm_core.ports.store import Tx
from crm_core.usecases.edit_tables import TableEdit, put_table, put_test, remove_table, tests_of
from crm_core.usecases.rule_draft import current_draft
from crm_core.usecases.trail import Trail
from web import keys, said
from web.access import requires
from web.draft_check import test_said
from web.forms import text_field
from web.holiday_days import country_names
from web.pages.settings.routing_draft import ADDRESS, revision_of, saved_to_draft
from web.pages.settings.routing_rule import house_and_body, sent_of
from web.render import page
from web.rule_choices import Choices, rule_choices
from web.rule_errors import error_words, labelled, placed_words, still_missing
from web.rule_form import Errors
from web.rule_parts import Look, Looks, fields_shown
from web.rule_values import Sent
from web.sheet_form import ReadSheet, act_on_rows, fits, form_of_table, new_form, read_sheet
from web.sheet_parts import RowsShown, labels_of, part_of
from web.sheet_registry import SHEETS, Sheet
from web.table_words import day_names, table_lines

_SAVE: Final = {"", "save"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """The draft as it is now, and the table in it. `was`: its name; of a test, its place."""

    sheet: Sheet
    draft: Draft
    body: Mapping[str, Any]
    house: House
    choices: Choices
    was: str
    kept: Any
    used: list[str]
    others: frozenset[str]
    broken: RuleSetError | None

    @property
    def name(self) -> str:
        return self.was if self.sheet.named else str((self.kept or {}).get("name", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stand:
    """Why the form is shown again, and where one goes on."""

    errors: Errors = field(default_factory=dict)
    focus: str = ""
    refused: str = ""
    theirs: list[str] = field(default_factory=list)
    in_use: bool = False
    status: int = 200


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    """`name`: of the table, or the place of a test; without one, a new one."""
    desk = await _desk(request, text_field(request.query, "name", 200))
    if desk.broken:
        return said.go(request, f"{ADDRESS}#text-form", "rule-as-text")
    if not desk.was:
        return await _page(request, desk, _new(request, desk))
    if desk.kept is None:
        raise NotFoundError("there is no such table in the draft")
    zone = request[keys.L10N].zone
    if not fits(desk.sheet, desk.kept, desk.house, zone):
        return said.go(request, f"{ADDRESS}#text-form", "table-as-text")
    return await _page(request, desk, form_of_table(desk.sheet, desk.name, desk.kept, zone))


@requires(Role.ADMIN)
async def act(request: web.Request) -> web.StreamResponse:
    """Save, remove, or one of the form's buttons: those show the form again, with everything typed."""
    sent = await _sent(request)
    do, seen = text_field(sent, "do", 40), revision_of(sent)
    desk = await _desk(request, text_field(sent, "was", 200))
    read = _read(request, desk, sent)
    if do == "remove" and desk.sheet.named:  # a test goes by its card's button
        return await _removed(request, desk, sent, seen)
    if do == "take":
        return await _page(request, desk, *await asyncio.to_thread(_taken, desk, sent, read))
    if do not in _SAVE:
        form, focus = act_on_rows(sent, desk.sheet, do)
        return await _page(request, desk, form, _Stand(focus=focus))
    if desk.broken:
        refused = placed_words(desk.broken, request[keys.L10N])
        return await _page(request, desk, sent, _Stand(errors=read.errors, refused=refused, status=409))
    if read.errors:
        return await _page(request, desk, sent, _Stand(errors=read.errors, status=422))
    return await _saved(request, desk, sent, read, seen)


@requires(Role.ADMIN)
async def say(request: web.Request) -> web.StreamResponse:
    """While one types: what comes of the test with the draft as it is."""
    sent, l10n = await _sent(request), request[keys.L10N]
    desk = await _desk(request, text_field(sent, "was", 200))
    read = _read(request, desk, sent)
    result, wrong = await asyncio.to_thread(_run, desk, read)  # calls are routed meanwhile
    look = _look(request, desk, sent, read.errors)
    labels = labels_of(desk.sheet, look)
    errors, missing = labelled(read.errors, labels, l10n), still_missing(read.errors, labels)
    if wrong and not (errors or missing):
        errors = [placed_words(wrong, l10n)]
    told = test_said(result, 0, l10n) if result else None
    return page(request, "settings/routing_table_said.html", told=told, errors=errors, missing=missing)


def _look(request: web.Request, desk: _Desk, sent: Sent, errors: Errors) -> Look:
    l10n = request[keys.L10N]
    labels = day_names(l10n) if desk.sheet.table == "hours" else {}
    looks = Looks(choices=desk.choices, l10n=l10n, currency=desk.house.currency, labels=labels)
    return Look(sent, errors, looks)


async def _saved(
    request: web.Request, desk: _Desk, sent: Sent, read: ReadSheet, seen: int
) -> web.StreamResponse:
    async def work(tx: Tx, trail: Trail) -> Draft:
        if desk.sheet.named:
            edit = TableEdit(kind=desk.sheet.table, was=desk.was, name=read.name, table=read.table)
            return await put_table(tx, edit, seen, trail)
        return await put_test(tx, int(desk.was) if desk.was else None, read.table, seen, trail)

    name = read.name if desk.sheet.named else desk.was or str(len(tests_of(desk.body)))
    try:
        return await saved_to_draft(request, work, f"#{desk.sheet.table}-{quote(name)}")
    except ChangedMeanwhileError as error:
        return await _clash(request, desk, sent, str(error))


async def _removed(request: web.Request, desk: _Desk, sent: Sent, seen: int) -> web.StreamResponse:
    async def work(tx: Tx, trail: Trail) -> Draft:
        return await remove_table(tx, desk.sheet.table, desk.was, seen, trail)

    try:
        return await saved_to_draft(request, work, f"#{desk.sheet.table}")
    except ChangedMeanwhileError as error:
        return await _clash(request, desk, sent, str(error))
    except ConflictError as error:
        refused = request[keys.L10N].gettext(str(error))
        now = await _desk(request, desk.was)
        return await _page(request, now, sent, _Stand(refused=refused, in_use=True, status=409))


async def _clash(request: web.Request, desk: _Desk, sent: Sent, refused: str) -> web.StreamResponse:
    """Somebody else was first: theirs beside what was typed, and the next save is over theirs."""
    now = await _desk(request, desk.was)
    if not desk.sheet.named:
        named = [
            place for place, one in enumerate(tests_of(now.body)) if one.get("name") == sent.get("t.name")
        ]
        now = await _desk(request, str(named[0]) if named else "")
    theirs = [] if now.kept is None else table_lines(now.sheet.table, now.kept, request[keys.L10N])
    return await _page(request, now, sent, _Stand(refused=refused, theirs=theirs, status=409))


def _taken(desk: _Desk, sent: Sent, read: ReadSheet) -> tuple[MultiDict[str], _Stand]:
    """What comes now is what is wanted, as far as it can be run."""
    form, wanted = MultiDict(sent.items()), {"expect": {"rule": "any"}}
    result, _ = _run(desk, ReadSheet(read.name, read.table | wanted))
    if result is None:
        return form, _Stand(errors={name: one for name, one in read.errors.items() if "wanted" not in name})
    form["t.wanted_rule"] = result.rule
    form["t.wanted_steps"] = "\n".join(result.steps)
    return form, _Stand(focus="t.wanted_steps")


def _run(desk: _Desk, read: ReadSheet) -> tuple[RuleTestResult | None, RuleSetError | None]:
    if read.errors:
        return None, None
    house = desk.house
    try:
        body = {**desk.body, "test": [read.table]}
        rules = parse_rules(body, currency=house.currency, region=house.region)
    except RuleSetError as error:
        return None, error
    return run_test(rules.tests[0], rules), None


async def _desk(request: web.Request, was: str) -> _Desk:
    sheet, l10n = SHEETS.get(request.match_info["kind"]), request[keys.L10N]
    if sheet is None:
        raise NotFoundError
    if was and not (sheet.named or _is_place(was)):
        raise NotFoundError("there is no such table in the draft")
    kept = request.app[keys.IN_FORCE].house
    async with request.app[keys.STORE].read() as tx:
        draft = await current_draft(tx, request.app[keys.CLOCK]())
        asked = (draft.text, kept.currency, kept.region)
        body, house, broken = await asyncio.to_thread(house_and_body, *asked, strict=not sheet.named)
        choices = await rule_choices(tx, body, kept.region, l10n)
    table, others = _stands(sheet, body, was)
    return _Desk(
        sheet=sheet,
        draft=draft,
        body=body,
        house=house,
        choices=choices,
        was=was,
        kept=table,
        used=used_by(body, sheet.table, was) if sheet.named else [],
        others=others,
        broken=broken,
    )


def _stands(sheet: Sheet, body: Mapping[str, Any], was: str) -> tuple[Any, frozenset[str]]:
    """The table in the draft, and the names of those beside it."""
    if sheet.named:
        tables = tables_of(body, sheet.table)
        return tables.get(was), frozenset(tables) - {was}
    tests = tests_of(body)
    return (tests[int(was)] if was and int(was) < len(tests) else None), frozenset()


def _is_place(text: str) -> bool:
    """Of a test."""
    return text.isascii() and text.isdigit() and len(text) < 7  # noqa: PLR2004


def _new(request: web.Request, desk: _Desk) -> MultiDict[str]:
    form, l10n = new_form(desk.sheet), request[keys.L10N]
    if desk.sheet.table == "hours":
        form["t.zone"] = request.app[keys.IN_FORCE].house.zone
    if desk.sheet.table == "test":
        form["t.at"] = l10n.now.replace(tzinfo=None, second=0, microsecond=0).isoformat(timespec="minutes")
    return form


async def _sent(request: web.Request) -> MultiDict[str]:
    sent = MultiDict((await sent_of(request)).items())
    if "special" in sent:  # its own small form, which puts holidays into it
        sent["t.special"] = sent.pop("special")
    return sent


def _read(request: web.Request, desk: _Desk, sent: Sent) -> ReadSheet:
    return read_sheet(sent, desk.sheet, desk.house, request[keys.L10N].zone, desk.others)


async def _page(
    request: web.Request, desk: _Desk, sent: Sent, stand: _Stand | None = None
) -> web.StreamResponse:
    stand, l10n, sheet = stand or _Stand(), request[keys.L10N], desk.sheet
    look = _look(request, desk, sent, stand.errors)
    plain = fields_shown("t", sheet.fields, look)
    rows = {key: RowsShown.of(key, one, look) for key, one in sheet.rows.items()}
    parts = [part for one in rows.values() for part in one.parts]
    is_wanted = [one.name.startswith("t.wanted_") for one in plain]
    return page(
        request,
        "settings/routing_table.html",
        status=stand.status,
        desk=desk,
        kind=sheet.table,
        address=f"{ADDRESS}/table/{sheet.table}",
        heading=l10n.gettext(sheet.one, name=desk.name) if desk.kept is not None else l10n.gettext(sheet.new),
        lead=l10n.gettext(sheet.lead),
        name=sent.get("id", ""),
        plain=plain,
        given=part_of([one for one, wanted in zip(plain, is_wanted, strict=True) if not wanted]),
        wanted=part_of([one for one, wanted in zip(plain, is_wanted, strict=True) if wanted]),
        rows=rows,
        listed=[*plain, *(one for part in parts for one in part.fields)],
        wrong={name: error_words(error, l10n) for name, error in stand.errors.items()},
        focus=stand.focus or next(iter(stand.errors), ""),
        refused=stand.refused,
        theirs=stand.theirs,
        in_use=stand.in_use,
        fresh=request.method == "GET",
        country=request.app[keys.IN_FORCE].house.region,
        countries=await asyncio.to_thread(country_names, l10n.code) if sheet.table == "hours" else {},
    )
