# SPDX-License-Identifier: Apache-2.0
"""Web push: subscriptions, choices, and how far missed calls have been told."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from crm_core.domain.push import NotifyChoice, PushSubscription


class Push(Protocol):
    async def subscribe(self, subscription: PushSubscription) -> None:
        """A browser that is known changes hands: whoever logged in last has it."""
        ...

    async def get(self, subscription_id: UUID) -> PushSubscription | None: ...

    async def of_users(self, user_ids: Collection[UUID]) -> Sequence[PushSubscription]:
        """Oldest first."""
        ...

    async def unsubscribe(self, subscription_id: UUID) -> None: ...

    async def choice(self, user_id: UUID) -> NotifyChoice: ...

    async def choices(self, user_ids: Collection[UUID]) -> Sequence[NotifyChoice]:
        """One for each, the default for those who chose nothing."""
        ...

    async def digest_choices(self) -> Sequence[NotifyChoice]:
        """Of those who want the daily letter and still work here."""
        ...

    async def save_choice(self, choice: NotifyChoice) -> None: ...

    async def key(self) -> str:
        """The sealed private key by which push services know us; '' before it is made."""
        ...

    async def save_key(self, sealed: str) -> None: ...

    async def told_until(self) -> int | None:
        """The seq of `change` up to which missed calls were told; None before the first time."""
        ...

    async def save_told_until(self, seq: int) -> None: ...


class PushIdentity(Protocol):
    async def public_key(self) -> str:
        """What a browser subscribes with: only who has its other half can send to that browser."""
        ...
