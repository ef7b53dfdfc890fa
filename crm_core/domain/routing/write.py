# SPDX-License-Identifier: Apache-2.0
"""A rule set back into the form it is kept in: what parse_rules reads from it is the same rule set."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from crm_core.domain.money import from_minor
from crm_core.domain.routing.assign_rules import HEIRS, AmongTeam, AssignRule, Share, ToPerson
from crm_core.domain.routing.client_conditions import DealIs, DebtIs, TagIs, TaskIs
from crm_core.domain.routing.conditions import (
    NONE,
    BandIs,
    CallerIs,
    Condition,
    DeputyIs,
    DidIs,
    HoursAre,
    KeptHoursAre,
    LeadIs,
    ManagerIs,
    MissedToday,
    SourceIs,
    TalkedWithin,
    TurnoverIs,
)
from crm_core.domain.routing.field_conditions import FieldIs
from crm_core.domain.routing.keyed import KeyedIs, MenuIs
from crm_core.domain.routing.number_conditions import (
    CountryIs,
    IsOnList,
    LanguageIs,
    NumberBegins,
    NumberKindIs,
    NumberList,
    TrunkIs,
)
from crm_core.domain.routing.parse_field import field_as_kept
from crm_core.domain.routing.parse_hours import hours_as_kept
from crm_core.domain.routing.rules import (
    AT_MOST,
    TO,
    How,
    Rule,
    RuleSet,
    RuleStep,
    ToAnnouncement,
    ToCallback,
    ToLastOperator,
    ToNumber,
    ToQueue,
    ToSkill,
    ToTeam,
    ToVoicemail,
)

Kept = dict[str, Any]
_Kind = TypeVar("_Kind", Rule, AssignRule)


def rules_as_kept(rules: RuleSet, currency: str) -> Kept:
    """Tables as parse_rules takes them; what is as usual is left out."""
    body: Kept = {"no_answer_seconds": rules.no_answer_s} if rules.no_answer_s else {}
    tables = {
        "hours": {hours.name: hours_as_kept(hours) for hours in rules.hours},
        "lists": {one.name: _list(one) for one in rules.lists},
        "skills": {skill.name: dict(skill.levels) for skill in rules.skills},
    }
    body |= {name: table for name, table in tables.items() if table}
    body["rule"] = _all(rules.rules, rules.off, lambda rule: _rule(rule, currency))
    if assign := _all(rules.assign, rules.assign_off, lambda rule: _assign(rule, currency)):
        body["assign"] = assign
    return body | ({"test": [dict(test.said) for test in rules.tests]} if rules.tests else {})


def _all(on: Iterable[_Kind], off: Iterable[tuple[int, _Kind]], say: Callable[[_Kind], Kept]) -> list[Kept]:
    """In their order, with those that are switched off in their places."""
    said = [say(rule) for rule in on]
    for place, rule in off:
        table = say(rule)
        said.insert(place, {"id": table.pop("id"), "off": True, **table})
    return said


def _rule(rule: Rule, currency: str) -> Kept:
    when = {condition.name: _asked(condition, currency) for condition in rule.when}
    return {"id": rule.id} | ({"when": when} if when else {}) | {"step": [_step(step) for step in rule.steps]}


def _assign(rule: AssignRule, currency: str) -> Kept:
    when = {condition.name: _asked(condition, currency) for condition in rule.when}
    said: Kept = {"id": rule.id} | ({"when": when} if when else {}) | {"to": HEIRS[type(rule.to)]}
    match rule.to:
        case ToPerson(login=login):
            said["login"] = login
        case AmongTeam(team=team, how=how):
            said["team"] = team
            if how is not Share.FEWEST_CLIENTS:
                said["how"] = how.value
        case _:
            pass
    return said


def _list(numbers: NumberList) -> Kept:
    said = {"numbers": sorted(numbers.numbers), "beginnings": list(numbers.beginnings)}
    return {key: some for key, some in said.items() if some}


def _asked(condition: Condition, currency: str) -> Any:  # noqa: PLR0911 - one for each kind
    """The value of its key in [rule.when]."""
    match condition:
        case TurnoverIs() | DebtIs():
            window = {"window": condition.window} if isinstance(condition, TurnoverIs) else {}
            return window | _limits(condition, currency)
        case DealIs() | FieldIs():
            return _deal(condition, currency) if isinstance(condition, DealIs) else field_as_kept(condition)
        case HoursAre():
            return condition.hours.name
        case KeptHoursAre():
            return condition.key
        case IsOnList():
            return condition.numbers.name
        case TalkedWithin():
            return condition.days
        case MissedToday():
            return condition.wanted
        case _:
            return _one_or_some(values_of(condition))


def values_of(condition: Condition) -> frozenset[str]:
    """Of a condition that names one or some of several; empty for any other."""
    match condition:
        case (
            CallerIs(values)
            | SourceIs(values)
            | LeadIs(values)
            | ManagerIs(values)
            | DeputyIs(values)
            | DidIs(values)
        ):
            return values
        case CountryIs(values) | NumberKindIs(values) | NumberBegins(values):
            return values
        case (
            TrunkIs(values)
            | LanguageIs(values)
            | BandIs(values)
            | MenuIs(values)
            | KeyedIs(values)
            | TagIs(values)
            | TaskIs(values)
        ):
            return values
        case _:
            return frozenset()


def _one_or_some(values: frozenset[str]) -> str | list[str]:
    ordered = sorted(values)
    return ordered[0] if len(ordered) == 1 else ordered


def _limits(condition: TurnoverIs | DebtIs, currency: str) -> Kept:
    limits = (("at_least", condition.at_least), ("below", condition.below))
    return {key: _amount(units, currency) for key, units in limits if units is not None}


def _deal(condition: DealIs, currency: str) -> Kept:
    if not condition.wanted:
        return {"has": NONE}
    said: Kept = {"stage": _one_or_some(condition.stages)} if condition.stages else {}
    if condition.at_least is not None:
        said["at_least"] = _amount(condition.at_least, condition.currency)
        if condition.currency != currency:
            said["currency"] = condition.currency
    return said


def _amount(units: int, currency: str) -> int | float:
    amount = from_minor(units, currency)
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _step(step: RuleStep) -> Kept:
    said: Kept = {"to": TO[type(step)], **_target(step)}
    if not isinstance(step, ToAnnouncement):
        said["seconds"] = step.seconds
    if step.if_manager:
        said["if_manager"] = _one_or_some(step.if_manager)
    return said


def _target(step: RuleStep) -> Kept:  # noqa: PLR0911 - one for each kind
    match step:
        case ToTeam():
            return {"team": step.team, **_group(step)}
        case ToSkill():
            return {"skill": step.skill.name, "at_least": step.at_least, **_group(step)}
        case ToQueue():
            return {"queue": step.queue} | ({"priority": step.priority} if step.priority else {})
        case ToLastOperator():
            return {} if step.within_days is None else {"within_days": step.within_days}
        case ToNumber():
            return {"number": step.number}
        case ToVoicemail():
            return {"mailbox": step.mailbox}
        case ToAnnouncement() | ToCallback():
            return {"prompt": step.prompt}
        case _:
            return {}


def _group(step: ToTeam | ToSkill) -> Kept:
    said: Kept = {"prefer": "last_operator"} if step.prefer_last_operator else {}
    if step.how is not How.RING_ALL:
        said["how"] = step.how.value
    if step.at_most != AT_MOST:
        said["at_most"] = step.at_most
    return said
