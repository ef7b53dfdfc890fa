# SPDX-License-Identifier: Apache-2.0
"""A change must come from a page of ours: the browser says so, and the page knows the session's token."""

import base64
import hmac
import secrets
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from crm_core.domain.errors import ForbiddenError
from web.access import Handler, access_of
from web.forms import form_of
from web.keys import SETTINGS, VIEWER

HEADER = "X-CSRF-Token"
FIELD = "csrf_token"
_SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})


class ForeignRequestError(ForbiddenError):
    """This did not come from a page of ours. Reload the page and try again."""


@web.middleware
async def csrf(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.method not in _SAFE and not access_of(request).scope:
        if not comes_from_us(request):
            raise ForeignRequestError
        viewer = request.get(VIEWER)
        # Logging in again from a tab that was left open needs no token: it gives nothing away and takes nothing over.
        is_public = access_of(request).is_public
        if (
            viewer
            and viewer.session
            and not is_public
            and not _knows(viewer.session.csrf, await _token(request))
        ):
            raise ForeignRequestError
    return await handler(request)


def comes_from_us(request: web.Request) -> bool:
    """What the browser itself says; a browser too old to say anything is left to the token."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        return True
    ours = request.app[SETTINGS].public_url
    expected = urlsplit(ours).netloc if ours else request.host
    try:
        return urlsplit(origin).netloc == expected
    except ValueError:  # 'http://['
        return False


def masked(token: str) -> str:
    """Another text each time, so that a compressed page does not give it away letter by letter (BREACH)."""
    raw = token.encode()
    mask = secrets.token_bytes(len(raw))
    return base64.urlsafe_b64encode(mask + _xor(raw, mask)).decode()


def _knows(token: str, given: str) -> bool:
    try:
        raw = base64.urlsafe_b64decode(given.encode())
    except ValueError:
        return False
    half = len(raw) // 2
    return hmac.compare_digest(token.encode(), _xor(raw[half:], raw[:half]))


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=False))


async def _token(request: web.Request) -> str:
    if HEADER in request.headers:
        return request.headers[HEADER]
    value = (await form_of(request)).get(FIELD, "")
    return value if isinstance(value, str) else ""
