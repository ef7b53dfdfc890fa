# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a rule set that can be read: names nobody has, rules that never match, roads that go nowhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from crm_core.domain.client_field import ClientField
from crm_core.domain.prompt import OURS
from crm_core.domain.routing.assign_rules import AmongTeam, AssignRule, Heir, Source, ToFirstTalk, ToPerson
from crm_core.domain.routing.check_fields import of_field
from crm_core.domain.routing.check_logic import never_matches
from crm_core.domain.routing.check_roads import road_findings
from crm_core.domain.routing.client_conditions import DealIs, TagIs
from crm_core.domain.routing.conditions import (
    DID,
    HOUSE,
    NONE,
    BandIs,
    Condition,
    DidIs,
    KeptHoursAre,
    SourceIs,
)
from crm_core.domain.routing.field_conditions import FieldIs
from crm_core.domain.routing.finding import Finding, Said
from crm_core.domain.routing.hours import OpeningHours
from crm_core.domain.routing.number_conditions import IsOnList
from crm_core.domain.routing.parse_assign import OWNED
from crm_core.domain.routing.rules import (
    Rule,
    RuleSet,
    RuleStep,
    ToAnnouncement,
    ToCallback,
    ToNumber,
    ToQueue,
    ToSkill,
    ToTeam,
    ToVoicemail,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What there is. None: nobody could be asked, so nothing is said about it."""

    teams: Mapping[str, int]  # name -> members
    logins: frozenset[str]
    hours: frozenset[str]  # by their names in the settings
    dids: frozenset[str]
    lines: frozenset[str] = frozenset()  # those of them that clients call
    bands: frozenset[str] | None = None  # of turnover
    tags: frozenset[str] | None = None
    fields: Mapping[str, ClientField] | None = None  # by their names in rules
    stages: frozenset[str] | None = None  # of deals
    currencies: frozenset[str] | None = None
    queues: frozenset[str] | None = None
    mailboxes: frozenset[str] | None = None
    sounds: frozenset[str] | None = None  # of the house, by their names in rules


def check(rules: RuleSet, known: Known) -> tuple[Finding, ...]:
    """In the order of the rules, those of the whole set first."""
    found = [*_tables(rules, known), *never_matches(rules.rules)]
    for rule in rules.rules:
        found += [*_names(rule, known), *road_findings(rule)]
    places = {rule.id: place for place, rule in enumerate(rules.rules)}
    in_order = sorted(found, key=lambda one: (places.get(one.rule or "", -1), one.step or 0))
    return (*in_order, *_of_assign(rules, known))


def _of_assign(rules: RuleSet, known: Known) -> Iterator[Finding]:
    """Of the rules of whose client somebody becomes."""
    for finding in never_matches(rules.assign, OWNED):
        yield replace(finding, table="assign")
    for rule in rules.assign:
        said = [one for condition in rule.when for one in _of_condition(condition, known)]
        for code, grave, params in [*said, *_of_heir(rule.to, known), *_of_waiting(rule)]:
            yield Finding(code=code, grave=grave, table="assign", rule=rule.id, params=params)


def _of_heir(to: Heir, known: Known) -> Said:
    match to:
        case AmongTeam(team=team):
            yield from _of_team(team, known)
        case ToPerson(login=login):
            if login not in known.logins:
                yield "no_such_person", True, {"login": login}
        case _:
            pass


def _of_waiting(rule: AssignRule) -> Said:
    """At the first talk the rules are asked again, of who came by a call."""
    if isinstance(rule.to, ToFirstTalk):
        sources = [one for one in rule.when if isinstance(one, SourceIs) and Source.CALL not in one.sources]
        if sources:
            yield "first_talk_never", True, {}


def _tables(rules: RuleSet, known: Known) -> Iterator[Finding]:
    for hours in rules.hours:
        if _never_opens(hours):
            yield Finding(code="hours_never_open", grave=False, params={"hours": hours.name})
    for skill in rules.skills:
        for login, _ in skill.levels:
            if login not in known.logins:
                params = {"skill": skill.name, "login": login}
                yield Finding(code="no_such_login", grave=False, params=params)


def _never_opens(hours: OpeningHours) -> bool:
    return not any(hours.days) and not any(spans for _, spans in hours.special)


def _names(rule: Rule, known: Known) -> Iterator[Finding]:
    for condition in rule.when:
        for code, grave, params in _of_condition(condition, known):
            yield Finding(code=code, grave=grave, rule=rule.id, params=params)
    for number, step in enumerate(rule.steps, 1):
        for code, grave, params in _of_step(step, known):
            yield Finding(code=code, grave=grave, rule=rule.id, step=number, params=params)


def _of_condition(condition: Condition, known: Known) -> Said:
    match condition:
        case KeptHoursAre(key) if key != DID:
            name = key.removeprefix(HOUSE)
            if name not in known.hours:
                yield "no_such_hours", True, {"hours": name}
        case IsOnList(numbers):
            if numbers.is_empty:
                yield "list_is_empty", False, {"list": numbers.name}
        case FieldIs() if known.fields is not None:
            yield from of_field(condition, known.fields.get(condition.field))
        case _:
            yield from _of_values(condition, known)


def _of_values(condition: Condition, known: Known) -> Said:
    """Names that the settings, or clients, may lose without the rules."""
    match condition:
        case DidIs(numbers):
            key, named, there = "did", numbers, known.dids
        case DealIs(stages=stages, currency=currency):
            if currency and known.currencies is not None and currency not in known.currencies:
                yield "no_such_currency", True, {"currency": currency}
            key, named, there = "stage", stages, stages if known.stages is None else known.stages
        case TagIs(tags):
            key, named, there = "tag", tags, tags if known.tags is None else known.tags
        case BandIs(names):
            key, named, there = "band", names - {NONE}, names if known.bands is None else known.bands
        case _:
            return
    for one in sorted(named - there):
        yield f"no_such_{key}", False, {key: one}


def _of_step(step: RuleStep, known: Known) -> Said:
    match step:
        case ToTeam():
            yield from _of_team(step.team, known)
        case ToSkill():
            if not any(level >= step.at_least for _, level in step.skill.levels):
                yield "nobody_has_skill", True, {"skill": step.skill.name}
        case ToNumber(number=number) if number in known.lines:
            yield "number_is_ours", True, {"number": number}
        case _:
            yield from _of_pbx(step, known)


def _of_pbx(step: RuleStep, known: Known) -> Said:
    match step:
        case ToQueue(queue=queue) if known.queues is not None and queue not in known.queues:
            yield "no_such_queue", True, {"queue": queue}
        case ToVoicemail(mailbox=mailbox) if known.mailboxes is not None and mailbox not in known.mailboxes:
            yield "no_such_mailbox", False, {"mailbox": mailbox}
        case ToAnnouncement(prompt=prompt) | ToCallback(prompt=prompt) if known.sounds is not None:
            if prompt.startswith(OURS) and prompt not in known.sounds:
                yield "no_such_sound", False, {"sound": prompt}
        case _:
            pass


def _of_team(team: str, known: Known) -> Said:
    if team not in known.teams:
        yield "no_such_team", True, {"team": team}
    elif not known.teams[team]:
        yield "team_is_empty", False, {"team": team}
