# SPDX-License-Identifier: Apache-2.0
"""One rule of the draft as a form: its conditions and steps by fields, what is wrong beside them, and its sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web
from multidict import MultiDict, MultiMapping

from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.people import Role
from crm_core.domain.routing.check import check
from crm_core.domain.routing.parse import house_of, parse_rules
from crm_core.domain.routing.parse_conditions import House
from crm_core.domain.routing.reading import Reader, RuleSetError
from crm_core.domain.routing.rule_text import read_text
from crm_core.domain.version import ChangedMeanwhileError
from crm_core.ports.rule_life import Draft
from crm_core.ports.store import Tx
from crm_core.usecases.edit_rules import put_rule, rule_named, rules_of, with_rule
from crm_core.usecases.known_house import known_house
from crm_core.usecases.rule_draft import current_draft
from web import keys, said
from web.access import requires
from web.forms import form_of, text_field
from web.pages.settings.draft_moves import free_name
from web.pages.settings.forms import changed
from web.pages.settings.routing_draft import ADDRESS, revision_of
from web.render import page
from web.routing_words import said_safely
from web.rule_acts import act_on, start_step
from web.rule_choices import Choices, pbx_queues, rule_choices
from web.rule_errors import error_words, placed_words
from web.rule_findings import finding_words
from web.rule_form import Errors, Read, fits, form_of_rule, read_rule
from web.rule_parts import conditions_shown, steps_shown
from web.rule_registry import CONDITIONS, STEPS

_TEMPLATE: Final = "settings/routing_rule.html"
_MOST_FIELDS: Final = 2000
_SAVE: Final = {"", "save"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """The draft as it is now, what its rules may name, and where in it the rule stands."""

    draft: Draft
    body: Mapping[str, Any]
    house: House
    choices: Choices
    was: str
    place: int
    is_last: bool
    others: frozenset[str] = field(default_factory=frozenset)
    broken: RuleSetError | None = None  # somebody saved a text that cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stand:
    """Why the form is shown again, and where one goes on."""

    errors: Errors = field(default_factory=dict)
    focus: str = ""
    refused: str = ""
    status: int = 200


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    """`rule`: its name; without one, a new rule that comes to the place `at`."""
    was = text_field(request.query, "rule", 60)
    desk = await _desk(request, was, text_field(request.query, "at", 9))
    rule = rule_named(desk.body, was)
    if desk.broken:
        return said.go(request, f"{ADDRESS}#text-form", "rule-as-text")
    if was and rule is None:
        raise NotFoundError("there is no such rule in the draft")
    if rule is not None and not fits(rule):
        return said.go(request, f"{ADDRESS}#text-form", "rule-as-text")
    return _page(request, desk, form_of_rule(rule) if rule else _new(desk))


@requires(Role.ADMIN)
async def act(request: web.Request) -> web.StreamResponse:
    """Save, or one of the form's buttons: those show the form again, with everything typed."""
    sent = await sent_of(request)
    do = text_field(sent, "do", 30)
    desk = await _desk(request, text_field(sent, "was", 60), text_field(sent, "place", 9))
    if do not in _SAVE:
        form, focus = act_on(sent, do)
        return _page(request, desk, form, _Stand(focus=focus))
    read = read_rule(sent, desk.house, is_last=desk.is_last, others=desk.others)
    if desk.broken:
        refused = placed_words(desk.broken, request[keys.L10N])
        return _page(request, desk, sent, _Stand(errors=read.errors, refused=refused, status=409))
    if read.errors:
        return _page(request, desk, sent, _Stand(errors=read.errors, status=422))
    seen = revision_of(sent)

    async def work(tx: Tx, trail: Any) -> None:
        await put_rule(tx, desk.was, read.rule, desk.place, seen, trail)

    try:
        await changed(request, work)
    except ChangedMeanwhileError as error:
        now = await _desk(request, desk.was, str(desk.place))
        return _page(request, now, sent, _Stand(refused=str(error), status=409))
    return said.go(request, f"{ADDRESS}#rule-{quote(read.rule['id'])}", "saved")


@requires(Role.ADMIN)
async def say(request: web.Request) -> web.StreamResponse:
    """While one types: the sentence, and what is found in the rule as it stands in the form."""
    sent = await sent_of(request)
    desk = await _desk(request, text_field(sent, "was", 60), text_field(sent, "place", 9), is_typing=True)
    read = read_rule(sent, desk.house, is_last=desk.is_last, others=desk.others)
    l10n = request[keys.L10N]
    [rule] = said_safely({"rule": [read.rule]}, l10n, desk.house.currency)
    findings = [] if read.errors else await _findings(request, desk, read)
    errors = [error_words(one, l10n) for one in dict.fromkeys(read.errors.values())]
    return page(request, "settings/routing_rule_said.html", rule=rule, findings=findings, errors=errors)


