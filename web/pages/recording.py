# SPDX-License-Identifier: Apache-2.0
"""Listening: the bytes of a recording, after the right to hear it was checked, in ranges as players ask for them."""

import re
from uuid import UUID

import structlog
from aiohttp import hdrs, web

from crm_core.domain.errors import NotFoundError
from crm_core.domain.people import Role
from crm_core.domain.recording import Recording
from crm_core.ports.recording_store import KeptFile
from crm_core.usecases.play_recording import play_recording
from web import keys
from web.access import requires
from web.forms import uuid_of

log = structlog.get_logger()
_RANGE = re.compile(r"bytes=(?=-?\d)(\d{0,18})-(\d{0,18})\Z", re.ASCII)


@requires(Role.OPERATOR)
async def audio(request: web.Request) -> web.StreamResponse:
    return await stream(request, uuid_of(request.match_info["id"]))


async def stream(request: web.Request, recording_id: UUID) -> web.StreamResponse:
    """For whoever the request's viewer is, person or program."""
    wanted = request.headers.get(hdrs.RANGE, "")
    try:
        recording, kept = await _find(
            request, recording_id, from_start=not wanted or wanted.startswith("bytes=0-")
        )
    except NotFoundError:
        log.warning("recording refused", recording=str(recording_id), user=request[keys.VIEWER].user.login)
        raise
    span = _span(wanted, kept.size)
    if span is None:
        return web.Response(status=416, headers={hdrs.CONTENT_RANGE: f"bytes */{kept.size}"})
    media_type = recording.media_type or "audio/ogg"
    return await _send(request, kept, span, media_type, partial=bool(_RANGE.match(wanted)))


async def _find(request: web.Request, recording_id: UUID, *, from_start: bool) -> tuple[Recording, KeptFile]:
    """The use case checks the right and writes the play down."""
    app, user = request.app, request[keys.VIEWER].user
    recording = await play_recording(
        app[keys.STORE], user, recording_id, now=app[keys.CLOCK](), ip=request.remote, from_start=from_start
    )
    kept = await app[keys.RECORDINGS].find(recording.storage_key or "")
    if kept is None:
        raise NotFoundError("the file of this recording is missing")
    return recording, kept


def _span(wanted: str, size: int) -> tuple[int, int] | None:
    """From and until before; the whole file for what is no single range of bytes (RFC 9110 14.2), None past the end."""
    match = _RANGE.match(wanted)
    if match is None:
        return 0, size
    start = int(match[1]) if match[1] else max(0, size - int(match[2]))
    stop = min(size, int(match[2]) + 1) if match[1] and match[2] else size
    return (start, stop) if start < stop else None


async def _send(
    request: web.Request, kept: KeptFile, span: tuple[int, int], media_type: str, *, partial: bool
) -> web.StreamResponse:
    start, stop = span
    headers = {
        hdrs.ACCEPT_RANGES: "bytes",
        hdrs.CONTENT_TYPE: media_type,
        hdrs.CONTENT_LENGTH: str(stop - start),
        hdrs.CACHE_CONTROL: "private, no-cache",
        hdrs.CONTENT_DISPOSITION: "inline",
    }
    if partial:
        headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{stop - 1}/{kept.size}"
    response = web.StreamResponse(status=206 if partial else 200, headers=headers)
    await response.prepare(request)
    async for piece in request.app[keys.RECORDINGS].read(kept.key, start, stop):
        await response.write(piece)
    await response.write_eof()
    return response
