# SPDX-License-Identifier: Apache-2.0
"""What is open with clients, as routing knows it: their deals and tasks. Who has none takes no memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Generic, TypeVar
from uuid import UUID

from crm_core.domain.task import due

Item = TypeVar("Item")
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OpenDeal:
    stage: str
    amount: int  # minor units
    currency: str


@dataclass(frozen=True, slots=True)
class OpenTask:
    due_on: date
    due_at: datetime | None = None


class OpenItems(Generic[Item]):
    """By owner, as directory.clients numbers them; one item may be a contact's and their company's."""

    def __init__(self) -> None:
        self._items: dict[UUID, tuple[frozenset[int], Item]] = {}
        self._of: dict[int, tuple[UUID, ...]] = {}

    def __len__(self) -> int:
        return len(self._items)

    def put(self, identity: UUID, owners: Iterable[int], item: Item) -> set[int]:
        """Whom it concerns now or did before; nobody when it is as it was."""
        now = (frozenset(owners), item)
        if self._items.get(identity) == now:
            return set()
        before = self.drop(identity)
        if not now[0]:
            return before
        self._items[identity] = now
        for owner in now[0]:
            self._of[owner] = (*self._of.get(owner, ()), identity)
        return before | now[0]

    def drop(self, identity: UUID) -> set[int]:
        owners, _ = self._items.pop(identity, (frozenset[int](), None))
        for owner in owners:
            rest = tuple(one for one in self._of[owner] if one != identity)
            if rest:
                self._of[owner] = rest
            else:
                del self._of[owner]
        return set(owners)

    def of(self, *owners: int | None) -> list[Item]:
        """Each once, in no order."""
        if not self._of:
            return []
        found = {one for owner in owners if owner is not None for one in self._of.get(owner, ())}
        return [self._items[one][1] for one in found]


def largest(deals: Iterable[OpenDeal]) -> tuple[OpenDeal, ...]:
    """Of each stage and currency: no rule asks for more, and a decision keeps what it rests on."""
    found: dict[tuple[str, str], OpenDeal] = {}
    for deal in deals:
        key = (deal.stage, deal.currency)
        if key not in found or found[key].amount < deal.amount:
            found[key] = deal
    return tuple(found[key] for key in sorted(found))


def soonest(tasks: Iterable[OpenTask]) -> tuple[OpenTask, ...]:
    """In the order they are due."""
    return tuple(sorted(set(tasks), key=lambda one: (one.due_on, one.due_at is None, one.due_at or _NEVER)))


def dues(tasks: Iterable[OpenTask], now: datetime, today: date) -> tuple[str, ...]:
    """Which of overdue, today and later there are."""
    return tuple(sorted({due(one.due_on, one.due_at, now, today).value for one in tasks}))
