# SPDX-License-Identifier: Apache-2.0
"""A rule set: ordered, the first rule that matches wins, the last one has no conditions."""

from dataclasses import dataclass
from enum import StrEnum

from crm_core.domain.routing.conditions import Condition


class How(StrEnum):
    """How a team is rung."""

    RING_ALL = "ring_all"
    ROUND_ROBIN = "round_robin"  # whose turn was longest ago, first
    LEAST_RECENT = "least_recent"  # who talked longest ago, first


@dataclass(frozen=True, slots=True, kw_only=True)
class ToManager:
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToLastOperator:
    seconds: int
    within_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToTeam:
    seconds: int  # for each ring
    team: str
    how: How = How.RING_ALL
    prefer_last_operator: bool = False  # who spoke with this client last is rung alone first
    at_most: int = 5  # people one after another, before the next step


@dataclass(frozen=True, slots=True, kw_only=True)
class ToQueue:
    seconds: int
    queue: str
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToNumber:
    seconds: int
    number: str  # '+' and digits


@dataclass(frozen=True, slots=True, kw_only=True)
class ToVoicemail:
    seconds: int
    mailbox: str


RuleStep = ToManager | ToLastOperator | ToTeam | ToQueue | ToNumber | ToVoicemail
WITHOUT_PEOPLE = (ToQueue, ToNumber, ToVoicemail)  # can always be walked


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    id: str
    when: tuple[Condition, ...]
    steps: tuple[RuleStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    version: int
    rules: tuple[Rule, ...]
    no_answer_s: int = 0  # so long an operator who let a call ring out counts as 'no answer'

    @property
    def last(self) -> Rule:
        """The rule for whoever matched no other."""
        return self.rules[-1]

    def teams(self) -> frozenset[str]:
        return frozenset(step.team for rule in self.rules for step in rule.steps if isinstance(step, ToTeam))
