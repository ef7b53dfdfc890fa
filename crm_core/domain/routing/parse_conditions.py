# SPDX-License-Identifier: Apache-2.0
"""The conditions of a rule from their stored form: the keys of [rule.when]."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from crm_core.domain.bands import LONGEST_NAME
from crm_core.domain.deal import LONGEST_STAGE
from crm_core.domain.directory.caller_number import e164
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.lead import LeadStatus
from crm_core.domain.money import to_minor
from crm_core.domain.phone import regions
from crm_core.domain.routing.assign_rules import Source
from crm_core.domain.routing.client_conditions import DUES, OPEN, DealIs, DebtIs, TagIs, TaskIs
from crm_core.domain.routing.conditions import (
    DID,
    HOUSE,
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
from crm_core.domain.routing.facts import SHARED, Availability
from crm_core.domain.routing.hours import OpeningHours
from crm_core.domain.routing.keyed import KEYED, MENU, KeyedIs, MenuIs
from crm_core.domain.routing.number_conditions import (
    CountryIs,
    IsOnList,
    LanguageIs,
    NumberBegins,
    NumberKindIs,
    NumberList,
    TrunkIs,
)
from crm_core.domain.routing.number_facts import NUMBER_KINDS
from crm_core.domain.routing.parse_field import parse_field
from crm_core.domain.routing.reading import Reader
from crm_core.domain.routing.rules import Skill
from crm_core.domain.tags import LONGEST as LONGEST_TAG
from crm_core.domain.turnover import Window

KNOWN = "known"
CALLERS = ("contact", "company", SHARED, "lead", "unknown", "withheld", "own")
_STATES = frozenset(state.value for state in Availability)
_ASSIGNED = "assigned"
_DID = r"\+?[0-9*#]{1,20}"
BEGINNING = r"\+[1-9][0-9]{0,14}"
_TRUNK = r"[A-Za-z0-9_@/.+-]{1,80}"
_LANGUAGE = r"[a-z]{2,3}"
_TAG = rf"[^\x00-\x1f\x7f,]{{1,{LONGEST_TAG}}}"
STAGE = rf"[^\x00-\x1f\x7f,]{{1,{LONGEST_STAGE}}}"
CURRENCY = r"[A-Z]{3}"
_BAND = rf"[^\x00-\x1f\x7f]{{1,{LONGEST_NAME}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the house says about money and numbers in rules, and the tables that conditions and steps name."""

    currency: str
    region: str
    hours: Mapping[str, OpeningHours] = field(default_factory=dict)
    lists: Mapping[str, NumberList] = field(default_factory=dict)
    skills: Mapping[str, Skill] = field(default_factory=dict)


def parse_conditions(when: Reader, house: House) -> tuple[Condition, ...]:
    return tuple(_condition(key, when, house) for key in when.keys())  # noqa: SIM118 - not a mapping


def manager_states(table: Reader, key: str) -> frozenset[str]:
    """States of the assigned manager, 'none', or 'assigned' for all that is not 'none'."""
    asked = table.some_of(key, (*_STATES, NONE, _ASSIGNED))
    return asked - {_ASSIGNED} | (_STATES if _ASSIGNED in asked else set())


def _condition(key: str, when: Reader, house: House) -> Condition:
    make = _MAKERS.get(key)
    if make is None:
        raise when.fail(key, "is no condition (known: %(known)s)", known=", ".join(sorted(_MAKERS)))
    return make(when, house)


def _open(when: Reader, house: House) -> Condition:
    return _hours(when, house, "open")


def _closed(when: Reader, house: House) -> Condition:
    return _hours(when, house, "closed")


def _hours(when: Reader, house: House, key: str) -> Condition:
    """Of the number they called, by a name in the settings, or by a table of this file."""
    value = when.raw(key)
    if isinstance(value, str) and (value == DID or (value.startswith(HOUSE) and value != HOUSE)):
        return KeptHoursAre(value, is_open=key == "open")
    if not house.hours:
        raise when.fail(key, "no [hours.NAME] stands in this file (else: did, house:NAME)")
    return HoursAre(house.hours[when.one_of(key, house.hours)], is_open=key == "open")


def _caller(when: Reader, _house: House) -> Condition:
    kinds = when.some_of("caller", (*CALLERS, KNOWN))
    return CallerIs(kinds - {KNOWN} | ({"contact", "company"} if KNOWN in kinds else set()))


def _lead_status(when: Reader, _house: House) -> Condition:
    return LeadIs(when.some_of("lead_status", [status.value for status in LeadStatus]))


def _manager(when: Reader, _house: House) -> Condition:
    return ManagerIs(manager_states(when, "manager"))


def _deputy(when: Reader, _house: House) -> Condition:
    return DeputyIs(manager_states(when, "deputy"))


def _turnover(when: Reader, house: House) -> Condition:
    table = when.table("turnover")
    window = table.one_of("window", [window.value for window in Window])
    at_least, below = (amount(table, key, house.currency) for key in ("at_least", "below"))
    table.done()
    if at_least is None and below is None:
        raise when.fail("turnover", "at_least or below is wanted")
    return TurnoverIs(window, at_least, below)


