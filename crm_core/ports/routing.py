# SPDX-License-Identifier: Apache-2.0
"""Rule sets by version, and what was decided for each call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """A row of route_decision. Written: facts, steps and trace as domain.routing.codec gives them; read: plain JSON."""

    call_id: UUID
    decided_at: datetime
    rule_set_version: int
    rule: str
    facts: Mapping[str, Any]
    steps: Sequence[Any]  # of Step, or {"kind", "seconds", "target", "people", "why"}
    trace: Sequence[Any]  # of Why, or {"code", "params"}
    latency_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRuleSet:
    version: int
    body: Mapping[str, Any]
    source: str
    digest: str
    published_at: datetime | None


class RoutingRepository(Protocol):
    async def serialise(self) -> None:
        """Before reading what is in force, to publish: of two at once the second comes after the first."""
        ...

    async def publish(self, body: Mapping[str, Any], *, source: str, digest: str, now: datetime) -> int:
        """Store the rule set (again the same digest: the same version) and make it the one in force."""
        ...

    async def in_force(self, at: datetime | None = None) -> StoredRuleSet | None:
        """The rule set published last; `at`: of those that were published by then."""
        ...

    async def rule_set(self, version: int) -> StoredRuleSet | None: ...

    async def versions(self, before: int | None, limit: int) -> Sequence[StoredRuleSet]:
        """Highest version first, below `before` if that is given."""
        ...

    async def save_decisions(self, decisions: Sequence[DecisionRecord]) -> None:
        """Insert; the first decision for a call id stays."""
        ...

    async def decision(self, call_id: UUID) -> DecisionRecord | None: ...

    async def decisions_since(
        self, since: datetime, after: UUID | None, limit: int
    ) -> Sequence[DecisionRecord]:
        """Those of this time and later, by the ids of their calls, behind `after` if that is given."""
        ...
