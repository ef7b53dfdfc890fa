# SPDX-License-Identifier: Apache-2.0
"""Listen to a recording: the right is checked each time, and each time is written down."""

from datetime import datetime, timedelta
from uuid import UUID

from crm_core.domain.audit import Actor, AuditEntry
from crm_core.domain.errors import NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.people import User
from crm_core.domain.recording import Recording
from crm_core.ports.store import Store
from crm_core.usecases.access_call import access_recording

# A browser asks for one listening in many ranges: those in the middle, soon after a play, are still that play.
_SAME_PLAY = timedelta(hours=1)


async def play_recording(
    store: Store,
    user: User,
    recording_id: UUID,
    *,
    now: datetime,
    ip: str | None = None,
    from_start: bool = True,
) -> Recording:
    """Return the recording to stream by its storage key. NotFoundError: none such, not theirs, or nothing to hear."""
    async with store.read() as tx:
        recording = await access_recording(tx, user, recording_id)
        played = await tx.recordings.last_play(recording_id, user.id)
    if not recording.state.playable or recording.storage_key is None:
        raise NotFoundError("this recording has nothing to play")
    if from_start or played is None or now - played > _SAME_PLAY:
        await _write_down(store, user, recording, now, ip)
    return recording


async def _write_down(store: Store, user: User, recording: Recording, now: datetime, ip: str | None) -> None:
    async with store.begin() as tx:
        await tx.recordings.add_play(recording.id, user.id, now, ip)
        if recording.call_id and await tx.voicemails.heard(recording.call_id, user.id, now):
            tx.changes.add("voicemail", recording.call_id, now)
        await tx.audit.add(
            AuditEntry(
                id=new_id(now),
                at=now,
                actor=Actor(user.name, user.id),
                action="play",
                kind="recording",
                record_id=recording.id,
                after={"ip": ip} if ip else None,
            )
        )
