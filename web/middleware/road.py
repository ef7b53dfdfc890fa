# SPDX-License-Identifier: Apache-2.0
"""How a request came to us: who asks when a proxy of ours stands between; away from plain HTTP where we have TLS."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from aiohttp import web

from web.access import Handler
from web.keys import SETTINGS
from web.settings import WebSettings

FORWARDED_FOR, FORWARDED_PROTO = "X-Forwarded-For", "X-Forwarded-Proto"
_PLAIN = ("/tls", "/static/", "/healthz", "/readyz")  # what may be read before TLS can be trusted


@web.middleware
async def road(request: web.Request, handler: Handler) -> web.StreamResponse:
    settings = request.app[SETTINGS]
    if settings.trusted_proxies:
        _believe(request, settings.trusted_proxies)
    if settings.has_tls and not request.secure and not request.path.startswith(_PLAIN):
        raise web.HTTPPermanentRedirect(_secure_address(request, settings))
    return await handler(request)


def _believe(request: web.Request, trusted: Sequence[str]) -> None:
    """Only what a trusted proxy says; of the addresses in a row, the last that is not a trusted one's."""
    networks = [ipaddress.ip_network(network) for network in trusted]
    seen = [
        name.strip()
        for name in ",".join(request.headers.getall(FORWARDED_FOR, [])).split(",")
        if name.strip()
    ]
    address = request.remote or ""
    if not _is_in(address, networks):
        return
    while seen and _is_in(address, networks):
        address = seen.pop()
    if not _is_address(address):
        address = request.remote or ""
    proto = request.headers.get(FORWARDED_PROTO, "").rpartition(",")[2].strip().lower()
    # As request.clone() sets them; a clone would lose what the request learns on its way.
    request._cache["remote"] = address  # noqa: SLF001
    if proto in {"http", "https"}:
        request._cache["scheme"] = proto  # noqa: SLF001


def _is_in(address: str, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return _is_address(address) and any(ipaddress.ip_address(address) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _secure_address(request: web.Request, settings: WebSettings) -> str:
    if settings.public_url.startswith("https://"):
        return settings.public_url.rstrip("/") + request.path_qs
    try:
        host = urlsplit(f"//{request.host}").hostname or "localhost"
    except ValueError:
        host = "localhost"
    host = f"[{host}]" if ":" in host else host
    port = "" if settings.port == 443 else f":{settings.port}"  # noqa: PLR2004 - of https
    return f"https://{host}{port}{request.path_qs}"


def is_to_be_remembered(request: web.Request) -> bool:
    """Whether browsers shall refuse plain HTTP from now on: never for a CA that a device may stop to trust."""
    settings = request.app[SETTINGS]
    return settings.hsts and settings.tls != "own-ca" and request.secure
