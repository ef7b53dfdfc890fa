# SPDX-License-Identifier: Apache-2.0
"""Decisions of the past taken again, by the rules of their versions and the facts that were kept."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from crm_core.domain.routing.codec import facts_from_json, steps_from_json, trace_to_json, whys_from_json
from crm_core.domain.routing.decision import Decision
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.rules import RuleSet
from crm_core.domain.routing.trace import folded
from crm_core.ports.routing import DecisionRecord
from crm_core.ports.store import Store
from crm_core.usecases.rule_versions import RuleVersions

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Differs:
    call_id: UUID
    decided_at: datetime
    rule_set_version: int
    what: tuple[str, ...]  # rule, steps, trace; or 'unreadable'
    was: str  # the rule
    now: str


@dataclass(slots=True, kw_only=True)
class DecidedAgain:
    same: int = 0
    without_rules: int = 0  # the fallback had decided: there is nothing to take again
    differing: list[Differs] = field(default_factory=list)


async def decide_again(store: Store, since: datetime) -> DecidedAgain:
    """A page at a time, each in a transaction of its own: calls go on being routed meanwhile."""
    told, rules, after = DecidedAgain(), RuleVersions(), None
    while True:
        async with store.read() as tx:
            page = await tx.routing.decisions_since(since, after, _AT_ONCE)
            await rules.read(tx, page)
        for record in page:
            _take(record, rules.of(record), told)
        if len(page) < _AT_ONCE:
            return told
        after = page[-1].call_id


def _take(record: DecisionRecord, rules: RuleSet | None, told: DecidedAgain) -> None:
    if any(why.code == "fallback" for why in whys_from_json(record.trace[:1])):
        told.without_rules += 1
        return
    decision = _decided(record, rules) if rules else None
    what = _differences(record, decision) if decision else ("unreadable",)
    if not what:
        told.same += 1
        return
    told.differing.append(
        Differs(
            call_id=record.call_id,
            decided_at=record.decided_at,
            rule_set_version=record.rule_set_version,
            what=what,
            was=record.rule,
            now=decision.rule if decision else "",
        )
    )


def _decided(record: DecisionRecord, rules: RuleSet) -> Decision | None:
    """None: its facts are kept in a form that is not understood, or do not say what these rules ask."""
    try:
        return evaluate(facts_from_json(record.facts), rules)
    except (KeyError, TypeError, ValueError):
        return None


def _differences(record: DecisionRecord, decision: Decision) -> tuple[str, ...]:
    compared = {
        "rule": record.rule == decision.rule,
        "steps": steps_from_json(record.steps) == decision.steps,
        "trace": folded(whys_from_json(record.trace)) == trace_to_json(decision),
    }
    return tuple(what for what, is_same in compared.items() if not is_same)
