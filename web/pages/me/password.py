# SPDX-License-Identifier: Apache-2.0
"""A new password for oneself: the old one is asked for, and other sessions end."""

from aiohttp import web

from crm_core.domain.people import Role, User
from crm_core.ports.store import Tx
from crm_core.usecases.set_password import put_password
from crm_core.usecases.trail import Trail
from web import keys
from web.access import requires
from web.chosen_password import chosen_password
from web.forms import form_of, text_field
from web.opening import go
from web.pages.me import frame
from web.render import page
from web.words import N_


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    return page(request, "me/password.html", saved="saved" in request.query, errors={})


@requires(Role.OPERATOR)
async def save(request: web.Request) -> web.StreamResponse:
    form = await form_of(request)
    chosen, errors = chosen_password(form)
    if not errors and not await frame.password_is(request, text_field(form, "old", 256)):
        errors = {"old": N_("This is not your password.")}
    if errors:
        return page(request, "me/password.html", status=422, saved=False, errors=errors)
    hashed = await request.app[keys.PASSWORDS].hash(chosen)
    session = request[keys.VIEWER].session

    async def work(tx: Tx, user: User, trail: Trail) -> None:
        await put_password(tx, user, hashed, trail, keep_session=session.id_hash if session else None)

    await frame.changed(request, work)
    return go("/me/password?saved")
