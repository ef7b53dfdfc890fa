# SPDX-License-Identifier: Apache-2.0
"""One rule of the draft as a form: its conditions and steps by fields, what is wrong beside them, and its sentence."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web
from multidict import MultiDict, MultiMapping

from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.people import Role
from crm_core.domain.routing.parse import house_of
from crm_core.domain.routing.parse_conditions import House
from crm_core.domain.routing.reading import Reader, RuleSetError
from crm_core.domain.routing.rule_text import read_text
from crm_core.domain.version import ChangedMeanwhileError
from crm_core.ports.rule_life import Draft
from crm_core.ports.store import Tx
from crm_core.usecases.edit_rules import Spot, put_rule, rule_named, rules_of, with_rule
from crm_core.usecases.known_house import known_house
from crm_core.usecases.rule_draft import current_draft
from crm_core.usecases.rules_in_force import RulesInForce
from crm_core.usecases.trail import Trail
from web import keys, said
from web.access import requires
from web.forms import form_of, text_field
from web.i18n.l10n import L10n
from web.pages.settings.draft_moves import free_name
from web.pages.settings.routing_draft import ADDRESS, revision_of, saved_to_draft
from web.render import page
from web.routing_words import said_safely
from web.rule_acts import act_on
from web.rule_choices import Choices, rule_choices
from web.rule_errors import error_words, labelled, placed_words, still_missing
from web.rule_findings import finding_words
from web.rule_form import Errors, Read, fits, form_of_rule, read_rule
from web.rule_groups import grouped
from web.rule_parts import Looks, Part, Shown, conditions_shown, steps_shown
from web.rule_tables import CALLS, TABLES, RuleTable
from web.rule_words import RuleSaid
from web.words import N_

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
    table: RuleTable
    was: str
    place: int
    is_last: bool
    names: tuple[str, ...] = ()  # of the rules of its table, in their order
    broken: RuleSetError | None = None  # somebody saved a text that cannot be read

    @property
    def others(self) -> frozenset[str]:
        return frozenset(self.names) - {self.was}

    @property
    def spot(self) -> Spot:
        return Spot(was=self.was, place=self.place, table=self.table.name)

    @property
    def rule(self) -> Mapping[str, Any] | None:
        """As it stands in the draft."""
        return rule_named(self.body, self.was, self.table.name)

    def read(self, sent: MultiMapping[str]) -> Read:
        return read_rule(sent, self.house, is_last=self.is_last, others=self.others, table=self.table)

    def said(self, rule: Mapping[str, Any], l10n: L10n) -> list[RuleSaid]:
        return said_safely({self.table.name: [rule]}, l10n, self.house.currency, self.table)


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
    desk = await _desk(request, request.query, name="rule", place="at")
    rule, table = desk.rule, desk.table
    if desk.broken:
        return said.go(request, f"{ADDRESS}#text-form", "rule-as-text")
    if desk.was and rule is None:
        raise NotFoundError("there is no such rule in the draft")
    if rule is not None and not fits(rule, table):
        return said.go(request, f"{ADDRESS}#text-form", "rule-as-text")
    return _page(request, desk, form_of_rule(rule, table) if rule else _new(desk))


@requires(Role.ADMIN)
async def act(request: web.Request) -> web.StreamResponse:
    """Save, or one of the form's buttons: those show the form again, with everything typed."""
    sent = await sent_of(request)
    do = text_field(sent, "do", 30)
    desk = await _desk(request, sent)
    if do not in _SAVE:
        form, focus = act_on(sent, do, desk.table)
        return _page(request, desk, form, _Stand(focus=focus))
    read = desk.read(sent)
    if desk.broken:
        refused = placed_words(desk.broken, request[keys.L10N])
        return _page(request, desk, sent, _Stand(errors=read.errors, refused=refused, status=409))
    if read.errors:
        return _page(request, desk, sent, _Stand(errors=read.errors, status=422))
    seen = revision_of(sent)

    async def work(tx: Tx, trail: Trail) -> Draft:
        return await put_rule(tx, desk.spot, read.rule, seen, trail)

    try:
        return await saved_to_draft(request, work, f"#{desk.table.name}-{quote(read.rule['id'])}")
    except ChangedMeanwhileError as error:
        now = await _desk(request, sent)
        return _page(request, now, sent, _Stand(refused=str(error), status=409))


@requires(Role.ADMIN)
async def say(request: web.Request) -> web.StreamResponse:
    """While one types: the sentence, and what is found in the rule as it stands in the form."""
    sent = await sent_of(request)
    desk = await _desk(request, sent, is_typing=True)
    read, l10n = desk.read(sent), request[keys.L10N]
    [rule] = desk.said(read.rule, l10n)
    findings = [] if read.errors else await _findings(request, desk, read)
    labels = _labels(read, sent, desk, l10n)
    return page(
        request,
        "settings/routing_rule_said.html",
        rule=rule,
        findings=findings,
        missing=still_missing(read.errors, labels),
        errors=labelled(read.errors, labels, l10n),
    )


