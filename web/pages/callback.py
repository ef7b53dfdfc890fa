# SPDX-License-Identifier: Apache-2.0
"""A request to be called back that an operator took by another way: a letter, a visit, a call of their own."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from crm_core.domain.callback import LONGEST_NOTE, CallbackRequest, CallbackSource
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.missed import MissedItem
from crm_core.domain.people import Role
from crm_core.usecases.access_missed import seen_by
from crm_core.usecases.request_callback import request_callback
from web import keys, said
from web.access import requires
from web.forms import form_of, moment_of, text_field
from web.render import page

_FIELDS: Final = {"number": 60, "wanted_at": 60, "note": LONGEST_NOTE}  # name -> the longest


@requires(Role.OPERATOR)
async def note(request: web.Request) -> web.StreamResponse:
    form = await form_of(request)
    try:
        item = await _noted(request, {name: text_field(form, name, most) for name, most in _FIELDS.items()})
    except InvalidInputError as error:
        field = error.details.get("field")
        if field not in _FIELDS or not request.headers.get("HX-Request"):
            raise
        wrong = dict.fromkeys(_FIELDS, "") | {str(field): str(error)}
        typed = {name: str(form.get(name, ""))[:most] for name, most in _FIELDS.items()}
        return page(request, "missed/callback_form.html", status=422, typed=typed, wrong=wrong)
    async with request.app[keys.STORE].read() as tx:
        is_theirs = (await seen_by(tx, request[keys.VIEWER].user)).has(item)
    return said.go(request, f"/missed/{item.id}" if is_theirs else "/missed", "callback-noted")


async def _noted(request: web.Request, given: Mapping[str, str]) -> MissedItem:
    app, viewer, now = request.app, request[keys.VIEWER], request.app[keys.CLOCK]()
    number = app[keys.DIRECTORY].normalise(given["number"])
    if number is None:
        raise InvalidInputError("this is not a telephone number", field="number")
    wanted = CallbackRequest(
        id=new_id(now),
        e164=number,
        source=CallbackSource.OPERATOR,
        arrived_at=now,
        made_at=now,
        wanted_at=moment_of(given["wanted_at"], request[keys.L10N].zone, "wanted_at"),
        note=given["note"].strip() or None,
        user_id=viewer.id,
    )
    return await request_callback(app[keys.STORE], app[keys.DIRECTORY], wanted, viewer.actor, now)
