# SPDX-License-Identifier: Apache-2.0
"""From facts and a rule set to a decision: pure, so that a stored one can be taken again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from crm_core.domain.routing.conditions import ManagerIs
from crm_core.domain.routing.decision import Decision, Step, StepKind, Why
from crm_core.domain.routing.facts import Availability, Candidate, Facts
from crm_core.domain.routing.ring import AT_ONCE, dial_target, in_order
from crm_core.domain.routing.rules import (
    TO,
    How,
    RuleSet,
    RuleStep,
    ToAnnouncement,
    ToCallback,
    ToDeputy,
    ToLastOperator,
    ToManager,
    ToNumber,
    ToQueue,
    ToSkill,
    ToTeam,
    ToVoicemail,
)
from crm_core.domain.routing.trace import passed_over


def evaluate(facts: Facts, rules: RuleSet) -> Decision:
    """Take the first rule whose conditions all hold, and turn its steps into people, queues and numbers."""
    made = Evaluation(facts, rules)
    for step in made.rule.steps:
        made.add(step)
    return made.decision()


class Evaluation:
    """A decision in the making: its rule is found at once, then each step of it is added. Nobody is rung twice."""

    def __init__(self, facts: Facts, rules: RuleSet) -> None:
        self.steps: list[Step] = []
        self._version = rules.version
        self._priority: int | None = None  # of the first queue
        self._facts = facts
        self._trace = list(_about_caller(facts))
        self._rung: set[UUID] = set()
        place = rules.matcher.first(facts)
        self.rule = rules.rules[place]
        if place:
            self._trace.append(passed_over(place))
        self._trace.append(Why(code="rule_matched", params={"rule": self.rule.id}))

    def decision(self) -> Decision:
        """As far as it is made."""
        return Decision(
            facts=self._facts,
            rule_set_version=self._version,
            rule=self.rule.id,
            steps=tuple(self.steps),
            priority=self._priority or 0,
            why=tuple([condition.saw(self._facts) for condition in self.rule.when]),
            trace=tuple(self._trace),
        )

    def add(self, step: RuleStep) -> None:
        if step.if_manager and not self._is_meant(step):
            return
        match step:
            case ToManager():
                self._person(self._facts.manager, step.seconds, "assigned_manager")
            case ToDeputy():
                self._person(self._facts.deputy, step.seconds, "deputy")
            case ToLastOperator():
                self._last_operator(step)
            case ToTeam():
                self._team(step)
            case ToSkill():
                self._skill(step)
            case _:
                self._elsewhere(step)

    def _is_meant(self, step: RuleStep) -> bool:
        """`if_manager`: one road for those whose manager is on a call, another for those whose manager is away."""
        manager = ManagerIs(step.if_manager)
        if manager.holds(self._facts):
            return True
        why = manager.saw(self._facts)
        params = {"as": TO[type(step)], "saw": why.code, **why.params}
        self._trace.append(Why(code="step_not_meant", params=params))
        return False

    def _elsewhere(self, step: ToQueue | ToNumber | ToVoicemail | ToAnnouncement | ToCallback) -> None:
        match step:
            case ToQueue():
                if self._priority is None:
                    self._priority = step.priority
                self._append(_elsewhere(StepKind.QUEUE, step.seconds, step.queue))
            case ToNumber():
                self._append(_elsewhere(StepKind.NUMBER, step.seconds, step.number))
            case ToVoicemail():
                self._append(_elsewhere(StepKind.VOICEMAIL, step.seconds, step.mailbox))
            case ToAnnouncement():
                self._append(_elsewhere(StepKind.ANNOUNCE, step.seconds, step.prompt))
            case ToCallback():
                self._append(_elsewhere(StepKind.CALLBACK, step.seconds, step.prompt))

    def _last_operator(self, step: ToLastOperator) -> None:
        talked, days = self._facts.last_talk_at, step.within_days
        if days is not None and talked is not None and self._facts.at - talked > timedelta(days=days):
            self._pass_over("last_operator", "talked_long_ago")
            return
        self._person(self._facts.last_operator, step.seconds, "last_operator")

    def _person(self, user_id: UUID | None, seconds: int, code: str) -> None:
        if user_id is None:
            self._pass_over(code, "none")
            return
        person = self._facts.people[user_id]
        if self._free(person, code):
            self._dial([person], seconds, Why(code=code, params={"name": person.name}))

    def _team(self, step: ToTeam) -> None:
        members = [self._facts.people[user_id] for user_id in self._facts.teams[step.team]]
        if not members:
            self._pass_over("team", "no_members", team=step.team)
        free = [person for person in members if self._free(person, "team")]
        said = {"team": step.team, "how": step.how.value}
        self._ring(self._preferred(free, step, {"team": step.team}), step, "team", said)

    def _skill(self, step: ToSkill) -> None:
        """Level by level, the best first."""
        able = self._able(step)
        if not able:
            self._pass_over("skill", "no_members", skill=step.skill.name)
        free = [person for person, _ in able if self._free(person, "skill")]
        rest = self._preferred(free, step, {"skill": step.skill.name})
        levels = {person.id: level for person, level in able}
        for level in sorted({levels[person.id] for person in rest}, reverse=True):
            said: dict[str, object] = {"skill": step.skill.name, "level": level, "how": step.how.value}
            self._ring([person for person in rest if levels[person.id] == level], step, "skill", said)

    def _able(self, step: ToSkill) -> list[tuple[Candidate, int]]:
        logins = self._facts.logins
        found = [(logins[login], level) for login, level in step.skill.levels if level >= step.at_least]
        return [(self._facts.people[one], level) for one, level in found if one is not None]

    def _preferred(
        self, free: list[Candidate], step: ToTeam | ToSkill, among: dict[str, str]
    ) -> list[Candidate]:
        """Ring the one who spoke with this client last alone, if free and among them; give the others."""
        if not step.prefer_last_operator:
            return free
        last = next((person for person in free if person.id == self._facts.last_operator), None)
        if last is None:
            return free
        params = {"name": last.name, **among, "at": _iso(self._facts.last_talk_at)}
        self._dial([last], step.seconds, Why(code="last_operator", params=params))
        return [person for person in free if person is not last]

    def _ring(
        self, free: list[Candidate], step: ToTeam | ToSkill, code: str, said: Mapping[str, object]
    ) -> None:
        ordered = in_order(free, step.how)
        if step.how is not How.RING_ALL:
            for person in ordered[: step.at_most]:
                self._dial([person], step.seconds, Why(code=code, params={**said, "name": person.name}))
            return
        for person in ordered[AT_ONCE:]:
            self._pass_over(code, "too_many", name=person.name)
        if ordered:
            self._dial(ordered[:AT_ONCE], step.seconds, Why(code=code, params=said))

    def _free(self, person: Candidate, code: str) -> bool:
        if person.id in self._rung:
            reason = "already_rung"
        elif person.availability is not Availability.FREE:
            reason = person.availability.value
        elif not person.pairs:
            reason = "no_phone"
        else:
            return True
        self._pass_over(code, reason, name=person.name, detail=person.detail)
        return False

    def _dial(self, people: Sequence[Candidate], seconds: int, why: Why) -> None:
        self._rung.update(person.id for person in people)
        ids = tuple([person.id for person in people])
        self._append(
            Step(kind=StepKind.DIAL, seconds=seconds, target=dial_target(people), people=ids, why=why)
        )

    def _append(self, step: Step) -> None:
        self.steps.append(step)
        why = step.why
        params = {"step": len(self.steps), "kind": step.kind.value, "target": step.target, **why.params}
        self._trace.append(Why(code=f"chosen_{why.code}", params=params))

    def _pass_over(self, code: str, reason: str, **params: str) -> None:
        self._trace.append(Why(code="passed_over", params={"as": code, "reason": reason, **params}))


def _about_caller(facts: Facts) -> Iterator[Why]:
    if facts.told_by:
        yield Why(code=f"told_by_{facts.told_by}", params={"number": facts.client_number})
    if facts.manager and facts.caller_kind == "lead":  # else a reader might take them for a client
        yield Why(code="manager_of_lead", params={"name": facts.people[facts.manager].name})


@lru_cache(maxsize=256)  # a rule set has few of them, and each call ends with one or two
def _elsewhere(kind: StepKind, seconds: int, target: str) -> Step:
    return Step(kind=kind, seconds=seconds, target=target, why=Why(code=kind.value, params={"name": target}))


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
