# SPDX-License-Identifier: Apache-2.0
"""The session's cookie: __Host- and Secure where the browser speaks TLS with us."""

from aiohttp import web

from web.keys import SETTINGS

_PLAIN = "rolodial"
_SECURE = "__Host-rolodial"


def is_secure(request: web.Request) -> bool:
    return request.secure or request.app[SETTINGS].public_url.startswith("https://")


def read_session_id(request: web.Request) -> str | None:
    return request.cookies.get(_SECURE if is_secure(request) else _PLAIN)


def set_session_id(request: web.Request, response: web.StreamResponse, session_id: str) -> None:
    secure = is_secure(request)
    name = _SECURE if secure else _PLAIN
    response.set_cookie(name, session_id, path="/", secure=secure, httponly=True, samesite="Lax")


def drop_session_id(request: web.Request, response: web.StreamResponse) -> None:
    secure = is_secure(request)
    response.del_cookie(_SECURE if secure else _PLAIN, path="/", secure=secure, httponly=True, samesite="Lax")
