# SPDX-License-Identifier: Apache-2.0
"""A rule set from its stored form: the tables of config/routing.toml, whether from the file or from the database."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from crm_core.domain.routing.assign_rules import AssignRule
from crm_core.domain.routing.given import parse_tests
from crm_core.domain.routing.parse_assign import parse_assign
from crm_core.domain.routing.parse_conditions import House, parse_conditions
from crm_core.domain.routing.parse_hours import parse_hours
from crm_core.domain.routing.parse_steps import parse_steps
from crm_core.domain.routing.parse_tables import parse_lists, parse_skills
from crm_core.domain.routing.reading import RULE_NAME, Reader, RuleSetError
from crm_core.domain.routing.rules import Rule, RuleSet

FORMAT: Final = 1  # of the language; a body that does not say is of the first
_Kind = TypeVar("_Kind", Rule, AssignRule)
_Every = Iterable[tuple[int, _Kind, bool]]  # with their places, and whether they are switched off


def parse_rules(body: Mapping[str, Any], *, currency: str, region: str, version: int = 0) -> RuleSet:
    """Raise RuleSetError, which knows the path of the key at fault."""
    reader = Reader(body, ())
    _check_format(reader)
    no_answer_s = reader.whole("no_answer_seconds", 0, 3600, 0)
    house = house_of(reader, currency, region)
    every = [(place, *_rule(rule, house)) for place, rule in enumerate(reader.tables("rule"))]
    assign = parse_assign(reader.tables("assign"), house)
    tests = parse_tests(reader.tables("test"), house)
    reader.done()
    _check(every)
    return RuleSet(
        version=version,
        rules=_on(every),
        off=_off(every),
        hours=tuple(house.hours.values()),
        lists=tuple(house.lists.values()),
        skills=tuple(house.skills.values()),
        tests=tests,
        assign=_on(assign),
        assign_off=_off(assign),
        no_answer_s=no_answer_s,
    )


def _on(every: _Every[_Kind]) -> tuple[_Kind, ...]:
    return tuple(rule for _, rule, off in every if not off)


def _off(every: _Every[_Kind]) -> tuple[tuple[int, _Kind], ...]:
    return tuple((place, rule) for place, rule, off in every if off)


def house_of(reader: Reader, currency: str, region: str) -> House:
    """With the tables of the rules that conditions and steps name."""
    return House(
        currency=currency,
        region=region,
        hours=parse_hours(reader.table("hours")),
        lists=parse_lists(reader.table("lists"), region),
        skills=parse_skills(reader.table("skills")),
    )


def _check_format(reader: Reader) -> None:
    said = reader.raw("format", FORMAT)
    if said != FORMAT or isinstance(said, bool):
        raise reader.fail(
            "format",
            "these rules are of format %(said)r; this Rolodial reads %(reads)s",
            said=said,
            reads=FORMAT,
        )


def _check(every: list[tuple[int, Rule, bool]]) -> None:
    if not every:
        raise RuleSetError((), "there are no rules: at least one [[rule]] without conditions is wanted")
    seen: set[str] = set()
    last = len(every) - 1
    for place, rule, off in every:
        if rule.id in seen:
            raise RuleSetError(("rule", place, "id"), "%(name)r stands twice", name=rule.id)
        seen.add(rule.id)
        if not rule.when and not off and place < last:
            text = "%(name)r has no conditions, so the rules after it are never reached"
            raise RuleSetError(("rule", place), text, name=rule.id)
    if every[-1][1].when:
        text = "the last rule must have no conditions, so that every call goes somewhere"
        raise RuleSetError(("rule", last, "when"), text)
    if every[-1][2]:
        raise RuleSetError(("rule", last, "off"), "the last rule cannot be switched off")


def _rule(reader: Reader, house: House) -> tuple[Rule, bool]:
    """And whether it is switched off."""
    rule_id = reader.text("id", RULE_NAME, "a name of small letters, digits, - and _")
    off = reader.flag("off", default=False)
    rule = Rule(
        id=rule_id, when=parse_conditions(reader.table("when"), house), steps=parse_steps(reader, house)
    )
    reader.done()
    return rule, off
