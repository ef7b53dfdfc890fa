# SPDX-License-Identifier: Apache-2.0
"""All open tasks of one person go to another, where what a person has is dealt out; and back."""

from aiohttp import web

from crm_core.domain.people import Role
from crm_core.usecases.hand_tasks import hand_tasks, take_tasks_back
from web import keys, said
from web.access import requires
from web.forms import chosen_id, form_of, text_field, uuid_of
from web.pages.settings.sharing import ADDRESS


@requires(Role.SUPERVISOR)
async def hand(request: web.Request) -> web.StreamResponse:
    app, form = request.app, await form_of(request)
    of, to = (chosen_id(text_field(form, name, 40), name) for name in ("of", "to"))
    act = await hand_tasks(app[keys.STORE], of, to, request[keys.VIEWER].actor, app[keys.CLOCK]())
    return said.go(request, f"{ADDRESS}?of={of}#of-one", "tasks-handed", act)


@requires(Role.SUPERVISOR)
async def take_back(request: web.Request) -> web.StreamResponse:
    app, act = request.app, uuid_of(request.match_info["id"])
    of = await take_tasks_back(app[keys.STORE], act, request[keys.VIEWER].actor, app[keys.CLOCK]())
    return said.go(request, f"{ADDRESS}?of={of}#of-one", "tasks-back")
