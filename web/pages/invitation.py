# SPDX-License-Identifier: Apache-2.0
"""A one-time link: who opens it chooses a password and is in."""

from aiohttp import web

from crm_core.usecases import second_factor
from crm_core.usecases.one_time_links import choose_password, open_link
from web import keys
from web.access import public
from web.chosen_password import chosen_password
from web.forms import form_of
from web.opening import go, open_session
from web.render import page
from web.secret_ids import hashed


@public
async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request, {})


@public
async def choose(request: web.Request) -> web.StreamResponse:
    form, app = await form_of(request), request.app
    password, errors = chosen_password(form)
    if errors:
        return await _page(request, errors)
    token_hash, now = hashed(request.match_info["token"]), app[keys.CLOCK]()
    async with app[keys.STORE].read() as tx:
        await open_link(tx, token_hash, now)  # before anything slow is done for a stranger
    password_hash = await app[keys.PASSWORDS].hash(password)
    user = await choose_password(app[keys.STORE], token_hash, password_hash, now)
    async with app[keys.STORE].read() as tx:
        if await second_factor.is_on(tx, user):
            return go("/login")
    return await open_session(request, user, "/")


async def _page(request: web.Request, errors: dict[str, str]) -> web.Response:
    token_hash, now = hashed(request.match_info["token"]), request.app[keys.CLOCK]()
    async with request.app[keys.STORE].read() as tx:
        link, user = await open_link(tx, token_hash, now)
    return page(
        request,
        "door/choose_password.html",
        status=422 if errors else 200,
        errors=errors,
        link=link,
        person=user,
    )
