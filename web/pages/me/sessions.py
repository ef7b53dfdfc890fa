# SPDX-License-Identifier: Apache-2.0
"""Where I am logged in: each device, and ways to end it there."""

import hashlib

from aiohttp import web

from crm_core.domain.errors import NotFoundError
from crm_core.domain.people import Role, User
from crm_core.ports.store import Tx
from crm_core.usecases.trail import Trail
from web import keys
from web.access import requires
from web.devices import device_of
from web.opening import go
from web.pages.me import frame
from web.render import page


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    viewer = request[keys.VIEWER]
    async with request.app[keys.STORE].read() as tx:
        sessions = await tx.sessions.of_user(viewer.id, request.app[keys.CLOCK]())
    here = viewer.session.id_hash if viewer.session else ""
    shown = [
        {
            "mark": mark(one.id_hash),
            "here": one.id_hash == here,
            "device": device_of(one.user_agent),
            "it": one,
        }
        for one in sorted(sessions, key=lambda one: one.id_hash != here)
    ]
    return page(request, "me/sessions.html", sessions=shown, ended=request.query.get("ended", "")[:6])


@requires(Role.OPERATOR)
async def end(request: web.Request) -> web.StreamResponse:
    wanted = request.match_info["mark"]

    async def work(tx: Tx, user: User, trail: Trail) -> str:
        for session in await tx.sessions.of_user(user.id, trail.now):
            if mark(session.id_hash) == wanted:
                await tx.sessions.revoke(session.id_hash)
                trail.note("user", user, user, "session_ended")
                return session.id_hash
        raise NotFoundError

    request.app[keys.LIVE_SCREENS].close_session(await frame.changed(request, work))
    return go("/me/sessions?ended=1")


@requires(Role.OPERATOR)
async def end_all(request: web.Request) -> web.StreamResponse:
    """Everywhere but here."""
    session = request[keys.VIEWER].session

    async def work(tx: Tx, user: User, trail: Trail) -> int:
        ended = await tx.sessions.revoke_all(user.id, but=session.id_hash if session else None)
        trail.note("user", user, user, "sessions_ended")
        return ended

    return go(f"/me/sessions?ended={await frame.changed(request, work)}")


def mark(id_hash: str) -> str:
    """Names a session on a page without saying anything that is kept about it."""
    return hashlib.sha256(f"mark:{id_hash}".encode()).hexdigest()[:20]
