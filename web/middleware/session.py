# SPDX-License-Identifier: Apache-2.0
"""Who asks: the session's cookie, or a program's bearer token; and whether the route's rule lets them."""

from datetime import timedelta
from urllib.parse import quote

from aiohttp import hdrs, web

from crm_core.domain.errors import ForbiddenError
from crm_core.usecases import second_factor
from web.access import Access, Handler, access_of
from web.cookies import read_session_id
from web.errors import LoginNeededError, SecondStepNeededError, TokenNeededError
from web.keys import CLOCK, IN_FORCE, L10N, SETTINGS, STORE, VIEWER
from web.middleware.locale import localised
from web.secret_ids import hashed
from web.viewer import Viewer

_TOUCH_EVERY = timedelta(minutes=5)


@web.middleware
async def session(request: web.Request, handler: Handler) -> web.StreamResponse:
    access = access_of(request)
    viewer = await (_by_token(request) if access.scope else _by_cookie(request))
    if viewer is not None:
        request[VIEWER] = viewer
        request[L10N] = localised(request, viewer.user)
    _enforce(request, access, viewer)
    return await handler(request)


def _enforce(request: web.Request, access: Access, viewer: Viewer | None) -> None:
    if access.is_public:
        return
    if viewer is None:
        raise TokenNeededError if access.scope else LoginNeededError(next=_way_back(request))
    if access.scope and (viewer.token is None or not viewer.token.may(access.scope)):
        raise ForbiddenError
    if viewer.must_set_up and not access.first_of_all:
        raise SecondStepNeededError
    if access.role and not viewer.is_at_least(access.role):
        raise ForbiddenError


def _way_back(request: web.Request) -> str:
    """Only a page can be gone back to, and only of ours: a path, never an address."""
    if request.method != hdrs.METH_GET or request.path == "/":
        return ""
    if request.headers.get("HX-Request"):
        return ""
    return quote(request.path_qs, safe="")


async def _by_cookie(request: web.Request) -> Viewer | None:
    session_id = read_session_id(request)
    if session_id is None:
        return None
    now = request.app[CLOCK]()
    async with request.app[STORE].read() as tx:
        found = await tx.sessions.get(hashed(session_id), now)
        user = await tx.people.user(found.user_id) if found else None
        must_set_up = user is not None and await second_factor.is_missing(
            tx, user, request.app[IN_FORCE].security
        )
    if found is None or user is None or user.archived_at is not None:
        return None
    if now - found.seen_at > _TOUCH_EVERY:
        settings = request.app[SETTINGS]
        last = found.created_at + timedelta(days=settings.session_days)
        expires = min(now + timedelta(hours=settings.session_idle_hours), last)
        async with request.app[STORE].begin() as tx:
            await tx.sessions.touch(found.id_hash, now, expires)
            await tx.people.seen(user.id, now)
    return Viewer(user=user, session=found, must_set_up=must_set_up)


async def _by_token(request: web.Request) -> Viewer | None:
    scheme, _, secret = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        return None
    now = request.app[CLOCK]()
    async with request.app[STORE].read() as tx:
        token = await tx.sessions.token(hashed(secret.strip()), now)
        user = await tx.people.user(token.user_id) if token else None
    if token is None or user is None or user.archived_at is not None:
        return None
    if token.last_used_at is None or now - token.last_used_at > _TOUCH_EVERY:
        async with request.app[STORE].begin() as tx:
            await tx.sessions.token_used(token.id, now)
    return Viewer(user=user, token=token)