def _labels(read: Read, sent: MultiMapping[str], desk: _Desk, l10n: L10n) -> dict[str, str]:
    """What the fields are called where one does not see them: 'Ring a team, Ring for'."""
    looks = Looks(choices=desk.choices, l10n=l10n, currency=desk.house.currency, table=desk.table)
    parts = [*conditions_shown(sent, read.errors, looks), *steps_shown(sent, read.errors, looks)]
    labels = {one.name: _label(part, one) for part in parts for one in part.fields}
    return labels | {"id": l10n.gettext(N_("Name"))}


def _label(part: Part, shown: Shown) -> str:
    return shown.label if shown.label == part.title else f"{part.title}, {shown.label}"


async def _findings(request: web.Request, desk: _Desk, read: Read) -> list[tuple[bool, str]]:
    """Of this rule among the others; nothing where those cannot be read."""
    queues = await request.app[keys.CHECK_UP].queues()
    async with request.app[keys.STORE].read() as tx:
        known = await known_house(tx, queues)
    l10n, mine = request[keys.L10N], (desk.table.name, read.rule["id"])
    body, house = with_rule(desk.body, desk.spot, read.rule), request.app[keys.IN_FORCE].house
    try:  # calls are routed meanwhile
        found = await asyncio.to_thread(RulesInForce(body=body, house=house, known=known).flaws)
    except RuleSetError:
        return []
    return [(one.grave, finding_words(one, l10n)) for one in found if (one.table, one.rule) == mine]


async def _desk(
    request: web.Request,
    sent: MultiMapping[str],
    *,
    name: str = "was",
    place: str = "place",
    is_typing: bool = False,
) -> _Desk:
    """`name` and `place`: what the fields are called that say which rule it is."""
    kept, table = request.app[keys.IN_FORCE].house, TABLES.get(text_field(sent, "table", 10), CALLS)
    was, at = text_field(sent, name, 60), text_field(sent, place, 9)
    queues = await request.app[keys.CHECK_UP].queues() if table.is_road and not is_typing else None
    async with request.app[keys.STORE].read() as tx:
        draft = await current_draft(tx, request.app[keys.CLOCK]())
        reading = asyncio.to_thread(house_and_body, draft.text, kept.currency, kept.region)
        body, house, broken = await reading  # calls are routed meanwhile
        choices = await rule_choices(tx, body, kept.region, request[keys.L10N], queues)
    rules = rules_of(body, table.name)
    names = [str(rule.get("id", "")) for rule in rules]
    last = len(names) - bool(rules and not rules[-1].get("when"))  # before the one that takes all
    at_place = int(at) if at.isascii() and at.isdigit() else last
    return _Desk(
        draft=draft,
        body=body,
        house=house,
        choices=choices,
        table=table,
        was=was,
        place=names.index(was) if was in names else min(at_place, last),
        is_last=table.is_road and broken is None and (not names or was == names[-1]),
        names=tuple(names),
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
    return form_of_rule({"id": free_name("new-rule", desk.others), **desk.table.new}, desk.table)


async def sent_of(request: web.Request) -> MultiMapping[str]:
    sent = await form_of(request)
    if len(sent) > _MOST_FIELDS or not all(isinstance(one, str) for one in sent.values()):
        raise InvalidInputError
    return MultiDict((name, str(value)) for name, value in sent.items())


def _spots(desk: _Desk, l10n: L10n) -> dict[int, str]:
    """Where a new rule may come to: before each that there is, and of who becomes the manager behind all."""
    if desk.is_last or desk.rule:
        return {}
    places = {at: l10n.gettext(N_("before %(rule)s"), rule=name) for at, name in enumerate(desk.names)}
    return places if desk.table.is_road else places | {len(places): l10n.gettext(N_("as the last one"))}


def _page(
    request: web.Request, desk: _Desk, sent: MultiMapping[str], stand: _Stand | None = None
) -> web.StreamResponse:
    stand = stand or _Stand()
    l10n, found, table = request[keys.L10N], stand.errors, desk.table
    wrong = {name: error_words(error, l10n) for name, error in found.items()}
    looks = Looks(choices=desk.choices, l10n=l10n, currency=desk.house.currency, table=table)
    conditions = [] if desk.is_last else conditions_shown(sent, found, looks)
    steps, mine = steps_shown(sent, found, looks), {part.key for part in conditions}
    to = {part.key: sent[f"s.{part.key}.to"] for part in steps}
    theirs = desk.rule
    return page(
        request,
        _TEMPLATE,
        status=stand.status,
        desk=desk,
        name=sent.get("id", ""),
        off=bool(sent.get("off")),
        conditions=conditions,
        steps=steps,
        listed=[shown for part in (*conditions, *steps) for shown in part.fields],
        steps_to=to,
        wrong=wrong,
        focus=stand.focus or next(iter(found), ""),
        refused=stand.refused,
        theirs=desk.said(theirs, l10n) if stand.refused and theirs else [],
        now=desk.said(desk.read(sent).rule, l10n)[0],
        new_when=grouped({key: one for key, one in table.conditions.items() if key not in mine}, l10n),
        new_steps={
            "": {
                key: l10n.gettext(one.label)
                for key, one in table.steps.items()
                if table.is_road or key not in to.values()
            }
        },
        spots=_spots(desk, l10n),
    )
