# SPDX-License-Identifier: Apache-2.0
"""Headers of every answer: nothing inline, nothing foreign, nothing kept by caches that is somebody's."""

from aiohttp import hdrs, web

from web.keys import REQUEST_ID
from web.middleware.road import is_to_be_remembered

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; media-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; "  # Tabler's own pictures stand in its style sheet
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Before anything is sent, whoever made the answer."""
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    response.headers[hdrs.SERVER] = "Rolodial"  # no versions
    response.headers["X-Request-Id"] = request.get(REQUEST_ID, "")
    if is_to_be_remembered(request):
        response.headers.setdefault(hdrs.STRICT_TRANSPORT_SECURITY, "max-age=31536000")
