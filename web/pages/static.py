# SPDX-License-Identifier: Apache-2.0
"""Static files: kept by browsers for ever under the hash they were named with."""

from aiohttp import hdrs, web

from web.access import public
from web.keys import ASSETS


@public
async def serve(request: web.Request) -> web.Response:
    assets = request.app[ASSETS]
    asset = assets.get(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound
    kept = request.match_info["digest"] == assets.digest
    headers = {
        hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable" if kept else "no-cache",
        hdrs.CONTENT_TYPE: asset.media_type,
        hdrs.VARY: "Accept-Encoding",
    }
    if asset.gzipped and "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        return web.Response(body=asset.gzipped, headers={**headers, hdrs.CONTENT_ENCODING: "gzip"})
    return web.Response(body=asset.body, headers=headers)
