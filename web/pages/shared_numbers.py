# SPDX-License-Identifier: Apache-2.0
"""A number that several have becomes one client's, and is given back."""

from aiohttp import web

from crm_core.domain.client import PhoneNumber
from crm_core.domain.people import Role
from crm_core.usecases.keep_number import keep_number, share_number_again
from web import keys, said
from web.access import requires
from web.forms import uuid_of


@requires(Role.OPERATOR)
async def keep(request: web.Request) -> web.StreamResponse:
    phone_id, app = uuid_of(request.match_info["id"]), request.app
    kept = await keep_number(app[keys.STORE], phone_id, request[keys.VIEWER].actor, app[keys.CLOCK]())
    return said.go(request, said.back(request, _card(kept)), "number-kept", phone_id)


@requires(Role.OPERATOR)
async def share_again(request: web.Request) -> web.StreamResponse:
    """Undo."""
    phone_id, app = uuid_of(request.match_info["id"]), request.app
    actor, now = request[keys.VIEWER].actor, app[keys.CLOCK]()
    number = await share_number_again(app[keys.STORE], phone_id, actor, now)
    return said.go(request, said.back(request, _card(number)), "number-shared")


def _card(number: PhoneNumber) -> str:
    return f"/contacts/{number.contact_id}" if number.contact_id else f"/companies/{number.company_id}"
