# SPDX-License-Identifier: Apache-2.0
"""A write that is sent again under its Idempotency-Key is not done again: it gets the first answer."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

from aiohttp import hdrs, web

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.kept_answer import Answer, KeptAnswer
from web.api.ask import Ask
from web.api.problems import KeyUsedError, StillAtWorkError
from web.keys import SECRET_BOX

HEADER = "Idempotency-Key"
PATTERN = r"[!-~]{1,200}"
_KEY = re.compile(PATTERN)
_KEPT_FOR = timedelta(hours=24)
_SERVER_ERROR = 500
_KEPT_HEADERS = (hdrs.LOCATION, hdrs.ETAG, hdrs.CONTENT_TYPE)


async def once(ask: Ask, raw: bytes, act: Callable[[], Awaitable[web.Response]]) -> web.Response:
    keys = ask.request.headers.getall(HEADER, [])
    token = ask.viewer.token
    if not keys or token is None:
        return await act()
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        wrong = {"header": HEADER, "detail": "one key of 1 to 200 printable ASCII characters, without spaces"}
        raise InvalidInputError("the Idempotency-Key is not a key", errors=[wrong])
    new = KeptAnswer(token_id=token.id, key=keys[0], digest=_digest(ask.request, raw), created_at=ask.now)
    async with ask.store.begin() as tx:
        first = await tx.kept_answers.reserve(new, new.created_at - _KEPT_FOR)
    if first is not None:
        return _again(ask, first, new)
    return await _act_and_keep(ask, new, act)


async def _act_and_keep(
    ask: Ask, new: KeptAnswer, act: Callable[[], Awaitable[web.Response]]
) -> web.Response:
    """A fault of ours is not kept: the same key may try again. Cut off within, it stays 'at work'."""
    try:
        response = await act()
    except Exception:
        async with ask.store.begin() as tx:
            await tx.kept_answers.release(new.token_id, new.key)
        raise
    async with ask.store.begin() as tx:
        if response.status >= _SERVER_ERROR:
            await tx.kept_answers.release(new.token_id, new.key)
        else:
            await tx.kept_answers.settle(new.token_id, new.key, _kept(ask, response))
    return response


def _again(ask: Ask, first: KeptAnswer, new: KeptAnswer) -> web.Response:
    if first.digest != new.digest:
        raise KeyUsedError(errors=[{"header": HEADER, "detail": "it was used for another request"}])
    if first.answer is None:
        raise StillAtWorkError
    headers = dict(first.answer.headers) | {"Idempotency-Replayed": "true"}
    body = ask.request.app[SECRET_BOX].open(first.answer.body)
    return web.Response(status=first.answer.status, body=body, headers=headers)


def _kept(ask: Ask, response: web.Response) -> Answer:
    """Sealed: an answer may hold a secret that is told once."""
    body = response.body if isinstance(response.body, bytes) else b""
    headers = {str(name): response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return Answer(status=response.status, body=ask.request.app[SECRET_BOX].seal(body), headers=headers)


def _digest(request: web.Request, raw: bytes) -> str:
    said = [request.method, request.path_qs, request.headers.get(hdrs.IF_MATCH, "")]
    return hashlib.sha256("\n".join(said).encode() + b"\n" + raw).hexdigest()
