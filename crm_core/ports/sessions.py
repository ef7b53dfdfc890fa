# SPDX-License-Identifier: Apache-2.0
"""Sessions of browsers and tokens of programs."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.session import ApiToken, Session


class Sessions(Protocol):
    async def add(self, session: Session) -> None: ...

    async def get(self, id_hash: str, now: datetime) -> Session | None:
        """None when it is unknown, revoked or expired."""
        ...

    async def touch(self, id_hash: str, seen_at: datetime, expires_at: datetime) -> None: ...

    async def revoke(self, id_hash: str) -> None: ...

    async def revoke_all(self, user_id: UUID, *, but: str | None = None) -> int:
        """End every session of a user, but one if named; returns how many."""
        ...

    async def of_user(self, user_id: UUID, now: datetime) -> list[Session]: ...

    async def expire(self, now: datetime) -> int:
        """Remove what is over; returns how many."""
        ...

    async def add_token(self, token: ApiToken) -> None: ...

    async def token(self, token_hash: str, now: datetime) -> ApiToken | None:
        """None when it is unknown or expired."""
        ...

    async def tokens(self, user_id: UUID) -> list[ApiToken]: ...

    async def token_used(self, token_id: UUID, at: datetime) -> None: ...

    async def revoke_token(self, token_id: UUID) -> ApiToken | None:
        """Return what it was; None when there is none."""
        ...
