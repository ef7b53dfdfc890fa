# SPDX-License-Identifier: Apache-2.0
"""From facts and a rule set to a decision: pure, so that a stored one can be taken again."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from crm_core.domain.routing.decision import Decision, Step, StepKind, Why
from crm_core.domain.routing.facts import Availability, Candidate, Facts
from crm_core.domain.routing.rules import (
    How,
    Rule,
    RuleSet,
    RuleStep,
    ToLastOperator,
    ToManager,
    ToNumber,
    ToQueue,
    ToTeam,
    ToVoicemail,
)

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_AT_ONCE = 40  # phones rung by one step: what one line of AGI carries


def evaluate(facts: Facts, rules: RuleSet) -> Decision:
    """Take the first rule whose conditions all hold, and turn its steps into people, queues and numbers."""
    trace: list[Why] = []
    for rule in rules.rules:
        reasons = _matches(rule, facts, trace)
        if reasons is not None:
            break
    else:  # the loader refuses a rule set whose last rule has conditions
        rule, reasons = rules.last, []
    walk = _Walk(facts, trace)
    for step in rule.steps:
        walk.add(step)
    return Decision(
        facts=facts,
        rule_set_version=rules.version,
        rule=rule.id,
        steps=tuple(walk.steps),
        priority=next((step.priority for step in rule.steps if isinstance(step, ToQueue)), 0),
        why=tuple(reasons),
        trace=tuple(trace),
    )


def _matches(rule: Rule, facts: Facts, trace: list[Why]) -> list[Why] | None:
    reasons: list[Why] = []
    for condition in rule.when:
        holds, why = condition.ask(facts)
        if not holds:
            params = {"rule": rule.id, "condition": condition.name, "saw": why.code, **why.params}
            trace.append(Why(code="rule_passed_over", params=params))
            return None
        reasons.append(why)
    trace.append(Why(code="rule_matched", params={"rule": rule.id}))
    return reasons


class _Walk:
    """Builds the steps; nobody is rung twice."""

    def __init__(self, facts: Facts, trace: list[Why]) -> None:
        self.steps: list[Step] = []
        self._facts = facts
        self._trace = trace
        self._rung: set[UUID] = set()

    def add(self, step: RuleStep) -> None:
        match step:
            case ToManager():
                self._person(self._facts.manager, step.seconds, "assigned_manager")
            case ToLastOperator():
                self._last_operator(step)
            case ToTeam():
                self._team(step)
            case ToQueue():
                self._append(_elsewhere(StepKind.QUEUE, step.seconds, step.queue))
            case ToNumber():
                self._append(_elsewhere(StepKind.NUMBER, step.seconds, step.number))
            case ToVoicemail():
                self._append(_elsewhere(StepKind.VOICEMAIL, step.seconds, step.mailbox))

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
        if step.prefer_last_operator:
            free = self._preferred(free, step)
        if free and step.how is How.RING_ALL:
            self._ring_all(free, step)
        elif free:
            self._one_by_one(free, step)

    def _preferred(self, free: list[Candidate], step: ToTeam) -> list[Candidate]:
        """Ring the one who spoke with this client last alone, if free and in this team; give the others."""
        last = next((person for person in free if person.id == self._facts.last_operator), None)
        if last is None:
            return free
        params = {"name": last.name, "team": step.team, "at": _iso(self._facts.last_talk_at)}
        self._dial([last], step.seconds, Why(code="last_operator", params=params))
        return [person for person in free if person is not last]

    def _ring_all(self, free: list[Candidate], step: ToTeam) -> None:
        ordered = sorted(free, key=_least_recent)
        kept, left = ordered[:_AT_ONCE], ordered[_AT_ONCE:]
        for person in left:
            self._pass_over("team", "too_many", name=person.name)
        self._dial(kept, step.seconds, Why(code="team", params={"team": step.team, "how": step.how.value}))

    def _one_by_one(self, free: list[Candidate], step: ToTeam) -> None:
        key = _turn if step.how is How.ROUND_ROBIN else _least_recent
        for person in sorted(free, key=key)[: step.at_most]:
            params = {"team": step.team, "how": step.how.value, "name": person.name}
            self._dial([person], step.seconds, Why(code="team", params=params))

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


@lru_cache(maxsize=256)  # a rule set has few of them, and each call ends with one or two
def _elsewhere(kind: StepKind, seconds: int, target: str) -> Step:
    return Step(kind=kind, seconds=seconds, target=target, why=Why(code=kind.value, params={"name": target}))


def dial_target(people: Iterable[Candidate]) -> str:
    """`101:PJSIP/101&102:PJSIP/102`: what the dialplan re-checks and rings."""
    return "&".join([f"{extension}:{device}" for person in people for extension, device in person.pairs])


def _turn(person: Candidate) -> tuple[int, str]:
    return person.turn, str(person.id)


def _least_recent(person: Candidate) -> tuple[datetime, int, str]:
    return person.last_talk_at or _LONG_AGO, person.turn, str(person.id)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
