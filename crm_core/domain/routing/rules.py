# SPDX-License-Identifier: Apache-2.0
"""A rule set: ordered, the first rule that matches wins, the last one has no conditions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from crm_core.domain.routing.assign_rules import AssignRule
from crm_core.domain.routing.conditions import Condition, DidIs
from crm_core.domain.routing.facts import Facts
from crm_core.domain.routing.hours import OpeningHours
from crm_core.domain.routing.matching import Matcher
from crm_core.domain.routing.number_conditions import NumberList

AT_MOST: Final = 5


class How(StrEnum):
    """How a team is rung."""

    RING_ALL = "ring_all"
    ROUND_ROBIN = "round_robin"  # whose turn was longest ago, first
    LEAST_RECENT = "least_recent"  # who talked longest ago, first
    FEWEST_CALLS = "fewest_calls"  # who has talked in the fewest calls today, first


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    seconds: int
    if_manager: frozenset[str] = frozenset()  # of Availability, or 'none': walked only then; empty: always


@dataclass(frozen=True, slots=True, kw_only=True)
class ToManager(_Step):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDeputy(_Step):
    """Who stands in for the manager while they are away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToLastOperator(_Step):
    within_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group(_Step):
    """Of `seconds` for each ring."""

    how: How = How.RING_ALL
    prefer_last_operator: bool = False  # who spoke with this client last is rung alone first
    at_most: int = AT_MOST  # people one after another, before the next step


@dataclass(frozen=True, slots=True, kw_only=True)
class ToTeam(_Group):
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """A table [skills.NAME]: who has it, and how well."""

    name: str
    levels: tuple[tuple[str, int], ...]  # logins in order, 1 to 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSkill(_Group):
    """Those who have it, the best first: people of one level are rung as a team is."""

    skill: Skill
    at_least: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ToQueue(_Step):
    queue: str
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToNumber(_Step):
    number: str  # '+' and digits


@dataclass(frozen=True, slots=True, kw_only=True)
class ToVoicemail(_Step):
    mailbox: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToAnnouncement(_Step):
    """A recording is played to its end; `seconds` says nothing."""

    prompt: str  # a sound file of the PBX, without its ending


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCallback(_Step):
    """Who presses 1 is called back, and the call is over; `seconds` after the prompt the others go on."""

    prompt: str


RuleStep = (
    ToManager
    | ToDeputy
    | ToLastOperator
    | ToTeam
    | ToSkill
    | ToQueue
    | ToNumber
    | ToVoicemail
    | ToAnnouncement
    | ToCallback
)
TO: dict[type, str] = {  # its word in the rule file
    ToManager: "assigned_manager",
    ToDeputy: "deputy",
    ToLastOperator: "last_operator",
    ToTeam: "team",
    ToSkill: "skill",
    ToQueue: "queue",
    ToNumber: "number",
    ToVoicemail: "voicemail",
    ToAnnouncement: "announce",
    ToCallback: "callback",
}
WITHOUT_PEOPLE = (ToQueue, ToNumber, ToVoicemail, ToCallback)  # can always be walked, and end a road


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    id: str
    when: tuple[Condition, ...]
    steps: tuple[RuleStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """A table [[test]]: what is given, and what is wanted of it."""

    name: str
    facts: Facts
    rule: str | None  # wanted; None: any
    steps: tuple[str, ...] | None  # the first ones wanted, as rule_tests.step_said says them
    assign: str | None = None  # the rule of [[assign]] wanted, or 'none'
    said: Mapping[str, Any] = field(repr=False)  # as it was read


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    version: int
    rules: tuple[Rule, ...]
    off: tuple[tuple[int, Rule], ...] = ()  # those that are switched off, by their places among all
    hours: tuple[OpeningHours, ...] = ()  # of the tables below: those no rule uses as well
    lists: tuple[NumberList, ...] = ()
    skills: tuple[Skill, ...] = ()
    tests: tuple[RuleTest, ...] = ()
    assign: tuple[AssignRule, ...] = ()  # who fits none of them has no manager
    assign_off: tuple[tuple[int, AssignRule], ...] = ()  # as `off`
    no_answer_s: int = 0  # so long an operator who let a call ring out counts as 'no answer'
    matcher: Matcher = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "matcher", Matcher(self.rules))

    @property
    def last(self) -> Rule:
        """The rule for whoever matched no other."""
        return self.rules[-1]

    def dids(self) -> frozenset[str]:
        """Numbers of ours that rules ask about."""
        conditions = (one for rule in self.rules for one in rule.when)
        return frozenset(did for one in conditions if isinstance(one, DidIs) for did in one.numbers)

    def teams(self) -> frozenset[str]:
        return frozenset(step.team for rule in self.rules for step in rule.steps if isinstance(step, ToTeam))