async def _findings(request: web.Request, desk: _Desk, read: Read) -> list[tuple[bool, str]]:
    """Of this rule among the others; nothing where those cannot be read."""
    body, house = with_rule(desk.body, desk.was, read.rule, desk.place), desk.house
    try:
        rules = parse_rules(body, currency=house.currency, region=house.region)
    except RuleSetError:
        return []
    async with request.app[keys.STORE].read() as tx:
        known = await known_house(tx)
    l10n, name = request[keys.L10N], read.rule["id"]
    return [(one.grave, finding_words(one, l10n)) for one in check(rules, known) if one.rule == name]


async def _desk(request: web.Request, was: str, at: str, *, is_typing: bool = False) -> _Desk:
    kept = request.app[keys.IN_FORCE].house
    queues = frozenset[str]() if is_typing else await pbx_queues(request)
    async with request.app[keys.STORE].read() as tx:
        draft = await current_draft(tx, request.app[keys.CLOCK]())
        body, house, broken = house_and_body(draft.text, kept.currency, kept.region)
        choices = await rule_choices(tx, body, kept.region, request[keys.L10N], queues)
    names = [str(rule.get("id", "")) for rule in rules_of(body)]
    last = max(0, len(names) - 1)
    place = int(at) if at.isascii() and at.isdigit() else last
    if was in names:
        place = names.index(was)
    return _Desk(
        draft=draft,
        body=body,
        house=house,
        choices=choices,
        was=was,
        place=place if was in names else min(place, last),
        is_last=broken is None and (not names or (was in names and place == last)),
        others=frozenset(names) - {was},
        broken=broken,
    )


def house_and_body(
    text: str, currency: str, region: str, *, strict: bool = True
) -> tuple[Mapping[str, Any], House, RuleSetError | None]:
    """Of a draft's text. Not `strict`: its tables may be wrong, as where somebody mends one of them."""
    house = House(currency=currency, region=region)
    try:
        body = read_text(text)
        return body, house_of(Reader(body, ()), currency, region) if strict else house, None
    except RuleSetError as error:
        return {}, house, error


def _new(desk: _Desk) -> MultiDict[str]:
    form = MultiDict(
        [("id", free_name("new-rule", desk.others)), ("when", "caller"), ("w.caller.value", "known")]
    )
    start_step(form, "0", "queue")
    return form


async def sent_of(request: web.Request) -> MultiMapping[str]:
    sent = await form_of(request)
    if len(sent) > _MOST_FIELDS or not all(isinstance(one, str) for one in sent.values()):
        raise InvalidInputError
    return MultiDict((name, str(value)) for name, value in sent.items())


def _page(
    request: web.Request, desk: _Desk, sent: MultiMapping[str], stand: _Stand | None = None
) -> web.StreamResponse:
    stand = stand or _Stand()
    l10n, currency, found = request[keys.L10N], desk.house.currency, stand.errors
    read = read_rule(sent, desk.house, is_last=desk.is_last, others=desk.others)
    wrong = {name: error_words(error, l10n) for name, error in found.items()}
    shown = (sent, found, desk.choices, l10n, currency)
    conditions = [] if desk.is_last else conditions_shown(*shown)
    mine = {part.key for part in conditions}
    theirs = rule_named(desk.body, desk.was)
    return page(
        request,
        _TEMPLATE,
        status=stand.status,
        desk=desk,
        name=sent.get("id", ""),
        off=bool(sent.get("off")),
        conditions=conditions,
        steps=(steps := steps_shown(*shown)),
        listed=[shown for part in (*conditions, *steps) for shown in part.fields],
        steps_to={part.key: sent[f"s.{part.key}.to"] for part in steps},
        wrong=wrong,
        focus=stand.focus or next(iter(found), ""),
        refused=stand.refused,
        theirs=said_safely({"rule": [theirs]}, l10n, currency) if stand.refused and theirs else [],
        now=said_safely({"rule": [read.rule]}, l10n, currency)[0],
        new_when={key: l10n.gettext(one.label) for key, one in CONDITIONS.items() if key not in mine},
        new_steps={key: l10n.gettext(one.label) for key, one in STEPS.items()},
    )
