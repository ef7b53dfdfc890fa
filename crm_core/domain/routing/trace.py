# SPDX-License-Identifier: Apache-2.0
"""The rules a call passed over: kept as their number, in words said by the facts and the rules of that version."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from crm_core.domain.routing.decision import Decision, Why
from crm_core.domain.routing.facts import Facts
from crm_core.domain.routing.rules import RuleSet

PASSED_OVER: Final = "rules_passed_over"


def passed_over(count: int) -> Why:
    """The rules before the one that matched."""
    return Why(code=PASSED_OVER, params={"count": count})


def explained(decision: Decision, rules: RuleSet) -> Decision:
    return replace(decision, trace=spelled(decision.trace, decision.facts, rules))


def spelled(trace: Sequence[Why], facts: Facts, rules: RuleSet) -> tuple[Why, ...]:
    """A line for each rule passed over, with what its condition saw. One kept with such lines stays as it is.

    ValueError, IndexError: these are not the rules it was decided by.
    """
    return tuple(_lines(trace, facts, rules))


def folded(trace: Sequence[Why]) -> tuple[Why, ...]:
    """As it would be kept now: of one that was kept with a line for each rule."""
    said = [line.code == "rule_passed_over" for line in trace]
    if True not in said:
        return tuple(trace)
    first, count = said.index(True), sum(said)
    return (*trace[:first], passed_over(count), *trace[first + count :])


def _lines(trace: Sequence[Why], facts: Facts, rules: RuleSet) -> Iterator[Why]:
    for line in trace:
        if line.code == PASSED_OVER:
            yield from (_why_not(place, facts, rules) for place in range(line.params["count"]))
        else:
            yield line


def _why_not(place: int, facts: Facts, rules: RuleSet) -> Why:
    failed = rules.matcher.failed(place, facts)
    saw = failed.saw(facts)
    params = {"rule": rules.rules[place].id, "condition": failed.name, "saw": saw.code, **saw.params}
    return Why(code="rule_passed_over", params=params)
