# SPDX-License-Identifier: Apache-2.0
"""What was decided: steps one after another, and why these and not others."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any
from uuid import UUID

from crm_core.domain.frozen import frozen
from crm_core.domain.routing.facts import Facts


class StepKind(StrEnum):
    """What the dialplan does; teams, managers and last operators have become `dial` by then."""

    DIAL = "dial"
    QUEUE = "queue"
    NUMBER = "number"
    VOICEMAIL = "voicemail"
    ANNOUNCE = "announce"
    CALLBACK = "callback"


@frozen
class Why:
    """A reason in a form screens can translate: 'assigned_manager', {'name': 'Anna'}."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@frozen
class Step:
    kind: StepKind
    seconds: int
    target: str  # '101:PJSIP/101&102:PJSIP/102', a queue, a number, a mailbox
    people: tuple[UUID, ...] = ()  # who is rung by `dial`
    why: Why

    def wire(self) -> str:
        """As the dialplan and AstDB read it: `kind^seconds^target`."""
        return f"{self.kind.value}^{self.seconds}^{self.target}"


@frozen
class Decision:
    """`trace` goes through the rules and candidates in the order they were looked at: see trace.spelled."""

    facts: Facts
    rule_set_version: int
    rule: str
    steps: tuple[Step, ...]
    priority: int = 0  # in a queue
    why: tuple[Why, ...] = ()  # of the rule: shown on the card
    trace: tuple[Why, ...] = ()
    fallback: str | None = None  # why the rules could not be asked, if so
