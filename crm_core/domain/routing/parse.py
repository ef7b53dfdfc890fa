# SPDX-License-Identifier: Apache-2.0
"""A rule set from its stored form: the tables of config/routing.toml, whether from the file or from the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from crm_core.domain.bands import LONGEST_NAME
from crm_core.domain.directory.caller_number import e164
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.lead import LeadStatus
from crm_core.domain.money import to_minor
from crm_core.domain.routing.conditions import (
    NONE,
    BandIs,
    CallerIs,
    Condition,
    DidIs,
    HoursAre,
    LeadIs,
    ManagerIs,
    TalkedWithin,
    TurnoverIs,
)
from crm_core.domain.routing.facts import Availability
from crm_core.domain.routing.hours import OpeningHours
from crm_core.domain.routing.parse_hours import parse_hours
from crm_core.domain.routing.parse_steps import parse_steps
from crm_core.domain.routing.reading import Reader, RuleSetError
from crm_core.domain.routing.rules import Rule, RuleSet
from crm_core.domain.turnover import Window

KNOWN = "known"
_CALLERS = ("contact", "company", "lead", "unknown", "withheld", "own")
_ASSIGNED = "assigned"
_DID = r"\+?[0-9*#]{1,20}"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the house says about money and numbers in rules."""

    currency: str
    region: str


def parse_rules(body: Mapping[str, Any], *, currency: str, region: str, version: int = 0) -> RuleSet:
    """Raise RuleSetError, which knows the path of the key at fault."""
    reader, house = Reader(body, ()), House(currency=currency, region=region)
    no_answer_s = reader.whole("no_answer_seconds", 0, 3600, 0)
    hours = parse_hours(reader.table("hours"))
    rules = tuple(_rule(rule, hours, house) for rule in reader.tables("rule"))
    reader.done()
    _check(rules)
    return RuleSet(version=version, rules=rules, no_answer_s=no_answer_s)


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


def _rule(reader: Reader, hours: Mapping[str, OpeningHours], house: House) -> Rule:
    rule_id = reader.text("id", r"[a-z0-9][a-z0-9_-]{0,39}", "a name of small letters, digits, - and _")
    when = reader.table("when")
    conditions = tuple(_condition(key, when, hours, house) for key in when.keys())  # noqa: SIM118 - not a mapping
    rule = Rule(id=rule_id, when=conditions, steps=parse_steps(reader, house.region))
    reader.done()
    return rule


def _condition(key: str, when: Reader, hours: Mapping[str, OpeningHours], house: House) -> Condition:
    if key in {"open", "closed"}:
        name = when.one_of(key, hours) if hours else None
        if name is None:
            raise when.fail(key, "no [hours.NAME] stands in this file")
        return HoursAre(hours[name], is_open=key == "open")
    make = _MAKERS.get(key)
    if make is None:
        raise when.fail(key, f"is no condition (known: {', '.join(sorted([*_MAKERS, 'open', 'closed']))})")
    return make(when, house)


def _caller(when: Reader, _house: House) -> Condition:
    kinds = when.some_of("caller", (*_CALLERS, KNOWN))
    return CallerIs(kinds - {KNOWN} | ({"contact", "company"} if KNOWN in kinds else set()))


def _lead_status(when: Reader, _house: House) -> Condition:
    return LeadIs(when.some_of("lead_status", [status.value for status in LeadStatus]))


def _manager(when: Reader, _house: House) -> Condition:
    states = frozenset(state.value for state in Availability)
    asked = when.some_of("manager", (*states, NONE, _ASSIGNED))
    return ManagerIs(asked - {_ASSIGNED} | (states if _ASSIGNED in asked else set()))


def _turnover(when: Reader, house: House) -> Condition:
    table = when.table("turnover")
    window = table.one_of("window", [window.value for window in Window])
    at_least, below = (_amount(table, key, house.currency) for key in ("at_least", "below"))
    table.done()
    if at_least is None and below is None:
        raise when.fail("turnover", "at_least or below is wanted")
    return TurnoverIs(window, at_least, below)


def _amount(table: Reader, key: str, currency: str) -> int | None:
    value = table.raw(key)
    if value is None:
        return None
    try:
        return to_minor(Decimal(str(value)), currency)
    except (InvalidInputError, InvalidOperation):
        raise table.fail(key, f"an amount in {currency} is wanted, not {value!r}") from None


def _did(when: Reader, house: House) -> Condition:
    value = when.raw("did")
    numbers = [value] if isinstance(value, str) else value
    if not isinstance(numbers, list) or not numbers:
        raise when.fail("did", f"a number of ours, or a list of them, is wanted, not {value!r}")
    for number in numbers:
        Reader({"did": number}, when.path).text("did", _DID, "a number of ours")
    return DidIs(frozenset(e164(number, house.region) or number for number in numbers))


def _last_operator_days(when: Reader, _house: House) -> Condition:
    return TalkedWithin(when.whole("last_operator_days", 1, 3650))


def _band(when: Reader, _house: House) -> Condition:
    """Bands are named in the settings, which may change without the rules: any name will do."""
    value = when.raw("band")
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(_is_name(name) for name in names):
        raise when.fail("band", f"a band, or a list of them, is wanted, not {value!r}")
    return BandIs(frozenset(names))


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()


_MAKERS: dict[str, Callable[[Reader, House], Condition]] = {
    "caller": _caller,
    "lead_status": _lead_status,
    "manager": _manager,
    "turnover": _turnover,
    "did": _did,
    "last_operator_days": _last_operator_days,
    "band": _band,
}
