# SPDX-License-Identifier: Apache-2.0
"""Logging in, in one step or two, and out."""

import structlog
from aiohttp import hdrs, web

from crm_core.domain.people import Role, User
from crm_core.usecases import second_factor
from web import keys, pending_login
from web.access import public, requires
from web.cookies import drop_session_id
from web.forms import form_of, text_field
from web.opening import entry, go, note, open_session, way_back
from web.render import page

log = structlog.get_logger()
_LONGEST = 256  # of a login or a password: argon2 would hash a megabyte as well


@public
async def show(request: web.Request) -> web.StreamResponse:
    if request.get(keys.VIEWER):
        return go(way_back(request.query.get("next", "")))
    return page(request, "login.html", problem="", wait_s=0, login="", next=request.query.get("next", ""))


@public
async def submit(request: web.Request) -> web.StreamResponse:
    form = await form_of(request)
    login = text_field(form, "login", _LONGEST).strip().lower()
    password = text_field(form, "password", _LONGEST)
    back = text_field(form, "next", 2000)
    now = request.app[keys.CLOCK]()
    address = request.remote or ""
    throttle, passwords = request.app[keys.THROTTLE], request.app[keys.PASSWORDS]
    user, kept_hash, known_address = await _account(request, login, address)
    wait_s = throttle.wait_s(login, address, now, known_address=known_address)
    if wait_s:
        return _refused(request, "login.html", wait_s=wait_s, login=login, next=back)
    if not await passwords.matches(password, kept_hash) or user is None or not kept_hash:
        throttle.failed(login, address, now)
        log.warning("login refused", login=login, address=request.remote)
        await note(request, "login_refused", user, login)
        return _refused(request, "login.html", login=login, next=back)
    throttle.succeeded(login, address)
    async with request.app[keys.STORE].read() as tx:
        two_steps = await second_factor.is_on(tx, user)
    if two_steps:
        pending = pending_login.sealed(request.app[keys.SECRET_BOX], user, kept_hash, now)
        return page(request, "login_code.html", problem="", wait_s=0, pending=pending, next=back)
    renewed = await passwords.renewed(password, kept_hash)
    return await open_session(request, user, way_back(back), renewed_hash=renewed)


@public
async def second_step(request: web.Request) -> web.StreamResponse:
    """The password was right a moment ago; now the code."""
    form = await form_of(request)
    code, back = text_field(form, "code", 40), text_field(form, "next", 2000)
    pending = text_field(form, "pending", 2000)
    app, address, now = request.app, request.remote or "", request.app[keys.CLOCK]()
    known = pending_login.opened(app[keys.SECRET_BOX], pending, now)
    user, kept_hash, known_address = await _account(request, known.login if known else "", address)
    if known is None or user is None or not known.is_of(kept_hash or ""):
        return go("/login")  # too long ago, or the password is another one now
    throttled = f"code:{user.id}"
    wait_s = app[keys.THROTTLE].wait_s(throttled, address, now, known_address=known_address)
    if wait_s:
        return _refused(request, "login_code.html", wait_s=wait_s, pending=pending, next=back)
    async with app[keys.STORE].begin() as tx:
        proven = await second_factor.proves(tx, user, code, app[keys.SECRET_BOX], now)
    if not proven:
        app[keys.THROTTLE].failed(throttled, address, now)
        log.warning("second step refused", login=user.login, address=request.remote)
        await note(request, "second_step_refused", user, user.login)
        return _refused(request, "login_code.html", pending=pending, next=back)
    app[keys.THROTTLE].succeeded(throttled, address)
    return await open_session(request, user, way_back(back))


@requires(Role.OPERATOR, first_of_all=True)
async def leave(request: web.Request) -> web.StreamResponse:
    viewer = request[keys.VIEWER]
    if viewer.session:
        async with request.app[keys.STORE].begin() as tx:
            await tx.sessions.revoke(viewer.session.id_hash)
            await tx.audit.add(entry(request, "logout", viewer.user, viewer.user.login))
        request.app[keys.LIVE_SCREENS].close_session(viewer.session.id_hash)
    response = go("/login")
    drop_session_id(request, response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


async def _account(request: web.Request, login: str, address: str) -> tuple[User | None, str | None, bool]:
    """The user, the hash, and whether the account is in use from this address; all the same work for nobody."""
    now = request.app[keys.CLOCK]()
    async with request.app[keys.STORE].read() as tx:
        user = await tx.people.user_by_login(login)
        if user is None or user.archived_at is not None:
            return None, None, False
        sessions = await tx.sessions.of_user(user.id, now)
        return user, await tx.people.password_hash(user.id), any(s.ip == address for s in sessions)


def _refused(request: web.Request, template: str, *, wait_s: float = 0, **values: str) -> web.Response:
    seconds = round(wait_s) + 1 if wait_s else 0
    problem = "wait" if wait_s else "wrong"
    response = page(
        request, template, status=429 if wait_s else 422, problem=problem, wait_s=seconds, **values
    )
    if wait_s:
        response.headers[hdrs.RETRY_AFTER] = str(seconds)
    return response
