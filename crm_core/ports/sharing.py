# SPDX-License-Identifier: Apache-2.0
"""Whose clients are whose, and batches of them dealt out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.listing import ListKind, ListQuery
from crm_core.domain.routing.assignment import Turn
from crm_core.domain.sharing import CLIENTS, BatchState, Moved, Owned, OwnedRecord, ShareBatch, ShareItem


class Sharing(Protocol):
    """What decides whose turn it is must be read behind `clients.serialise`."""

    async def records(self, kind: Owned, ids: Collection[UUID]) -> Sequence[OwnedRecord]:
        """Those there are; of leads, only the open ones; with a number of theirs, the oldest."""
        ...

    async def page(
        self, kind: ListKind, query: ListQuery, after: UUID | None, limit: int
    ) -> Sequence[OwnedRecord]:
        """What a list shows, by id; sort and place of the query are not asked for."""
        ...

    async def set_owners(self, kind: Owned, owners: Mapping[UUID, UUID | None], now: datetime) -> None: ...

    async def counts(self, people: Collection[UUID], of: Collection[Owned] = CLIENTS) -> dict[UUID, int]:
        """Contacts, companies and open leads of each, or open deals; archived ones are left out."""
        ...

    async def open_of(self, kind: Owned, user_id: UUID) -> Sequence[UUID]:
        """Their clients, open leads, open deals or open tasks."""
        ...

    async def without_owner(self, kind: Owned, most: int) -> int:
        """How many there are, counting no further than `most`."""
        ...

    async def first_talks(self, kind: Owned, ids: Collection[UUID]) -> dict[UUID, UUID]:
        """Who of us talked with each of them first."""
        ...

    async def turns(self, teams: Collection[str]) -> dict[Turn, int]: ...

    async def save_turns(self, turns: Mapping[Turn, int]) -> None: ...

    async def save(self, batch: ShareBatch) -> None:
        """Add or overwrite, by id."""
        ...

    async def claim(self, batch_id: UUID, state: BatchState, into: BatchState) -> bool:
        """Whether it was in this state, and is in the other now: of two at once, one."""
        ...

    async def batch(self, batch_id: UUID) -> ShareBatch | None: ...

    async def at_work(self) -> ShareBatch | None:
        """The oldest with something to be done."""
        ...

    async def batches(self, limit: int) -> Sequence[ShareBatch]:
        """Newest first."""
        ...

    async def forget(self, before: datetime, *, planned_before: datetime) -> None:
        """Batches made before then; those that were only planned go sooner."""
        ...

    async def add_items(self, items: Sequence[ShareItem]) -> None: ...

    async def drop_items(self, batch_id: UUID) -> None: ...

    async def items(self, batch_id: UUID, place: int, limit: int) -> Sequence[ShareItem]:
        """From this place on."""
        ...

    async def mark_given(self, batch_id: UUID, places: Collection[int], *, given: bool) -> None: ...

    async def moved(self, batch_id: UUID) -> Sequence[Moved]: ...

    async def moved_of(self, batch_id: UUID, kinds: Collection[Owned]) -> Sequence[Moved]:
        """Each kind for itself."""
        ...
