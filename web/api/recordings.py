# SPDX-License-Identifier: Apache-2.0
"""Recordings: what is known of them, and the sound itself."""

from datetime import datetime
from uuid import UUID

from aiohttp import web

from crm_core.domain.recording import RecordingState
from crm_core.usecases.access_call import access_recording
from web.api.ask import Ask
from web.api.operation import operation
from web.api.words import Told
from web.pages.recording import stream


class RecordingTold(Told):
    id: UUID
    call_id: UUID | None
    state: RecordingState
    media_type: str | None
    bytes: int | None
    duration_s: float | None
    started_at: datetime | None
    ended_at: datetime | None


@operation("GET", "/recordings/{id}", scope="recordings:read", summary="What is known of a recording")
async def get_recording(ask: Ask, recording_id: UUID) -> RecordingTold:
    async with ask.store.read() as tx:
        recording = await access_recording(tx, ask.user, recording_id)
    return RecordingTold.model_validate(recording)


@operation(
    "GET",
    "/recordings/{id}/audio",
    scope="recordings:read",
    summary="Listen to a recording",
    media_type="audio/ogg",
    refusals={206: "The range that was asked for.", 416: "The range is past the end."},
)
async def get_audio(ask: Ask, recording_id: UUID) -> web.StreamResponse:
    """The whole, or one range of bytes (Range). Each play is written down as the user's."""
    return await stream(ask.request, recording_id)
