# SPDX-License-Identifier: Apache-2.0
"""Which rules can never match: their conditions exclude each other, or an earlier rule takes every call of theirs."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from crm_core.domain.routing.assign_rules import AssignRule, Source
from crm_core.domain.routing.client_conditions import DealIs, DebtIs, TagIs, TaskIs
from crm_core.domain.routing.conditions import (
    DID,
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
from crm_core.domain.routing.field_conditions import EMPTY, FieldIs, implies
from crm_core.domain.routing.finding import Finding
from crm_core.domain.routing.number_conditions import (
    CountryIs,
    IsOnList,
    LanguageIs,
    NumberBegins,
    NumberKindIs,
)
from crm_core.domain.routing.parse_conditions import CALLERS
from crm_core.domain.routing.rules import Rule
from crm_core.domain.routing.write import values_of

_EVERYBODY = frozenset(CALLERS)
_CLIENTS = frozenset({"contact", "company", SHARED})
MANAGED = _CLIENTS | {"lead"}  # who may have a manager
_MANAGERS = frozenset({*(state.value for state in Availability), NONE})
_CALLERS_OF: dict[type, frozenset[str]] = {
    LeadIs: frozenset({"lead"}),
    TagIs: _CLIENTS,
    TalkedWithin: MANAGED,
}
_NUMBERED = (NumberBegins, CountryIs, NumberKindIs, IsOnList)


def never_matches(
    rules: Sequence[Rule | AssignRule], everybody: frozenset[str] = _EVERYBODY
) -> Iterator[Finding]:
    """`everybody`: the kinds of callers that are asked about at all."""
    takers: list[Rule | AssignRule] = []
    asked: list[frozenset[type]] = []  # of each of them: most are told apart by it alone
    for rule in rules:
        if excluded := _excluded(rule.when):
            params = {"one": excluded[0].name, "other": excluded[1].name}
            yield Finding(code="contradiction", grave=True, rule=rule.id, params=params)
            continue
        callers = everybody.intersection(*map(callers_of, rule.when))
        kinds = _implied_kinds(rule.when)
        near = (one for one, needed in zip(takers, asked, strict=True) if needed <= kinds)
        cover = next((one for one in near if _covers(one.when, rule.when, callers)), None)
        if cover is not None:
            yield Finding(code="covered", grave=True, rule=rule.id, params={"by": cover.id})
        elif together := _covering_together(takers, rule, everybody):
            params = {"by": ", ".join(together)}
            yield Finding(code="covered_together", grave=True, rule=rule.id, params=params)
        if _takes_all(rule):
            takers.append(rule)
            asked.append(frozenset(map(type, rule.when)) - {CallerIs})


def _implied_kinds(given: Sequence[Condition]) -> frozenset[type]:
    """Of conditions that may follow from these; who the caller is, may follow from any."""
    kinds = frozenset(map(type, given))
    return kinds | {ManagerIs} if DeputyIs in kinds else kinds


def _takes_all(rule: Rule | AssignRule) -> bool:
    """A rule of calls takes what fits it; one that gives clients may have nobody to give them to."""
    return isinstance(rule, Rule) or rule.is_final


def callers_of(condition: Condition) -> frozenset[str]:  # noqa: PLR0911 - one for each kind
    """The kinds of callers for whom it can hold."""
    if fixed := _fixed(condition):
        return fixed
    match condition:
        case CallerIs():
            return condition.fitting
        case ManagerIs() | DeputyIs():
            return _EVERYBODY if NONE in condition.states else MANAGED
        case BandIs() | TaskIs():
            return _EVERYBODY if NONE in values_of(condition) else _CLIENTS
        case DealIs():
            return _CLIENTS if condition.wanted else _EVERYBODY
        case TurnoverIs() | DebtIs():
            return _CLIENTS if condition.at_least is not None and condition.at_least > 0 else _EVERYBODY
        case MissedToday():
            return _EVERYBODY - {"withheld"} if condition.wanted else _EVERYBODY
        case _:
            return _EVERYBODY - {"withheld"} if isinstance(condition, _NUMBERED) else _EVERYBODY


def _fixed(condition: Condition) -> frozenset[str] | None:
    if not isinstance(condition, FieldIs):
        return _CALLERS_OF.get(type(condition))
    if condition.state == EMPTY:
        return _EVERYBODY
    return frozenset({"contact", SHARED}) if condition.field.startswith("contact.") else _CLIENTS


def _excluded(conditions: Sequence[Condition]) -> tuple[Condition, Condition] | None:
    """Two that cannot hold at once; a condition with itself, when it never holds."""
    for one in conditions:
        if isinstance(one, TurnoverIs | DebtIs) and _is_empty(one):
            return one, one
    return next((pair for pair in combinations(conditions, 2) if _exclude(*pair)), None)


def _exclude(one: Condition, other: Condition) -> bool:
    if not callers_of(one) & callers_of(other):
        return True
    if isinstance(one, SourceIs) or isinstance(other, SourceIs):
        return _without_call(one, other) or _without_call(other, one)
    if isinstance(one, DeputyIs) and isinstance(other, ManagerIs):
        return _exclude(other, one)
    if isinstance(one, ManagerIs) and isinstance(other, DeputyIs):
        return NONE not in other.states and Availability.AWAY.value not in one.states
    return _opposite(one) == other if isinstance(one, HoursAre | KeptHoursAre) else False


def _without_call(source: Condition, other: Condition) -> bool:
    """Who has just come otherwise than by a call has called none of our numbers, and talked with nobody."""
    if not isinstance(source, SourceIs) or Source.CALL in source.sources:
        return False
    return isinstance(other, DidIs | LanguageIs | TalkedWithin)


def _opposite(hours: HoursAre | KeptHoursAre) -> Condition:
    if isinstance(hours, HoursAre):
        return HoursAre(hours.hours, is_open=not hours.is_open)
    return KeptHoursAre(hours.key, is_open=not hours.is_open)


def _is_empty(asked: TurnoverIs | DebtIs) -> bool:
    return asked.at_least is not None and asked.below is not None and asked.at_least >= asked.below


def _covers(earlier: Sequence[Condition], later: Sequence[Condition], callers: frozenset[str]) -> bool:
    """Whether every call that fits the later fits the earlier. `callers`: for whom the later can hold."""
    return all(_follows(one, later, callers) for one in earlier)


def _follows(wanted: Condition, given: Iterable[Condition], callers: frozenset[str]) -> bool:
    if isinstance(wanted, CallerIs) and callers <= wanted.fitting:
        return True
    return any(_implies(one, wanted) for one in given)


def _implies(one: Condition, other: Condition) -> bool:  # noqa: PLR0911 - one for each kind
    if one == other:
        return True
    match one, other:
        case (TurnoverIs() | DebtIs(), TurnoverIs() | DebtIs()):
            return _window(one) == _window(other) and _inside(one, other)
        case DealIs(wanted=True), DealIs(wanted=True):
            return _is_such(one, other)
        case FieldIs(), FieldIs():
            return implies(one, other)
        case TalkedWithin(), TalkedWithin():
            return one.days <= other.days
        case NumberBegins(), NumberBegins():
            return all(begins.startswith(tuple(other.beginnings)) for begins in one.beginnings)
        case DeputyIs(), ManagerIs():
            return NONE not in one.states and Availability.AWAY.value in other.states
        case _:
            return type(one) is type(other) and bool(values_of(one)) and values_of(one) <= values_of(other)


def _window(one: TurnoverIs | DebtIs) -> str | None:
    return one.window if isinstance(one, TurnoverIs) else None


def _inside(one: TurnoverIs | DebtIs, other: TurnoverIs | DebtIs) -> bool:
    low = other.at_least is None or (one.at_least is not None and one.at_least >= other.at_least)
    return low and (other.below is None or (one.below is not None and one.below <= other.below))


def _is_such(one: DealIs, other: DealIs) -> bool:
    at_such_stage = not other.stages or (bool(one.stages) and one.stages <= other.stages)
    if other.at_least is None:
        return at_such_stage
    as_much = one.at_least is not None and one.at_least >= other.at_least
    return at_such_stage and as_much and one.currency == other.currency


def _covering_together(
    earlier: Sequence[Rule | AssignRule], rule: Rule | AssignRule, everybody: frozenset[str]
) -> list[str]:
    """Rules of one condition each that leave nothing between them: caller known; caller not known; the rest."""
    simple = [(one.id, one.when[0]) for one in earlier if len(one.when) == 1]
    for group in _alternatives(simple):
        if _leaves_nothing([condition for _, condition in group], rule.when, everybody):
            return [name for name, _ in group]
    return []


def _alternatives(simple: Sequence[tuple[str, Condition]]) -> Iterator[list[tuple[str, Condition]]]:
    for kind in dict.fromkeys(type(condition) for _, condition in simple):
        yield [one for one in simple if type(one[1]) is kind]


def _leaves_nothing(
    taken: Sequence[Condition], given: Sequence[Condition], everybody: frozenset[str]
) -> bool:
    first = taken[0]
    if isinstance(first, HoursAre | KeptHoursAre):
        return any(
            _opposite(one) in taken and _is_always_known(one) for one in taken if isinstance(one, type(first))
        )
    if isinstance(first, NumberBegins):
        return False
    union = frozenset[str]().union(*map(values_of, taken))
    if isinstance(first, CallerIs):
        fitting = frozenset[str]().union(*map(callers_of, taken))
        return everybody.intersection(*map(callers_of, given)) <= fitting
    if isinstance(first, ManagerIs) and union >= _MANAGERS:
        return True
    return any(type(one) is type(first) and values_of(one) <= union for one in given if values_of(one))


def _is_always_known(hours: Condition) -> bool:
    """Hours by a name in the settings are neither open nor closed once nobody keeps them any more."""
    return not isinstance(hours, KeptHoursAre) or hours.key == DID
