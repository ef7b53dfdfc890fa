# SPDX-License-Identifier: Apache-2.0
"""Tests that rules carry: facts that are given, the rule and the steps that are wanted, and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from crm_core.domain.routing.assignment import matching
from crm_core.domain.routing.decision import Step, StepKind
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.rules import RuleSet, RuleTest

NO_RULE: Final = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTestResult:
    test: RuleTest
    rule: str  # what came
    steps: tuple[str, ...]
    assign: str = NO_RULE

    @property
    def passed(self) -> bool:
        """Of the steps only as many are compared as the test names: what comes after them is not its concern."""
        wanted = self.test.steps
        right_rule = self.test.rule is None or self.test.rule == self.rule
        right_rule = right_rule and self.test.assign in {None, self.assign}
        return right_rule and (wanted is None or wanted == self.steps[: len(wanted)])


def run_tests(rules: RuleSet) -> tuple[RuleTestResult, ...]:
    return tuple(run_test(test, rules) for test in rules.tests)


def run_test(test: RuleTest, rules: RuleSet) -> RuleTestResult:
    decision = evaluate(test.facts, rules)
    names = {user_id: person.name for user_id, person in test.facts.people.items()}
    steps = tuple(step_said(step, names) for step in decision.steps)
    whose = matching(rules.assign, test.facts)
    assigned = whose.id if whose else NO_RULE
    return RuleTestResult(test=test, rule=decision.rule, steps=steps, assign=assigned)


def step_said(step: Step, names: Mapping[UUID, str]) -> str:
    """As tests say it: 'Anna + Boris', 'queue default', 'number +74951234567'."""
    if step.kind is StepKind.DIAL:
        return " + ".join(sorted(names[user_id] for user_id in step.people))
    return f"{step.kind.value} {step.target}"
