# SPDX-License-Identifier: Apache-2.0
"""/metrics, for Prometheus: to others it does not exist."""

from aiohttp import web

from web.access import public
from web.keys import METRICS, SETTINGS
from web.metrics import may_read


@public
async def show(request: web.Request) -> web.Response:
    metrics = request.app[METRICS]
    if metrics is None or not may_read(request, request.app[SETTINGS]):
        raise web.HTTPNotFound
    body = await metrics.render()
    return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
