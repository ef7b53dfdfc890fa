# SPDX-License-Identifier: Apache-2.0
"""One websocket: frames out through a bounded queue, acknowledgements in, closed with a code that says why."""

import asyncio
import time
from contextlib import suppress

import structlog
from aiohttp import WSMsgType, hdrs, web

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import Role
from crm_core.ports.feed import LiveFeed, Watcher
from web.access import public, requires_token
from web.keys import FEED, LIVE_SCREENS, VIEWER
from web.live.messages import error_frame, obey
from web.live.screens import SESSION_OVER, Screens
from web.middleware.csrf import ForeignRequestError, comes_from_us
from web.viewer import Viewer

log = structlog.get_logger()

_LONGEST_MESSAGE = 4096
_HEARTBEAT_S = 20.0
_CLOSE_WITHIN_S = 2.0
_PER_S, _AT_ONCE = 20.0, 100.0  # messages; a browser sends a few with each call
_MISTAKES = 20
_NONSENSE = 1008


@public
async def by_cookie(request: web.Request) -> web.StreamResponse:
    """A page of ours. Who is not logged in gets the socket and its close code: a browser sees no HTTP status."""
    if hdrs.ORIGIN not in request.headers or not comes_from_us(request):
        raise ForeignRequestError
    return await _serve(request, request.get(VIEWER))


@requires_token("live")
async def by_token(request: web.Request) -> web.StreamResponse:
    """A program; it has no cookie that a foreign page could use."""
    return await _serve(request, request[VIEWER])


async def _serve(request: web.Request, viewer: Viewer | None) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(
        heartbeat=_HEARTBEAT_S, timeout=_CLOSE_WITHIN_S, max_msg_size=_LONGEST_MESSAGE, compress=False
    )
    await socket.prepare(request)
    if viewer is None or viewer.must_set_up or not viewer.is_at_least(Role.OPERATOR):
        await socket.close(code=SESSION_OVER)
        return socket
    feed, screens = request.app[FEED], request.app[LIVE_SCREENS]
    watcher = feed.watch(viewer.id, viewer.user.role.value, *_where_left(request))
    screens.add(viewer, watcher)
    writer = asyncio.create_task(_write(socket, watcher))  # noqa: TID251 - cancelled in finally
    closer = asyncio.create_task(_close(request, socket, watcher))  # noqa: TID251 - cancelled in finally
    try:
        await _listen(socket, feed, watcher)
    finally:
        _leave(feed, screens, watcher)
        writer.cancel()
        if watcher.close_code is None:
            closer.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(writer, closer, return_exceptions=True)
    return socket


def _leave(feed: LiveFeed, screens: Screens, watcher: Watcher) -> None:
    feed.unwatch(watcher)
    screens.remove(watcher)


def _where_left(request: web.Request) -> tuple[int | None, str]:
    after = request.query.get("after", "")
    known = after.isascii() and after.isdigit() and len(after) < 19  # noqa: PLR2004 - fits 64 bits
    return (int(after) if known else None), request.query.get("epoch", "")


async def _write(socket: web.WebSocketResponse, watcher: Watcher) -> None:
    with suppress(ConnectionError):  # it left: the reader sees it too
        while frames := await watcher.take():
            for frame in frames:
                await socket.send_frame(frame, WSMsgType.TEXT)


async def _close(request: web.Request, socket: web.WebSocketResponse, watcher: Watcher) -> None:
    """When we close it: say why; a browser that does not even read that is cut off."""
    code = await watcher.closed()
    log.info("screen closed", user=str(watcher.user), code=code)
    try:
        async with asyncio.timeout(_CLOSE_WITHIN_S):
            await socket.close(code=code)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()


async def _listen(socket: web.WebSocketResponse, feed: LiveFeed, watcher: Watcher) -> None:
    allowed, asked_at, mistakes = _AT_ONCE, time.monotonic(), 0
    async for message in socket:
        now = time.monotonic()
        allowed, asked_at = min(_AT_ONCE, allowed + (now - asked_at) * _PER_S) - 1, now
        if message.type is not WSMsgType.TEXT:
            await socket.close(code=1003)
        elif allowed < 0 or mistakes > _MISTAKES:
            await socket.close(code=_NONSENSE)
        else:
            try:
                obey(feed, watcher, message.data)
            except InvalidInputError as error:
                mistakes += 1
                watcher.say(error_frame(str(error)))
