# SPDX-License-Identifier: Apache-2.0
"""Every request has an id, said in the answer and in every line of the log."""

import secrets
import time

import structlog
from aiohttp import web

from web.access import Handler
from web.keys import METRICS, REQUEST_ID

log = structlog.get_logger()


@web.middleware
async def request_id(request: web.Request, handler: Handler) -> web.StreamResponse:
    request[REQUEST_ID] = secrets.token_hex(8)
    started = time.monotonic()
    with structlog.contextvars.bound_contextvars(request_id=request[REQUEST_ID]):
        response = await handler(request)
        took_s = time.monotonic() - started
        if (metrics := request.app[METRICS]) and not isinstance(response, web.WebSocketResponse):
            metrics.note_request(response.status, took_s)
        ms = round(took_s * 1000, 1)
        log.debug("request", method=request.method, path=request.path, status=response.status, ms=ms)
        return response
