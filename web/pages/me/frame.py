# SPDX-License-Identifier: Apache-2.0
"""What the pages about oneself have in common."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web

from crm_core.domain.people import User
from crm_core.ports.store import Tx
from crm_core.usecases.set_password import UserNotFoundError
from crm_core.usecases.trail import Trail
from web import keys
from web.throttled import TooManyTriesError

T = TypeVar("T")


async def changed(request: web.Request, work: Callable[[Tx, User, Trail], Awaitable[T]]) -> T:
    """One transaction about the reader, as they are now, with its trail."""
    viewer = request[keys.VIEWER]
    trail = Trail(viewer.actor, request.app[keys.CLOCK]())
    async with request.app[keys.STORE].begin() as tx:
        user = await tx.people.user(viewer.id)
        if user is None or user.archived_at is not None:
            raise UserNotFoundError
        done = await work(tx, user, trail)
        await trail.write(tx)
    return done


async def password_is(request: web.Request, password: str) -> bool:
    """Throttled as a login is: a browser left open must not be where a password is guessed."""
    user, address = request[keys.VIEWER].user, request.remote or ""
    app, now = request.app, request.app[keys.CLOCK]()
    throttled = f"again:{user.login}"
    if app[keys.THROTTLE].wait_s(throttled, address, now, known_address=True):
        raise TooManyTriesError
    async with app[keys.STORE].read() as tx:
        kept = await tx.people.password_hash(user.id)
    if await app[keys.PASSWORDS].matches(password, kept):
        app[keys.THROTTLE].succeeded(throttled, address)
        return True
    app[keys.THROTTLE].failed(throttled, address, now)
    return False
