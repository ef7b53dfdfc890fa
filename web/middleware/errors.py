# SPDX-License-Identifier: Apache-2.0
"""Errors become a page, a message on the page that asked, or problem+json for programs (RFC 9457)."""

from http import HTTPStatus

import structlog
from aiohttp import hdrs, web

from crm_core.domain.errors import CrmError
from web.access import Handler, access_of
from web.errors import LoginNeededError, SecondStepNeededError, status_of
from web.keys import L10N, REQUEST_ID, VIEWER
from web.problems import problem
from web.render import page, toast

log = structlog.get_logger()


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _of_http(request, error)
    except CrmError as error:
        return _of_domain(request, error)
    except ConnectionResetError:  # the browser went away
        raise
    except Exception:  # a bug: the only place of the web that catches them
        log.exception("request failed", method=request.method, path=request.path)
        return _answer(request, 500, "")


def _of_http(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    if error.status < HTTPStatus.BAD_REQUEST:
        raise error
    answer = _answer(request, error.status, "")
    if hdrs.ALLOW in error.headers:
        answer.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
    return answer


def _of_domain(request: web.Request, error: CrmError) -> web.StreamResponse:
    if isinstance(error, LoginNeededError):
        back = error.details.get("next", "")
        return _elsewhere(request, 401, error, f"/login?next={back}" if back else "/login")
    if isinstance(error, SecondStepNeededError):
        return _elsewhere(request, 403, error, "/me/second-step")
    return _answer(request, status_of(error), str(error), error)


def _answer(request: web.Request, status: int, message: str, error: CrmError | None = None) -> web.Response:
    if is_program(request):
        return problem(request, status, message, error.details if error else {})
    if wants_json(request):  # a script of our own pages shows it to the reader
        message = request[L10N].gettext(message) if message else ""
        return problem(request, status, message, error.details if error else {})
    if request.headers.get("HX-Request"):
        return toast(request, status, message)
    template = "error.html" if VIEWER in request else "error_outside.html"
    return page(request, template, status=status, message=message, reference=request[REQUEST_ID])


def _elsewhere(request: web.Request, status: int, error: CrmError, address: str) -> web.StreamResponse:
    """A reader is led to where it can be put right; a script is told."""
    if wants_json(request) or request.headers.get(hdrs.UPGRADE):
        return problem(request, status, str(error), {})
    if request.headers.get("HX-Request"):
        return web.Response(status=204, headers={"HX-Redirect": address})
    return web.Response(status=303, headers={hdrs.LOCATION: address})


def is_program(request: web.Request) -> bool:
    return bool(access_of(request).scope) or request.path.startswith("/api/")


def wants_json(request: web.Request) -> bool:
    if is_program(request):
        return True
    accept = request.headers.get(hdrs.ACCEPT, "")
    return "json" in accept and "text/html" not in accept
