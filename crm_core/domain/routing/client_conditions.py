# SPDX-License-Identifier: Apache-2.0
"""What a rule asks of the client: what we call them, and what they owe us."""

from dataclasses import dataclass
from typing import Any

from crm_core.domain.money import from_minor
from crm_core.domain.routing.decision import Why
from crm_core.domain.routing.facts import Facts


@dataclass(frozen=True, slots=True)
class TagIs:
    """One of them is enough; a company's tags are its people's too."""

    tags: frozenset[str]
    name = "tag"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        if facts.tags is None:
            return False, Why(code="tag_unknown")
        found = sorted(self.tags.intersection(facts.tags))
        if found:
            return True, Why(code="tag", params={"tag": ", ".join(found)})
        return False, Why(code="tag_not", params={"tag": ", ".join(sorted(self.tags))})


@dataclass(frozen=True, slots=True)
class DebtIs:
    """Of who is no client it is 0."""

    at_least: int | None  # minor units
    below: int | None
    name = "debt"

    def ask(self, facts: Facts) -> tuple[bool, Why]:
        if facts.debt is None:
            return False, Why(code="debt_unknown")
        enough = self.at_least is None or facts.debt >= self.at_least
        holds = enough and (self.below is None or facts.debt < self.below)
        currency = facts.currency or "RUB"
        limit = self.at_least if self.at_least is not None else self.below
        params: dict[str, Any] = {
            "amount": str(from_minor(facts.debt, currency)),
            "limit": str(from_minor(limit or 0, currency)),
            "currency": facts.currency,
        }
        above = self.at_least is not None and facts.debt >= self.at_least
        return holds, Why(code="debt_at_least" if above else "debt_below", params=params)
