# SPDX-License-Identifier: Apache-2.0
"""Problem details for programs: RFC 9457."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web

from web.keys import REQUEST_ID


def problem(request: web.Request, status: int, message: str, details: Mapping[str, Any]) -> web.Response:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
        "instance": f"urn:request:{request[REQUEST_ID]}",
        **{name: details[name] for name in ("errors", "current") if name in details},
    }
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/problem+json")
