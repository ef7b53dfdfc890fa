# SPDX-License-Identifier: Apache-2.0
"""The ledger of missed callers: what is open, what it was made of, and who took it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.call_history import Cursor
from crm_core.domain.listing import Place
from crm_core.domain.missed import Attempt, Caller, MissedItem, Talk
from crm_core.domain.missed_views import MissedCounts, MissedQuery, MissedRow, MissedSeen


class MissedCallers(Protocol):
    async def concerned(self, call_id: UUID, keys: Collection[str]) -> bool:
        """Whether the ledger may have to do with a call: open under one of the keys, or made or settled by it."""
        ...

    async def get(self, item_id: UUID) -> MissedItem | None: ...

    async def hold(self, item_id: UUID) -> MissedItem | None:
        """As `get`, and nobody else changes it before this transaction is over."""
        ...

    async def open_under(self, keys: Collection[str]) -> Sequence[MissedItem]:
        """Held as by `hold`, the eldest first."""
        ...

    async def waiting_from(self, numbers: Collection[str]) -> Collection[str]:
        """Those of the numbers from which somebody called who waits still."""
        ...

    async def claimers(self, keys: Collection[str]) -> Collection[UUID]:
        """Who has the items that are open under these keys."""
        ...

    async def held_of(self, user_id: UUID) -> Sequence[MissedItem]:
        """What is open and theirs, or taken by them; held as by `hold`."""
        ...

    async def settled_by(self, call_id: UUID) -> Sequence[MissedItem]:
        """Held as by `hold`."""
        ...

    async def covering(self, keys: Collection[str], at: datetime) -> MissedItem | None:
        """The first item that was closed after then: an attempt of that time, told only now, belongs to it. Held."""
        ...

    async def open(self, item: MissedItem) -> MissedItem:
        """The one open item of its key: this, or the one that somebody else opened just before."""
        ...

    async def save(self, item: MissedItem) -> None: ...

    async def rekey(self, item: MissedItem) -> bool:
        """Save it under another key. False: another one was opened under that key meanwhile, and nothing is saved."""
        ...

    async def remove(self, item_id: UUID) -> None: ...

    async def claim(self, item_id: UUID, user_id: UUID, at: datetime) -> bool:
        """False: it is closed, or somebody has it. Of many at once one gets it."""
        ...

    async def attempt(self, attempt_id: UUID) -> tuple[UUID, Attempt] | None:
        """The item that it belongs to, and it."""
        ...

    async def attempts(self, item_id: UUID) -> Sequence[Attempt]:
        """The eldest first."""
        ...

    async def latest_attempts(self, item_id: UUID, after: Cursor | None, limit: int) -> Sequence[Attempt]:
        """The newest first, from the one before `after` on."""
        ...

    async def asked_in(self, call_ids: Collection[UUID], seen: MissedSeen) -> Mapping[UUID, UUID | None]:
        """Those of the calls in which their caller asked to be called back; the item, where it may be seen."""
        ...

    async def put_attempt(self, item_id: UUID, attempt: Attempt) -> None:
        """Add or overwrite by its id."""
        ...

    async def drop_attempt(self, attempt_id: UUID) -> None: ...

    async def move_attempts(self, item_id: UUID, into: UUID) -> None: ...

    async def talk_after(self, caller: Caller, at: datetime) -> Talk | None:
        """The first answered call with them that was answered after then."""
        ...

    async def untold(self, since: datetime) -> Sequence[UUID]:
        """Missed calls of then and later that the ledger has no attempt of, the eldest first.

        But those after which somebody has talked with that number.
        """
        ...

    async def rekey_closed(self, key: str, caller: Caller) -> None:
        """What was settled under a key is from now on that caller's."""
        ...

    async def page(self, query: MissedQuery, after: Place | None) -> Sequence[MissedRow]:
        """What is due first first; of those closed, the last one first."""
        ...

    async def count(self, query: MissedQuery, most: int) -> int:
        """How many a list of all its pages has, counted no further than `most`."""
        ...

    async def row(self, item_id: UUID) -> MissedRow | None: ...

    async def counts(self, query: MissedQuery) -> MissedCounts: ...
