# SPDX-License-Identifier: Apache-2.0
"""Whose client somebody becomes: the first rule that fits and has somebody to give; and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from crm_core.domain.routing.assign_rules import (
    AmongTeam,
    AssignRule,
    Share,
    ToFirstTalk,
    ToNobody,
    ToPerson,
)
from crm_core.domain.routing.decision import Why
from crm_core.domain.routing.facts import Facts

Turn = tuple[str, UUID]  # of somebody in a team, by its name


@dataclass(slots=True, kw_only=True)
class Standing:
    """Who could be given clients, and what decides whose turn it is; `give` counts on."""

    names: Mapping[UUID, str]  # who works here and is not away
    logins: Mapping[str, UUID]
    teams: Mapping[str, Sequence[UUID]]
    clients: dict[UUID, int] = field(default_factory=dict)
    turns: dict[Turn, int] = field(default_factory=dict)  # a running number: the higher, the later
    given: set[Turn] = field(default_factory=set)  # whose turn came since it was read

    def give(self, decision: "Assigned") -> None:
        if decision.user is None:
            return
        self.clients[decision.user] = self.clients.get(decision.user, 0) + 1
        if isinstance(decision.to, AmongTeam):
            turn = (decision.to.team, decision.user)
            self.turns[turn] = max(self.turns.values(), default=0) + 1
            self.given.add(turn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """`rule`: None when none fits. `why`: of its conditions, and of the choice. `passed`: rules that had nobody."""

    user: UUID | None = None
    rule: str | None = None
    to: Any = None
    why: tuple[Why, ...] = ()
    passed: tuple[str, ...] = ()


def matching(rules: Sequence[AssignRule], facts: Facts) -> AssignRule | None:
    """The first rule whose conditions hold, whoever may be away."""
    return next((rule for rule in rules if all(one.holds(facts) for one in rule.when)), None)


def assign(
    rules: Sequence[AssignRule], facts: Facts, standing: Standing, first_talk: UUID | None = None
) -> Assigned:
    """`first_talk`: who of us talked with them first; None: nobody has."""
    passed: list[str] = []
    for rule in rules:
        if not all(one.holds(facts) for one in rule.when):
            continue
        user, why = _heir(rule, first_talk, standing)
        if user is None and not rule.is_final:
            passed.append(rule.id)
            continue
        because = (*(one.saw(facts) for one in rule.when), why)
        return Assigned(user=user, rule=rule.id, to=rule.to, why=because, passed=tuple(passed))
    return Assigned(passed=tuple(passed))


def fewest(people: Sequence[UUID], clients: Mapping[UUID, int]) -> UUID | None:
    """Of equals the one who is here longest."""
    return min(people, key=lambda one: (clients.get(one, 0), one), default=None)


def _heir(rule: AssignRule, talked: UUID | None, standing: Standing) -> tuple[UUID | None, Why]:
    match rule.to:
        case ToPerson(login=login):
            named = standing.logins.get(login)
            return (named if named in standing.names else None), Why(code="assign_person")
        case ToFirstTalk():
            if talked is None:
                return None, Why(code="assign_waits")
            return (talked if talked in standing.names else None), Why(code="assign_first_talk")
        case AmongTeam():
            return _among(rule.to, standing)
        case ToNobody():
            return None, Why(code="assign_nobody")


def _among(to: AmongTeam, standing: Standing) -> tuple[UUID | None, Why]:
    able = [one for one in standing.teams.get(to.team, ()) if one in standing.names]
    if to.how is Share.FEWEST_CLIENTS:
        chosen = fewest(able, standing.clients)
        count = standing.clients.get(chosen, 0) if chosen else 0
        return chosen, Why(code="assign_fewest", params={"team": to.team, "count": count})
    turn = min(able, key=lambda one: (standing.turns.get((to.team, one), 0), one), default=None)
    return turn, Why(code="assign_turn", params={"team": to.team})
