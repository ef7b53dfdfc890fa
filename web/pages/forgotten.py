# SPDX-License-Identifier: Apache-2.0
"""A forgotten password: a letter with a link, where letters can be sent; the answer never says who works here."""

from aiohttp import web

from crm_core.domain.audit import Actor
from crm_core.domain.credentials import BY_MAIL_GOOD_FOR
from crm_core.domain.ids import new_id
from crm_core.domain.people import User
from crm_core.ports.store import Tx
from crm_core.usecases.one_time_links import put_link
from crm_core.usecases.put_mail import can_mail, password_reset, put_mail
from crm_core.usecases.trail import Trail
from web import keys
from web.access import public
from web.forms import form_of, text_field
from web.opening import entry
from web.render import page
from web.secret_ids import hashed, new_session_id
from web.throttled import TooManyTriesError


@public
async def show(request: web.Request) -> web.StreamResponse:
    return page(request, "door/forgotten.html", asked=False, by_mail=await _by_mail(request))


@public
async def ask(request: web.Request) -> web.StreamResponse:
    """The same work and the same words for every login."""
    login = text_field(await form_of(request), "login", 256).strip().lower()
    app, address, now = request.app, request.remote or "", request.app[keys.CLOCK]()
    throttled = f"forgot:{login}"
    if app[keys.THROTTLE].wait_s(throttled, address, now, known_address=False):
        raise TooManyTriesError
    app[keys.THROTTLE].failed(throttled, address, now)
    by_mail = await _by_mail(request)
    async with app[keys.STORE].begin() as tx:
        user = await tx.people.user_by_login(login)
        await tx.audit.add(entry(request, "reset_asked", user, login))
        if by_mail and user and not user.archived_at and user.email:
            await _send(request, tx, user, user.email)
    return page(request, "door/forgotten.html", asked=True, by_mail=by_mail)


async def _by_mail(request: web.Request) -> bool:
    """A link is only sent to an address of ours that is set: what a browser asks for could be anybody's host."""
    async with request.app[keys.STORE].read() as tx:
        return bool(request.app[keys.SETTINGS].public_url) and await can_mail(tx)


async def _send(request: web.Request, tx: Tx, user: User, address: str) -> None:
    now = request.app[keys.CLOCK]()
    token, trail = new_session_id(), Trail(Actor(user.login), now)
    await put_link(tx, user, hashed(token), trail, BY_MAIL_GOOD_FOR)
    link = f"{request.app[keys.SETTINGS].public_url.rstrip('/')}/invitation/{token}"
    minutes = int(BY_MAIL_GOOD_FOR.total_seconds()) // 60
    mail = password_reset(to=address, name=user.name, link=link, minutes=minutes, locale=user.locale)
    await put_mail(tx, mail, key=f"password_reset:{new_id(now)}", now=now)
    await trail.write(tx)
