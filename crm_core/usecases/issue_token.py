# SPDX-License-Identifier: Apache-2.0
"""A program gets a token, or loses it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.audit import Actor
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.session import SCOPES, ApiToken
from crm_core.ports.store import Store
from crm_core.usecases.set_password import UserNotFoundError
from crm_core.usecases.trail import Trail


async def issue_token(  # noqa: PLR0913 - whose, called what, for what, until when, who says so, when
    store: Store,
    login: str,
    *,
    token_hash: str,
    label: str,
    scopes: frozenset[str],
    expires_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> ApiToken:
    """It acts as its user. The token itself is known only to who made it: here comes its hash."""
    if not scopes or not scopes <= set(SCOPES):
        raise InvalidInputError(f"a token needs a scope, of {', '.join(SCOPES)}")
    if expires_at is not None and expires_at <= now:
        raise InvalidInputError("the token would be over already")
    async with store.begin() as tx:
        user = await tx.people.user_by_login(login)
        if user is None or user.archived_at is not None:
            raise UserNotFoundError(f"there is no user {login!r}")
        token = ApiToken(
            id=new_id(now),
            token_hash=token_hash,
            user_id=user.id,
            label=clean.name(label),
            scopes=scopes,
            created_at=now,
            expires_at=expires_at,
        )
        await tx.sessions.add_token(token)
        trail = Trail(actor, now)
        trail.note("api_token", None, _told(token))
        await trail.write(tx)
    return token


async def revoke_token(store: Store, token_id: UUID, actor: Actor, now: datetime) -> ApiToken:
    """It lets nobody in any more; a live connection opened with it closes within half a minute."""
    async with store.begin() as tx:
        token = await tx.sessions.revoke_token(token_id)
        if token is None:
            raise NotFoundError("there is no such token")
        trail = Trail(actor, now)
        trail.note("api_token", _told(token), None)
        trail.changed("user", token.user_id)  # has their screens looked at
        await trail.write(tx)
    return token


def _told(token: ApiToken) -> ApiToken:
    """For the audit trail: not even the hash."""
    return replace(token, token_hash="")
