# SPDX-License-Identifier: Apache-2.0
"""A rule set from its stored form: the tables of config/routing.toml, whether from the file or from the database."""

from collections.abc import Mapping
from typing import Any, Final

from crm_core.domain.routing.given import parse_tests
from crm_core.domain.routing.parse_assign import parse_assign
from crm_core.domain.routing.parse_conditions import House, parse_conditions
from crm_core.domain.routing.parse_hours import parse_hours
from crm_core.domain.routing.parse_steps import parse_steps
from crm_core.domain.routing.parse_tables import parse_lists, parse_skills
from crm_core.domain.routing.reading import Reader, RuleSetError
from crm_core.domain.routing.rules import Rule, RuleSet

FORMAT: Final = 1  # of the language; a body that does not say is of the first


def parse_rules(body: Mapping[str, Any], *, currency: str, region: str, version: int = 0) -> RuleSet:
    """Raise RuleSetError, which knows the path of the key at fault."""
    reader = Reader(body, ())
    _check_format(reader)
    no_answer_s = reader.whole("no_answer_seconds", 0, 3600, 0)
    house = House(
        currency=currency,
        region=region,
        hours=parse_hours(reader.table("hours")),
        lists=parse_lists(reader.table("lists"), region),
        skills=parse_skills(reader.table("skills")),
    )
    rules = tuple(_rule(rule, house) for rule in reader.tables("rule"))
    assign = parse_assign(reader.tables("assign"), house)
    tests = parse_tests(reader.tables("test"), house)
    reader.done()
    _check(rules)
    return RuleSet(
        version=version,
        rules=rules,
        hours=tuple(house.hours.values()),
        lists=tuple(house.lists.values()),
        skills=tuple(house.skills.values()),
        tests=tests,
        assign=assign,
        no_answer_s=no_answer_s,
    )


def _check_format(reader: Reader) -> None:
    said = reader.raw("format", FORMAT)
    if said != FORMAT or isinstance(said, bool):
        raise reader.fail("format", f"these rules are of format {said!r}; this Rolodial reads {FORMAT}")


def _check(rules: tuple[Rule, ...]) -> None:
    if not rules:
        raise RuleSetError((), "there are no rules: at least one [[rule]] without conditions is wanted")
    seen: set[str] = set()
    for index, rule in enumerate(rules):
        if rule.id in seen:
            raise RuleSetError(("rule", index, "id"), f"rule.{index + 1}.id: {rule.id!r} stands twice")
        seen.add(rule.id)
        if not rule.when and index + 1 < len(rules):
            message = (
                f"rule.{index + 1}: {rule.id!r} has no conditions, so the rules after it are never reached"
            )
            raise RuleSetError(("rule", index), message)
    if rules[-1].when:
        message = f"rule.{len(rules)}.when: the last rule must have no conditions, so that every call goes somewhere"
        raise RuleSetError(("rule", len(rules) - 1, "when"), message)


def _rule(reader: Reader, house: House) -> Rule:
    rule_id = reader.text("id", r"[a-z0-9][a-z0-9_-]{0,39}", "a name of small letters, digits, - and _")
    rule = Rule(
        id=rule_id, when=parse_conditions(reader.table("when"), house), steps=parse_steps(reader, house)
    )
    reader.done()
    return rule
