# SPDX-License-Identifier: Apache-2.0
"""While there is no administrator, every page leads to the first run, and only who owns the machine gets through.

Who owns it: a browser on the machine itself, that came straight here; or who reads the server's log, where a code
stands that is new at every start.
"""

import ipaddress
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from crm_core.domain.errors import ForbiddenError
from web.access import Handler
from web.keys import IN_FORCE, SETTINGS

_OPEN = ("/setup", "/static/", "/healthz", "/readyz", "/metrics", "/api/", "/tls")
_OURSELVES = frozenset({"localhost", "127.0.0.1", "::1"})


@web.middleware
async def first_run(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.app[IN_FORCE].has_admin or request.path.startswith(_OPEN):
        return await handler(request)
    if request.method != hdrs.METH_GET or request.headers.get(hdrs.UPGRADE):
        raise ForbiddenError
    return web.Response(status=303, headers={hdrs.LOCATION: "/setup"})


def is_at_the_machine(request: web.Request) -> bool:
    """Nobody between the browser and us: behind a proxy everybody seems to come from this machine."""
    headers = request.headers
    forwarded = any(name in headers for name in (hdrs.FORWARDED, hdrs.X_FORWARDED_FOR, "X-Real-IP", hdrs.VIA))
    if forwarded or request.app[SETTINGS].public_url or _host(request) not in _OURSELVES:
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


def _host(request: web.Request) -> str | None:
    try:
        return urlsplit(f"//{request.host}").hostname
    except ValueError:  # 'http://['
        return None
