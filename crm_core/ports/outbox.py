# SPDX-License-Identifier: Apache-2.0
"""The outbox: what is to go out is put in by the transaction it follows from, and delivered at least once later."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from crm_core.domain.call_history import Cursor
from crm_core.domain.outbox import Outgoing, OutKind, OutState


class DeliveryError(Exception):
    """It did not arrive; the message is what people read. `for_good`: trying again would change nothing."""

    def __init__(self, message: str, *, for_good: bool = False) -> None:
        super().__init__(message)
        self.for_good = for_good


class Sender(Protocol):
    """Delivers one kind of thing."""

    async def send(self, item: Outgoing) -> None:
        """DeliveryError when it did not arrive. It may be called twice for one item: it was cut off in between."""
        ...


@dataclass(frozen=True, slots=True)
class OutCount:
    kind: OutKind
    state: OutState
    count: int
    oldest: datetime


class Outbox(Protocol):
    async def add(  # noqa: PLR0913 - what, where to, once by which key, when
        self,
        kind: OutKind,
        address: str,
        payload: Mapping[str, Any],
        *,
        key: str,
        now: datetime,
        target: str = "",
        due_at: datetime | None = None,
    ) -> bool:
        """Put in, unless the key was put in before (False). Goes out after the transaction has committed.

        For mail use crm_core.usecases.put_mail, which knows the payload. `target` is `address` unless given.
        """
        ...

    async def is_due(self, now: datetime) -> bool:
        """Cheap; for a reader, before a writer is asked."""
        ...

    async def claim(
        self, kind: OutKind, now: datetime, until: datetime, limit: int, busy: Collection[str] = ()
    ) -> Sequence[Outgoing]:
        """Due and nobody's, the longest due first, two for each target that is not busy; ours `until` then.

        Who claimed it and died gives it free by that time.
        """
        ...

    async def sent(self, item_id: UUID, now: datetime) -> None:
        """The payload of a mail is forgotten: it may hold somebody's link."""
        ...

    async def failed(self, item_id: UUID, error: str, due_at: datetime | None, now: datetime) -> None:
        """Try again at `due_at`; None: given up."""
        ...

    async def hurry(self, kind: OutKind, now: datetime) -> int:
        """All that waits of a kind is due now: its server may have come back."""
        ...

    async def retry(self, item_id: UUID, now: datetime) -> bool:
        """Due now, with three days before it; also what was given up."""
        ...

    async def give_up(self, item_id: UUID, now: datetime) -> bool: ...

    async def give_up_target(self, target: str, now: datetime) -> int:
        """What waits for a target that is no more."""
        ...

    async def get(self, item_id: UUID) -> Outgoing | None: ...

    async def page(
        self, state: OutState, kind: OutKind | None, after: Cursor | None, limit: int
    ) -> Sequence[Outgoing]:
        """Newest first, from `after` on."""
        ...

    async def counts(self) -> Sequence[OutCount]: ...

    async def waiting_for(self, target: str) -> int: ...

    async def forget(self, before: datetime) -> int:
        """Remove what was sent or given up before."""
        ...
