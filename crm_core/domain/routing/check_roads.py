# SPDX-License-Identifier: Apache-2.0
"""What is wrong with the steps of a rule: no end, steps nobody reaches, times that nobody waits for."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from crm_core.domain.routing.check_logic import MANAGED, callers_of
from crm_core.domain.routing.conditions import NONE, ManagerIs
from crm_core.domain.routing.finding import Finding
from crm_core.domain.routing.rules import (
    WITHOUT_PEOPLE,
    Rule,
    RuleStep,
    ToAnnouncement,
    ToCallback,
    ToDeputy,
    ToManager,
    ToQueue,
    ToVoicemail,
)

SHORTEST_RING_S: Final = 5  # a phone that rings shorter is not reached in time
LONGEST_RING_S: Final = 90  # nobody listens longer to a ringing tone
LONGEST_ROAD_S: Final = 1800
_NOBODY = frozenset({NONE})


def road_findings(rule: Rule) -> Iterator[Finding]:
    for finding in (*_end(rule.steps), *_unreached(rule), *_times(rule.steps), *_twice(rule.steps)):
        yield replace(finding, rule=rule.id)


def _end(steps: tuple[RuleStep, ...]) -> Iterator[Finding]:
    if not steps:
        yield Finding(code="no_steps", grave=True)
    elif not isinstance(steps[-1], WITHOUT_PEOPLE) or steps[-1].if_manager:
        yield Finding(code="no_end", grave=True, step=len(steps))


def _unreached(rule: Rule) -> Iterator[Finding]:
    """Voicemail ends a call; a guard may ask what the rule's own conditions exclude."""
    states = next((one.states for one in rule.when if isinstance(one, ManagerIs)), None)
    managed = all(callers_of(one) & MANAGED for one in rule.when)
    ended = False
    for number, step in enumerate(rule.steps, 1):
        if ended:
            yield Finding(code="after_voicemail", grave=False, step=number)
            return
        if step.if_manager and states is not None and not step.if_manager & states:
            yield Finding(code="step_never", grave=True, step=number)
        if isinstance(step, ToManager | ToDeputy) and (not managed or states == _NOBODY):
            yield Finding(code="no_manager_here", grave=False, step=number)
        ended = isinstance(step, ToVoicemail) and not step.if_manager


def _times(steps: tuple[RuleStep, ...]) -> Iterator[Finding]:
    for number, step in enumerate(steps, 1):
        if isinstance(step, ToQueue | ToVoicemail | ToAnnouncement | ToCallback):
            continue
        params = {"seconds": step.seconds}
        if step.seconds < SHORTEST_RING_S:
            yield Finding(code="rings_too_short", grave=False, step=number, params=params)
        if step.seconds > LONGEST_RING_S:
            yield Finding(code="rings_too_long", grave=False, step=number, params=params)
    total = sum(step.seconds for step in steps if not isinstance(step, ToVoicemail | ToAnnouncement))
    if total > LONGEST_ROAD_S:
        yield Finding(code="road_too_long", grave=False, params={"seconds": total})


def _twice(steps: tuple[RuleStep, ...]) -> Iterator[Finding]:
    """Nobody is rung twice by one call, so the second time there is nothing to do."""
    seen: set[RuleStep] = set()
    for number, step in enumerate(steps, 1):
        if isinstance(step, (*WITHOUT_PEOPLE, ToAnnouncement)) or step.if_manager:
            continue
        bare = replace(step, seconds=0)
        if bare in seen:
            yield Finding(code="step_twice", grave=False, step=number)
        seen.add(bare)
