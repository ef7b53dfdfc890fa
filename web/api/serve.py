# SPDX-License-Identifier: Apache-2.0
"""From a request to an operation's handler and back: what every operation has in common."""

from aiohttp import hdrs, web

from crm_core.domain.errors import CrmError
from web import keys
from web.access import Access, Handler
from web.api.ask import Ask, etag
from web.api.idempotency import once
from web.api.inputs import JSON, check_accept, read_body, read_path, read_query
from web.api.limits import Allowance
from web.api.operation import Operation
from web.errors import TooManyRequestsError, status_of
from web.problems import problem

ALLOWANCE = web.RequestKey("allowance", Allowance)


def handler_of(operation: Operation) -> Handler:
    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            _count(request)
            check_accept(request, operation.media_type)
            return await _serve(operation, Ask(request))
        except CrmError as error:
            return refusal(request, error)

    serve.access = Access(scope=operation.scope, role=operation.role)  # type: ignore[attr-defined]
    serve.operation = operation  # type: ignore[attr-defined]
    return serve


async def say_allowance(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer to a token, whoever made it."""
    if allowance := request.get(ALLOWANCE):
        response.headers.update(allowance.headers)


def refusal(request: web.Request, error: CrmError) -> web.Response:
    details = error.details
    if "field" in details and "errors" not in details:
        details = details | {"errors": [{"pointer": f"/{details['field']}", "detail": str(error)}]}
    return problem(request, status_of(error), str(error), details)


def _count(request: web.Request) -> None:
    token = request[keys.VIEWER].token
    if token is None:
        return
    request[ALLOWANCE] = request.app[keys.RATE_LIMIT].take(token.id)
    if request[ALLOWANCE].wait_s:
        raise TooManyRequestsError


async def _serve(operation: Operation, ask: Ask) -> web.StreamResponse:
    path = read_path(operation, ask.request)
    query = read_query(operation, ask.request)
    given = {"query": query} if operation.query else {}
    if operation.is_raw:
        response: web.StreamResponse = await operation.handle(ask, *path, **given)
        return response
    if not operation.writes:
        return _answer(operation, ask, await operation.handle(ask, *path, **given))
    raw = await ask.request.read()

    async def act() -> web.Response:
        try:
            body = {"body": await read_body(ask.request, operation.body, raw)} if operation.body else {}
            return _answer(operation, ask, await operation.handle(ask, *path, **given, **body))
        except CrmError as error:
            return refusal(ask.request, error)

    return await once(ask, raw, act)


def _answer(operation: Operation, ask: Ask, answer: object) -> web.Response:
    if operation.answer is None:
        return web.Response(status=204, headers=ask.headers)
    body = operation.answer.dump_json(answer, by_alias=True)
    headers = ask.headers | ({hdrs.ETAG: etag(body)} if operation.versioned else {})
    return web.Response(status=operation.status, body=body, content_type=JSON, headers=headers)
