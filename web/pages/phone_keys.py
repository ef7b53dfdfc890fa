# SPDX-License-Identifier: Apache-2.0
"""The keys of one's own phone: read by the pages, changed in the keyboard map."""

from aiohttp import web

from crm_core.domain.people import Role
from web import keys, phone_keys
from web.access import requires
from web.forms import form_of, text_field

_NAME = "keys"


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        kept = await tx.preferences.get(request[keys.VIEWER].id, _NAME)
    return web.json_response(phone_keys.chosen(kept))


@requires(Role.OPERATOR)
async def save(request: web.Request) -> web.StreamResponse:
    form, user_id = await form_of(request), request[keys.VIEWER].id
    action, key = text_field(form, "action", 20), text_field(form, "key", 30)
    async with request.app[keys.STORE].begin() as tx:
        known = phone_keys.chosen(await tx.preferences.get(user_id, _NAME))
        changed = phone_keys.change(known, action, key)
        await tx.preferences.set(user_id, _NAME, changed)
    return web.json_response(changed)
