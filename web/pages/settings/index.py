# SPDX-License-Identifier: Apache-2.0
"""The way into the settings: every page there is, with one sentence each."""

from aiohttp import web

from crm_core.domain.people import Role
from web.access import requires
from web.render import page


@requires(Role.SUPERVISOR)
async def show(request: web.Request) -> web.StreamResponse:
    return page(request, "settings/index.html")
