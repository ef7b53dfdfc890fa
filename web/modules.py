# SPDX-License-Identifier: Apache-2.0
"""Which addresses belong to a part of the product that may be off for somebody: menus and routes ask here."""

from collections.abc import Callable
from typing import Final

from aiohttp import web

from crm_core.domain.errors import NotFoundError
from crm_core.domain.modules import Module
from web.access import Handler
from web.keys import IN_FORCE, VIEWER
from web.words import N_

NAMES: Final = {
    Module.LEADS: N_("Leads"),
    Module.ORDERS: N_("Orders"),
    Module.CLICK_TO_CALL: N_("Calling by a click"),
    Module.RECORDINGS: N_("Listening to recordings"),
}
_ADDRESSES: Final = {
    "/leads": Module.LEADS,
    "/orders": Module.ORDERS,
    "/calls/originate": Module.CLICK_TO_CALL,
    "/recordings": Module.RECORDINGS,
}


def opens(request: web.Request) -> Callable[[str], bool]:
    """For templates: whether the reader has the module that an address belongs to."""
    viewer, modules = request.get(VIEWER), request.app[IN_FORCE].modules

    def asked(path: str) -> bool:
        found = (
            module
            for address, module in _ADDRESSES.items()
            if path == address or path.startswith(f"{address}/")
        )
        return viewer is None or all(modules.has(viewer.user.role, module) for module in found)

    return asked


@web.middleware
async def modules(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What is off is not there."""
    if not opens(request)(request.path):
        raise NotFoundError
    return await handler(request)
