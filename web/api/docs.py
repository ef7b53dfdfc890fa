# SPDX-License-Identifier: Apache-2.0
"""The contract: as a file for programs, and as a page for people."""

import orjson
from aiohttp import web

from web.access import public
from web.api.openapi import Contract
from web.render import page

CONTRACT = web.AppKey("contract", Contract)


@public
async def openapi(request: web.Request) -> web.StreamResponse:
    body = orjson.dumps(request.app[CONTRACT].schema, option=orjson.OPT_INDENT_2)
    return web.Response(body=body, content_type="application/json", headers={"Cache-Control": "no-cache"})


@public
async def show(request: web.Request) -> web.StreamResponse:
    return page(request, "api_docs.html", spec=request.app[CONTRACT].schema)
