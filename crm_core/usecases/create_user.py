# SPDX-License-Identifier: Apache-2.0
"""Somebody new may log in."""

from datetime import datetime

from crm_core.domain import clean
from crm_core.domain.audit import Actor
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.people import Role, User
from crm_core.domain.person_sheet import LOGIN
from crm_core.ports.store import Store
from crm_core.usecases.trail import Trail


async def create_user(  # noqa: PLR0913 - who, as what, with which password, who says so, when
    store: Store, *, login: str, name: str, role: Role, password_hash: str, actor: Actor, now: datetime
) -> User:
    """`password_hash` is argon2id's: hashing takes long, so it is done outside, never within a transaction."""
    if not LOGIN.match(login):
        raise InvalidInputError("a login is of a-z, 0-9 and . _ @ -, and 64 characters at most")
    user = User(id=new_id(now), login=login, name=clean.name(name), role=role, created_at=now)
    trail = Trail(actor, now)
    async with store.begin() as tx:
        await tx.people.add_user(user, password_hash)
        trail.note("user", None, user)
        await trail.write(tx)
    return user
