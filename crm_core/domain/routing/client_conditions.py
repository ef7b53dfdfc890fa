# SPDX-License-Identifier: Apache-2.0
"""What a rule asks of the client: what we call them, what they owe us, what is open with them."""

from dataclasses import dataclass
from typing import Any, Final

from crm_core.domain.money import from_minor
from crm_core.domain.open_items import OpenDeal
from crm_core.domain.routing.conditions import NONE
from crm_core.domain.routing.decision import Why
from crm_core.domain.routing.facts import Facts
from crm_core.domain.task import Due

OPEN: Final = "open"
DUES: Final = tuple(one.value for one in Due)  # the most pressing first


@dataclass(frozen=True, slots=True)
class TagIs:
    """One of them is enough; a company's tags are its people's too."""

    tags: frozenset[str]
    name = "tag"

    def holds(self, facts: Facts) -> bool:
        return facts.tags is not None and not self.tags.isdisjoint(facts.tags)

    def saw(self, facts: Facts) -> Why:
        if facts.tags is None:
            return Why(code="tag_unknown")
        found = sorted(self.tags.intersection(facts.tags))
        return Why(code="tag" if found else "tag_not", params={"tag": ", ".join(found or sorted(self.tags))})


@dataclass(frozen=True, slots=True)
class DebtIs:
    """Of who is no client it is 0."""

    at_least: int | None  # minor units
    below: int | None
    name = "debt"

    def holds(self, facts: Facts) -> bool:
        if facts.debt is None:
            return False
        enough = self.at_least is None or facts.debt >= self.at_least
        return enough and (self.below is None or facts.debt < self.below)

    def saw(self, facts: Facts) -> Why:
        if facts.debt is None:
            return Why(code="debt_unknown")
        currency = facts.currency or "RUB"
        limit = self.at_least if self.at_least is not None else self.below
        params: dict[str, Any] = {
            "amount": str(from_minor(facts.debt, currency)),
            "limit": str(from_minor(limit or 0, currency)),
            "currency": facts.currency,
        }
        above = self.at_least is not None and facts.debt >= self.at_least
        return Why(code="debt_at_least" if above else "debt_below", params=params)


@dataclass(frozen=True, slots=True)
class DealIs:
    """One open deal of theirs is such; or, not `wanted`, they have none at all."""

    wanted: bool
    stages: frozenset[str] = frozenset()  # none: any
    at_least: int | None = None  # minor units
    currency: str = ""
    name = "deal"

    def holds(self, facts: Facts) -> bool:
        if facts.deals is None:
            return False
        return any(map(self._fits, facts.deals)) if self.wanted else not facts.deals

    def saw(self, facts: Facts) -> Why:
        if facts.deals is None:
            return Why(code="deal_unknown")
        if not facts.deals:
            return Why(code="deal_none")
        fitting = [one for one in facts.deals if self._fits(one)] if self.wanted else facts.deals
        if not fitting:
            return Why(code="deal_others")
        shown = max(fitting, key=lambda one: one.amount)
        params = {"stage": shown.stage, "amount": str(from_minor(shown.amount, shown.currency))}
        return Why(code="deal", params=params | {"currency": shown.currency})

    def _fits(self, deal: OpenDeal) -> bool:
        if self.stages and deal.stage not in self.stages:
            return False
        return self.at_least is None or (deal.currency == self.currency and deal.amount >= self.at_least)


@dataclass(frozen=True, slots=True)
class TaskIs:
    """They have an open task that is due so; or, 'none', no open task."""

    states: frozenset[str]
    name = "task"

    def holds(self, facts: Facts) -> bool:
        if facts.tasks is None:
            return False
        return not self.states.isdisjoint(facts.tasks or (NONE,))

    def saw(self, facts: Facts) -> Why:
        if facts.tasks is None:
            return Why(code="task_unknown")
        there = [one for one in DUES if one in facts.tasks]
        fitting = [one for one in there if one in self.states]
        return Why(code=f"task_{(*fitting, *there, NONE)[0]}")