def amount(table: Reader, key: str, currency: str) -> int | None:
    value = table.raw(key)
    if value is None:
        return None
    try:
        return to_minor(Decimal(str(value)), currency)
    except (InvalidInputError, InvalidOperation):
        raise table.fail(
            key, "an amount in %(currency)s is wanted, not %(value)r", currency=currency, value=value
        ) from None


def _did(when: Reader, house: House) -> Condition:
    value = when.raw("did")
    numbers = [value] if isinstance(value, str) else value
    if not isinstance(numbers, list) or not numbers:
        raise when.fail(
            "did",
            "%(what)s, or a list of them, is wanted, not %(value)r",
            what="a number of ours",
            value=value,
        )
    for number in numbers:
        Reader({"did": number}, when.path).text("did", _DID, "a number of ours")
    return DidIs(frozenset(e164(number, house.region) or number for number in numbers))


def _last_operator_days(when: Reader, _house: House) -> Condition:
    return TalkedWithin(when.whole("last_operator_days", 1, 3650))


def _missed_today(when: Reader, _house: House) -> Condition:
    return MissedToday(when.flag("missed_today"))


def _number_begins(when: Reader, _house: House) -> Condition:
    return NumberBegins(when.texts("number_begins", BEGINNING, "the beginning of a number (as +7495)"))


def _country(when: Reader, _house: House) -> Condition:
    return CountryIs(when.some_of("country", regions()))


def _number_kind(when: Reader, _house: House) -> Condition:
    return NumberKindIs(when.some_of("number_kind", NUMBER_KINDS))


def _on_list(when: Reader, house: House) -> Condition:
    if not house.lists:
        raise when.fail("on_list", "no [lists.NAME] stands in this file")
    return IsOnList(house.lists[when.one_of("on_list", house.lists)])


def _trunk(when: Reader, _house: House) -> Condition:
    return TrunkIs(when.texts("trunk", _TRUNK, "a device calls come in by (as PJSIP/trunk)"))


def _language(when: Reader, _house: House) -> Condition:
    return LanguageIs(when.texts("language", _LANGUAGE, "a language (as ru)"))


def _menu(when: Reader, _house: House) -> Condition:
    return MenuIs(when.texts("menu", MENU, "a choice of the menu (a key, or a name the dialplan gives it)"))


def _keyed(when: Reader, _house: House) -> Condition:
    return KeyedIs(when.some_of("keyed", KEYED))


def _source(when: Reader, _house: House) -> Condition:
    if "rule" in when.path:
        raise when.fail("source", "is asked of by [[assign]] only: a call always comes by a call")
    return SourceIs(when.some_of("source", [source.value for source in Source]))


def _band(when: Reader, _house: House) -> Condition:
    """Bands are named in the settings, which may change without the rules: any name will do."""
    return BandIs(when.texts("band", _BAND, "a turnover band"))


def _tag(when: Reader, _house: House) -> Condition:
    """Clients get and lose tags without the rules: any will do."""
    return TagIs(frozenset(one.lower() for one in when.texts("tag", _TAG, "a tag of clients")))


def _debt(when: Reader, house: House) -> Condition:
    table = when.table("debt")
    at_least, below = (amount(table, key, house.currency) for key in ("at_least", "below"))
    table.done()
    if at_least is None and below is None:
        raise when.fail("debt", "at_least or below is wanted")
    return DebtIs(at_least, below)


def _deal(when: Reader, house: House) -> Condition:
    """Stages are named in the settings, which may change without the rules: any will do."""
    table = when.table("deal")
    wanted = table.one_of("has", (OPEN, NONE), OPEN) == OPEN
    stages = table.texts("stage", STAGE, "a stage of deals") if "stage" in table else frozenset[str]()
    currency = table.text("currency", CURRENCY, "a currency (as EUR)", house.currency)
    at_least = amount(table, "at_least", currency)
    table.done()
    if not wanted and (stages or at_least is not None):
        raise table.fail("has", "of who has no open deal neither stage nor sum can be asked")
    if at_least is None and "currency" in table:
        raise table.fail("at_least", "is missing")
    return DealIs(wanted, frozenset(map(str.lower, stages)), at_least, "" if at_least is None else currency)


def _task(when: Reader, _house: House) -> Condition:
    asked = when.some_of("task", (*DUES, OPEN, NONE))
    return TaskIs(asked - {OPEN} | (frozenset(DUES) if OPEN in asked else frozenset()))


def _field(when: Reader, _house: House) -> Condition:
    return parse_field(when.table("field"))


_MAKERS: dict[str, Callable[[Reader, House], Condition]] = {
    "caller": _caller,
    "lead_status": _lead_status,
    "manager": _manager,
    "turnover": _turnover,
    "band": _band,
    "tag": _tag,
    "field": _field,
    "debt": _debt,
    "deal": _deal,
    "task": _task,
    "source": _source,
    "did": _did,
    "last_operator_days": _last_operator_days,
    "deputy": _deputy,
    "missed_today": _missed_today,
    "number_begins": _number_begins,
    "country": _country,
    "number_kind": _number_kind,
    "on_list": _on_list,
    "trunk": _trunk,
    "language": _language,
    "menu": _menu,
    "keyed": _keyed,
    "open": _open,
    "closed": _closed,
}
