# SPDX-License-Identifier: Apache-2.0
"""A client keeps their manager, whatever the rules say; or no longer."""

from aiohttp import web

from crm_core.domain.client import ClientKind
from crm_core.domain.people import Role
from crm_core.usecases.hand_over import set_pin
from crm_core.usecases.trail import Trail
from web import keys, said
from web.access import Handler, requires
from web.forms import uuid_of

_KINDS = {"contacts": ClientKind.CONTACT, "companies": ClientKind.COMPANY}


def pins(of: str, *, pinned: bool) -> Handler:
    """The handler of a button."""

    @requires(Role.OPERATOR)
    async def change(request: web.Request) -> web.StreamResponse:
        client_id = uuid_of(request.match_info["id"])
        trail = Trail(request[keys.VIEWER].actor, request.app[keys.CLOCK]())
        async with request.app[keys.STORE].begin() as tx:
            await set_pin(tx, _KINDS[of], client_id, trail, pinned=pinned)
            await trail.write(tx)
        return said.go(request, f"/{of}/{client_id}", "saved")

    return change
