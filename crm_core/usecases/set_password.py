# SPDX-License-Identifier: Apache-2.0
"""A new password ends every session of its user, and the link by which it could have been chosen."""

from datetime import datetime

from crm_core.domain.audit import Actor
from crm_core.domain.errors import NotFoundError
from crm_core.domain.people import User
from crm_core.ports.store import Store, Tx
from crm_core.usecases.trail import Trail


class UserNotFoundError(NotFoundError):
    """There is no such user."""


async def set_password(store: Store, login: str, password_hash: str, actor: Actor, now: datetime) -> None:
    trail = Trail(actor, now)
    async with store.begin() as tx:
        user = await tx.people.user_by_login(login)
        if user is None:
            raise UserNotFoundError(f"there is no user {login!r}")
        await put_password(tx, user, password_hash, trail)
        await trail.write(tx)


async def put_password(
    tx: Tx, user: User, password_hash: str, trail: Trail, *, keep_session: str | None = None
) -> None:
    """`keep_session`: hash of the id of the one session that goes on."""
    await tx.people.set_password_hash(user.id, password_hash)
    await tx.sessions.revoke_all(user.id, but=keep_session)
    await tx.credentials.drop_link(user.id)
    trail.note("user", user, user, "password")
