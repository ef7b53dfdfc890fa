# SPDX-License-Identifier: Apache-2.0
"""Which queues ring somebody: read from the PBX when it is asked for, told to it where it is ours."""

from aiohttp import web

from crm_core.domain.people import Extension, Role, User
from crm_core.ports.pbx import PbxUnavailableError
from crm_core.usecases.set_password import UserNotFoundError
from crm_core.usecases.trail import Trail
from web import keys, queues
from web.access import requires
from web.forms import form_of, uuid_of
from web.opening import go
from web.pages.settings.people import user_of
from web.render import page

TEMPLATE = "settings/person_queues.html"


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    user, extensions = await _who(request)
    shown = await queues.offered(request, extensions)
    return page(request, TEMPLATE, person=user, extensions=extensions, offered=shown, refused="",
                saved="saved" in request.query)  # fmt: skip


@requires(Role.ADMIN)
async def save(request: web.Request) -> web.StreamResponse:
    user, extensions = await _who(request)
    sent, shown = await form_of(request), await queues.offered(request, extensions)
    trail = Trail(request[keys.VIEWER].actor, request.app[keys.CLOCK]())
    try:
        await queues.save(request, shown, sent, trail)
    except PbxUnavailableError as error:
        shown = await queues.offered(request, extensions)
        return page(request, TEMPLATE, status=409, person=user, extensions=extensions, offered=shown,
                    refused=str(error), saved=False)  # fmt: skip
    return go(f"/settings/people/{user.id}/queues?saved")


async def _who(request: web.Request) -> tuple[User, list[Extension]]:
    user_id, now = uuid_of(request.match_info["id"]), request.app[keys.CLOCK]()
    async with request.app[keys.STORE].read() as tx:
        user = await user_of(tx, user_id)
        extensions = [one for one in await tx.people.extensions(now) if one.user_id == user_id]
    if user.archived_at is not None:
        raise UserNotFoundError
    return user, extensions
