# SPDX-License-Identifier: Apache-2.0
"""A one-time link as an administrator gives it: shown once, and sent by mail where that is set up."""

from dataclasses import dataclass

from aiohttp import web

from crm_core.domain.credentials import LinkPurpose, OneTimeLink
from crm_core.domain.ids import new_id
from crm_core.domain.people import User
from crm_core.ports.store import Tx
from crm_core.usecases.one_time_links import put_link
from crm_core.usecases.put_mail import can_mail, invitation, password_reset, put_mail
from crm_core.usecases.trail import Trail
from web import keys
from web.secret_ids import hashed, new_session_id


@dataclass(frozen=True, slots=True)
class Given:
    link: OneTimeLink
    address: str  # with the token in it: only for the page that answers
    mailed_to: str


async def give_link(request: web.Request, tx: Tx, user: User, trail: Trail) -> Given:
    token = new_session_id()
    link = await put_link(tx, user, hashed(token), trail)
    base = request.app[keys.SETTINGS].public_url or f"{request.scheme}://{request.host}"
    address = f"{base.rstrip('/')}/invitation/{token}"
    mailed_to = user.email if user.email and await can_mail(tx) else ""
    if mailed_to:
        await _mail(request, tx, user, Given(link, address, mailed_to), trail)
    return Given(link, address, mailed_to)


async def _mail(request: web.Request, tx: Tx, user: User, given: Given, trail: Trail) -> None:
    if given.link.purpose is LinkPurpose.INVITATION:
        mail = invitation(
            to=given.mailed_to,
            name=user.name,
            link=given.address,
            login=user.login,
            invited_by=request[keys.VIEWER].user.name,
            locale=user.locale,
        )
    else:
        minutes = int((given.link.expires_at - given.link.created_at).total_seconds()) // 60
        mail = password_reset(
            to=given.mailed_to, name=user.name, link=given.address, minutes=minutes, locale=user.locale
        )
    await put_mail(tx, mail, key=f"{given.link.purpose}:{new_id(trail.now)}", now=trail.now)
