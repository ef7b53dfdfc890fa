# SPDX-License-Identifier: Apache-2.0
"""A session begins: after a password, after a second step, after an invitation."""

import secrets
from datetime import timedelta
from urllib.parse import unquote

from aiohttp import hdrs, web

from crm_core.domain import clean
from crm_core.domain.audit import Actor, AuditEntry
from crm_core.domain.ids import new_id
from crm_core.domain.people import User
from crm_core.domain.session import Session
from crm_core.ports.store import Tx
from web import keys
from web.cookies import read_session_id, set_session_id
from web.secret_ids import hashed, new_session_id


async def open_session(
    request: web.Request, user: User, back: str, *, renewed_hash: str | None = None
) -> web.Response:
    """A new id at every login: one that was planted before is worth nothing."""
    app, now = request.app, request.app[keys.CLOCK]()
    session_id = new_session_id()
    session = Session(
        id_hash=hashed(session_id),
        user_id=user.id,
        csrf=secrets.token_urlsafe(32),
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(hours=app[keys.SETTINGS].session_idle_hours),
        ip=request.remote,
        user_agent=clean.line(request.headers.get(hdrs.USER_AGENT), 300),
    )
    async with app[keys.STORE].begin() as tx:
        await _forget_old(request, tx)
        await tx.sessions.add(session)
        await tx.people.seen(user.id, now)
        if renewed_hash:
            await tx.people.set_password_hash(user.id, renewed_hash)
        await tx.audit.add(entry(request, "login", user, user.login))
    response = go(back)
    set_session_id(request, response, session_id)
    return response


async def note(request: web.Request, action: str, user: User | None, login: str) -> None:
    async with request.app[keys.STORE].begin() as tx:
        await tx.audit.add(entry(request, action, user, login))


def entry(request: web.Request, action: str, user: User | None, login: str) -> AuditEntry:
    now = request.app[keys.CLOCK]()
    return AuditEntry(
        id=new_id(now),
        at=now,
        actor=Actor(login, user.id if user else None),
        action=action,
        kind="user",
        record_id=user.id if user else None,
        after={"ip": request.remote},
    )


def way_back(address: str) -> str:
    """A page of ours, else the first one: never an address somebody else wrote into the link."""
    path = unquote(address)
    ours = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if ours and path.isprintable() else "/"


def go(address: str) -> web.Response:
    return web.Response(status=303, headers={hdrs.LOCATION: address})


async def _forget_old(request: web.Request, tx: Tx) -> None:
    """The session this browser had before, and all that are over."""
    if old := read_session_id(request):
        await tx.sessions.revoke(hashed(old))
    await tx.sessions.expire(request.app[keys.CLOCK]())
