# SPDX-License-Identifier: Apache-2.0
"""What the web tells the metrics, and who may read them."""

import hmac
import ipaddress
from typing import Protocol

from aiohttp import hdrs, web

from web.settings import WebSettings

_PROXIED = ("X-Forwarded-For", "Forwarded", "Via", "X-Real-Ip")


class Metrics(Protocol):
    def note_request(self, status: int, seconds: float) -> None: ...

    async def render(self) -> bytes: ...


def may_read(request: web.Request, settings: WebSettings) -> bool:
    """With the token, from anywhere; without one set, only programs of this machine, not what a proxy passes on."""
    if settings.metrics_token:
        given = request.headers.get(hdrs.AUTHORIZATION, "").removeprefix("Bearer ").encode()
        return hmac.compare_digest(given, settings.metrics_token.encode())
    if any(name in request.headers for name in _PROXIED):
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
