# SPDX-License-Identifier: Apache-2.0
"""/tls: how a device learns to trust the house's own CA. For everybody: who cannot trust it yet cannot log in."""

from aiohttp import hdrs, web

from web.access import public
from web.keys import OWN_CA
from web.own_ca import OwnCa
from web.render import page

FILE = "rolodial-ca.crt"


@public
async def show(request: web.Request) -> web.StreamResponse:
    return page(request, "tls.html", ca=_own_ca(request), file=FILE, host=request.host)


@public
async def download(request: web.Request) -> web.Response:
    headers = {
        hdrs.CONTENT_TYPE: "application/x-x509-ca-cert",
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{FILE}"',
    }
    return web.Response(body=_own_ca(request).certificate, headers=headers)


def _own_ca(request: web.Request) -> OwnCa:
    found = request.app[OWN_CA]
    if found is None:
        raise web.HTTPNotFound
    return found
