# SPDX-License-Identifier: Apache-2.0
"""Whom each of many is dealt to, so that no more of them change hands than must."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from crm_core.domain.sharing import CLIENTS, Owned, OwnedRecord


@dataclass(slots=True)
class Dealt:
    """What is to be dealt, counted in a first look: how many there are, and whose they are now."""

    total: int = 0
    owned: Counter[UUID] = field(default_factory=Counter)

    def count(self, records: Sequence[OwnedRecord]) -> None:
        self.total += len(records)
        self.owned.update(one.manager_id for one in records if one.manager_id)


def quotas(dealt: Dealt, besides: Mapping[UUID, int]) -> dict[UUID, int]:
    """Of each person, so that with what they have `besides` all come as near to as many as can be."""
    people = sorted(besides, key=lambda one: besides[one])
    quota = dict.fromkeys(people, 0)
    for many in range(len(people), 0, -1):  # the lowest of them are filled up to one level
        low = people[:many]
        level, rest = divmod(dealt.total + sum(besides[one] for one in low), many)
        if level < besides[low[-1]]:
            continue
        quota |= {one: level - besides[one] for one in low}
        spare = sorted(low, key=lambda one: quota[one] - dealt.owned[one])  # who would lose most, first
        quota |= {one: quota[one] + 1 for one in spare[:rest]}
        break
    return quota


class Heirs:
    """All that one person has, to several: clients evenly, a company's people with it, the rest with its client."""

    def __init__(self, people: Sequence[UUID]) -> None:
        self._people = people
        clients, deals, tasks = Counter[UUID](), Counter[UUID](), Counter[UUID]()
        self._have = dict.fromkeys(CLIENTS, clients) | {Owned.DEAL: deals, Owned.TASK: tasks}
        self._of: dict[UUID, UUID] = {}

    def deal(self, kind: Owned, record: OwnedRecord) -> UUID:
        heir = self.of(record)
        have = self._have[kind]
        if heir is None:
            heir = min(self._people, key=lambda one: have[one])
        have[heir] += 1
        self.note(record.id, heir)
        return heir

    def note(self, client: UUID, heir: UUID) -> None:
        self._of[client] = heir

    def of(self, record: OwnedRecord) -> UUID | None:
        """Whose its client becomes; None: the client is not among these."""
        return next((self._of[one] for one in record.clients if one in self._of), None)


class Dealer:
    """One after another: who is one of these people's stays theirs as far as their quota goes."""

    def __init__(self, quota: Mapping[UUID, int], dealt: Dealt) -> None:
        self._stay = {one: min(many, dealt.owned[one]) for one, many in quota.items()}
        self._new = {one: many - self._stay[one] for one, many in quota.items()}

    def deal(self, record: OwnedRecord) -> UUID:
        theirs = record.manager_id
        if theirs is not None and self._stay.get(theirs, 0) > 0:
            self._stay[theirs] -= 1
            return theirs
        # More than there were at the first look: each of those takes one below zero in turn.
        one = max(self._new, key=lambda one: self._new[one])
        self._new[one] -= 1
        return one
