# SPDX-License-Identifier: Apache-2.0
"""What the dialplan should do about each number while we are away: kept in the PBX's own database (FACTS A4)."""

import hashlib
import re
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.directory import Directory
from crm_core.domain.routing.decision import Decision, Step, StepKind
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.facts import Availability, Candidate, Facts
from crm_core.domain.routing.live import LivePeople, LiveTeams, RouteRequest, live_facts
from crm_core.domain.routing.rules import RuleSet

_AT_ONCE = 12  # phones of one step: a list must fit into one value of AstDB
_LONGEST = 1000  # characters of a list
_LINE = re.compile(r"\+?[0-9]{1,20}\Z", re.ASCII)  # what the dialplan asks AstDB for


class AllFree(LivePeople):
    """Everybody who has a phone and is not away counts as free: the dialplan looks at states before each step."""

    def _look(self, user_id: UUID) -> Candidate:
        person = super()._look(user_id)
        if person.availability is Availability.AWAY:
            return person
        return replace(person, availability=Availability.FREE, detail="")


class OfflineRoutes:
    """Step lists by number, of callers and of ours.

    A list's name comes of the people in it, so a new phone changes the list, not its users.
    """

    def __init__(self, directory: Directory, rules: RuleSet, pbx: str, now: datetime) -> None:
        self._directory = directory
        self._rules = rules
        self._pbx = pbx
        self._now = now
        self._people = AllFree(directory, pbx, lambda _device: "UNKNOWN", now, 0)
        self.lists: dict[str, str] = {}
        self._default = self._decide("")

    def of(self, e164: str) -> str | None:
        """The name of its list, or None when it goes where everybody goes."""
        return self._list(self._decide(e164))

    def lines(self) -> dict[str, str]:
        """Number of ours -> list of those who call it and have none of their own, where it is not everybody's."""
        ours = self._rules.dids() | self._directory.standing.lines()
        found = {did: self._list(self._decide("", did)) for did in sorted(ours) if _LINE.match(did)}
        return {did: name for did, name in found.items() if name}

    def _list(self, decision: Decision) -> str | None:
        if decision.rule == self._default.rule and wires(decision) == wires(self._default):
            return None
        name = _name(decision)
        if name not in self.lists:
            self.lists[name] = "|".join(wires(decision))
        return name

    def _decide(self, e164: str, did: str = "") -> Decision:
        ask = RouteRequest(pbx=self._pbx, linkedid="", did=did, caller=e164, at=self._now)
        facts = live_facts(ask, self._directory, lambda _device: "UNKNOWN")
        return evaluate(self._as_if_free(facts), self._rules)

    def _as_if_free(self, facts: Facts) -> Facts:
        caller = facts.caller_kind if facts.number else "unknown"
        return replace(facts, caller_kind=caller, people=self._people, teams=LiveTeams(self._directory))


def wires(decision: Decision) -> list[str]:
    """As many steps as fit into one value."""
    taken: list[str] = []
    for step in decision.steps:
        wire = _short(step).wire()
        if sum(map(len, taken)) + len(taken) + len(wire) > _LONGEST:
            break
        taken.append(wire)
    return taken


def _short(step: Step) -> Step:
    if step.kind is not StepKind.DIAL:
        return step
    return replace(step, target="&".join(step.target.split("&")[:_AT_ONCE]))


def _name(decision: Decision) -> str:
    said = [(step.kind.value, step.seconds, step.people or step.target) for step in decision.steps]
    return hashlib.blake2b(repr((decision.rule, said)).encode(), digest_size=6).hexdigest()
