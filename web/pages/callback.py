# SPDX-License-Identifier: Apache-2.0
"""A request to be called back that an operator took by another way: a letter, a visit, a call of their own."""

from aiohttp import web

from crm_core.domain.callback import LONGEST_NOTE, CallbackRequest, CallbackSource
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.people import Role
from crm_core.usecases.access_missed import seen_by
from crm_core.usecases.request_callback import request_callback
from web import keys, said
from web.access import requires
from web.forms import form_of, moment_of, text_field

_LONGEST = 60


@requires(Role.OPERATOR)
async def note(request: web.Request) -> web.StreamResponse:
    app, viewer, l10n = request.app, request[keys.VIEWER], request[keys.L10N]
    form, now = await form_of(request), app[keys.CLOCK]()
    number = app[keys.DIRECTORY].normalise(text_field(form, "number", _LONGEST))
    if number is None:
        raise InvalidInputError("this is not a telephone number", field="number")
    wanted = CallbackRequest(
        id=new_id(now),
        e164=number,
        source=CallbackSource.OPERATOR,
        arrived_at=now,
        made_at=now,
        wanted_at=moment_of(text_field(form, "wanted_at", _LONGEST), l10n.zone, "wanted_at"),
        note=text_field(form, "note", LONGEST_NOTE).strip() or None,
        user_id=viewer.id,
    )
    item = await request_callback(app[keys.STORE], app[keys.DIRECTORY], wanted, viewer.actor, now)
    async with app[keys.STORE].read() as tx:
        is_theirs = (await seen_by(tx, viewer.user)).has(item)
    return said.go(request, f"/missed/{item.id}" if is_theirs else "/missed", "callback-noted")
