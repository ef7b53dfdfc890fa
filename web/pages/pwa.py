# SPDX-License-Identifier: Apache-2.0
"""What makes it an installed application: a manifest, icons and the service worker, at addresses that stay."""

import orjson
from aiohttp import hdrs, web

from web import keys
from web.access import public

_ICONS = frozenset({"icon-192.png", "icon-512.png"})


@public
async def manifest(request: web.Request) -> web.Response:
    icons = [
        {"src": f"/pwa/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    body = {
        "id": "/",
        "name": "Rolodial",
        "short_name": "Rolodial",
        "lang": request[keys.L10N].code,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#1f5fbf",
        "icons": icons,
    }
    return web.Response(body=orjson.dumps(body), content_type="application/manifest+json")


@public
async def service_worker(request: web.Request) -> web.Response:
    """At the root, because its scope is the whole site; asked for anew each time, because it is what updates."""
    asset = request.app[keys.ASSETS].get("js/service_worker.js")
    if asset is None:
        raise web.HTTPNotFound
    headers = {hdrs.CONTENT_TYPE: asset.media_type, hdrs.CACHE_CONTROL: "no-cache"}
    return web.Response(body=asset.body, headers=headers)


@public
async def icon(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    asset = request.app[keys.ASSETS].get(f"img/{name}") if name in _ICONS else None
    if asset is None:
        raise web.HTTPNotFound
    headers = {hdrs.CONTENT_TYPE: asset.media_type, hdrs.CACHE_CONTROL: "public, max-age=86400"}
    return web.Response(body=asset.body, headers=headers)
