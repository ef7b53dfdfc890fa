# SPDX-License-Identifier: Apache-2.0
"""What the PBX said of a call, for a bug report: its events, numbers and names masked."""

from aiohttp import web

from crm_core.domain.people import Role
from crm_core.ports.call_events import NoEventsError
from crm_core.usecases.access_call import access_call
from web import keys
from web.access import requires
from web.forms import uuid_of


@requires(Role.ADMIN)
async def download(request: web.Request) -> web.Response:
    async with request.app[keys.STORE].read() as tx:
        kept = await access_call(tx, request[keys.VIEWER].user, uuid_of(request.match_info["id"]))
    events = request.app[keys.CALL_EVENTS]
    if events is None:
        raise NoEventsError
    headers = {"Content-Disposition": f'attachment; filename="call-{kept.call.id}.amij"'}
    return web.Response(
        body=await events.masked(kept.call), content_type="application/octet-stream", headers=headers
    )
