# SPDX-License-Identifier: Apache-2.0
"""What lets a browser or a program in: sessions and API tokens. Only their hashes are ever kept."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    id_hash: str
    user_id: UUID
    csrf: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    ip: str | None = None
    user_agent: str | None = None


# What a token may be allowed, within the rights of its user.
SCOPES = (
    "contacts:read",
    "contacts:write",
    "orders:read",
    "orders:write",
    "deals:read",
    "deals:write",
    "tasks:read",
    "tasks:write",
    "calls:read",
    "calls:write",
    "callbacks:write",
    "recordings:read",
    "users:read",
    "rules:read",
    "webhooks:write",
    "live",
)


# Scopes that a wider one has within it: a token that was made before there was the narrower one goes on.
_WITHIN = {"callbacks:write": "calls:write"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    id: UUID
    token_hash: str
    user_id: UUID
    label: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None

    def may(self, scope: str) -> bool:
        return scope in self.scopes or _WITHIN.get(scope) in self.scopes
