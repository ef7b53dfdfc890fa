# SPDX-License-Identifier: Apache-2.0
"""What was to be kept for so many days is removed, and the trail says how much went."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crm_core.domain.audit import SYSTEM, AuditEntry
from crm_core.domain.ids import new_id
from crm_core.domain.recording import RecordingState
from crm_core.domain.retention import Retention
from crm_core.domain.shallow import shallow
from crm_core.ports.recording_store import RecordingStore
from crm_core.ports.store import Store, Tx
from crm_core.usecases.set_house import SETTINGS

_AT_ONCE = 200
_ROWS_AT_ONCE = 5000
_STRAY_AFTER = timedelta(days=30)  # an answer in a call that the PBX never told of


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    recordings: int
    audit: int
    outgoing: int
    witness: int

    def __bool__(self) -> bool:
        return bool(self.recordings or self.audit or self.outgoing or self.witness)


async def apply_retention(store: Store, files: RecordingStore, retention: Retention, now: datetime) -> Gone:
    """What a disk refuses to forget is raised after all else is done."""
    recordings, refused = 0, None
    try:
        if retention.recordings:
            recordings = await _recordings(store, files, _before(now, retention.recordings), now)
    except OSError as error:
        refused = error
    witness = await _witness(store, _before(now, retention.witness)) if retention.witness else 0
    async with store.begin() as tx:
        gone = Gone(
            recordings=recordings,
            audit=await tx.audit.remove_before(_before(now, retention.audit)) if retention.audit else 0,
            outgoing=await _outgoing(tx, _before(now, retention.outgoing)) if retention.outgoing else 0,
            witness=witness,
        )
        await tx.surveys.forget_strays(now - _STRAY_AFTER)
        if gone:
            said = AuditEntry(
                id=new_id(now),
                at=now,
                actor=SYSTEM,
                action="retention",
                kind="retention",
                record_id=SETTINGS,
                after=shallow(gone),
            )
            await tx.audit.add(said)
    if refused:
        raise refused
    return gone


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


async def _outgoing(tx: Tx, before: datetime) -> int:
    """Letters, messages and the tries of webhooks, with what was in them. What waits stays: three days at most."""
    return await tx.outbox.forget(before) + await tx.webhooks.forget(before)


async def _witness(store: Store, before: datetime) -> int:
    """A transaction for some: the first night of a long history must not hold up what is written meanwhile."""
    count = 0
    while True:
        async with store.begin() as tx:
            gone = await tx.witnesses.forget(before, _ROWS_AT_ONCE)
        count += gone
        if gone < _ROWS_AT_ONCE:
            return count


async def _recordings(store: Store, files: RecordingStore, before: datetime, now: datetime) -> int:
    """The file first: after a crash between the two it is deleted once more, and nothing is left over."""
    count = 0
    while True:
        async with store.read() as tx:
            some = await tx.recordings.kept_before(before, _AT_ONCE)
        if not some:
            return count
        for recording in some:
            if recording.storage_key:
                await files.delete(recording.storage_key)
        async with store.begin() as tx:
            for recording in some:
                gone = replace(
                    recording, state=RecordingState.REMOVED, storage_key=None, bytes=None, peaks=None
                )
                await tx.recordings.save(gone)
                tx.changes.add("recording", recording.id, now)
        count += len(some)
