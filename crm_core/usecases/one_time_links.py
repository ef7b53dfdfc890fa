# SPDX-License-Identifier: Apache-2.0
"""A link by which somebody chooses their password once: an invitation, or a reset."""

from datetime import datetime, timedelta

from crm_core.domain.audit import Actor
from crm_core.domain.credentials import GOOD_FOR, LinkPurpose, OneTimeLink
from crm_core.domain.errors import NotFoundError
from crm_core.domain.people import User
from crm_core.ports.store import Store, Tx
from crm_core.usecases.set_password import put_password
from crm_core.usecases.trail import Trail


class LinkOverError(NotFoundError):
    """This link was used already, or it is too old. Ask for a new one."""


async def put_link(
    tx: Tx, user: User, token_hash: str, trail: Trail, good_for: timedelta | None = None
) -> OneTimeLink:
    """An invitation while they have no password, a reset after; the link they had before is worth nothing now."""
    invited = await tx.people.password_hash(user.id) == ""
    purpose = LinkPurpose.INVITATION if invited else LinkPurpose.RESET
    link = OneTimeLink(
        user_id=user.id,
        token_hash=token_hash,
        purpose=purpose,
        created_at=trail.now,
        expires_at=trail.now + (good_for or GOOD_FOR[purpose]),
    )
    await tx.credentials.put_link(link)
    trail.note("user", user, user, f"{purpose}_link")
    return link


async def open_link(tx: Tx, token_hash: str, now: datetime) -> tuple[OneTimeLink, User]:
    """Looking does not use it up: mail programs look at links too."""
    link = await tx.credentials.link(token_hash, now)
    user = await tx.people.user(link.user_id) if link else None
    if link is None or user is None or user.archived_at is not None:
        raise LinkOverError
    return link, user


async def choose_password(store: Store, token_hash: str, password_hash: str, now: datetime) -> User:
    """Of two that come with the same link at once, one is too late."""
    async with store.begin() as tx:
        await tx.people.serialise()
        _, user = await open_link(tx, token_hash, now)
        trail = Trail(Actor(user.login, user.id), now)
        await put_password(tx, user, password_hash, trail)
        await trail.write(tx)
    return user
