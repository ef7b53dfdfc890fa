# SPDX-License-Identifier: Apache-2.0
"""One-time links, second factors and their recovery codes."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.credentials import OneTimeLink, SecondFactor


class Credentials(Protocol):
    async def put_link(self, link: OneTimeLink) -> None:
        """In the place of the one its user had."""
        ...

    async def link(self, token_hash: str, now: datetime) -> OneTimeLink | None:
        """None when it is unknown, used or over."""
        ...

    async def links(self, now: datetime) -> dict[UUID, OneTimeLink]:
        """The good ones, by user."""
        ...

    async def drop_link(self, user_id: UUID) -> bool:
        """Return whether there was one: of two that use it at once, one is told yes."""
        ...

    async def second_factor(self, user_id: UUID) -> SecondFactor | None: ...

    async def save_second_factor(self, factor: SecondFactor) -> None: ...

    async def drop_second_factor(self, user_id: UUID) -> None:
        """And its recovery codes."""
        ...

    async def with_second_factor(self) -> set[UUID]:
        """Whose is confirmed."""
        ...

    async def take_step(self, user_id: UUID, step: int) -> bool:
        """False when a code of this step, or of a later one, was taken before."""
        ...

    async def put_recovery_codes(self, user_id: UUID, hashes: Collection[str]) -> None:
        """In the place of those there were."""
        ...

    async def take_recovery_code(self, user_id: UUID, code_hash: str) -> bool: ...

    async def recovery_codes_left(self, user_id: UUID) -> int: ...
