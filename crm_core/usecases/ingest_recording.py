# SPDX-License-Identifier: Apache-2.0
"""What the database learns of recorded files: expected, matched to a call, kept, missing. Each step may be repeated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crm_core.domain.balance import Evidence, healed
from crm_core.domain.call_history import KeptCall
from crm_core.domain.ids import new_id
from crm_core.domain.recording import Recording, RecordingState
from crm_core.domain.recording_name import RecordingName
from crm_core.ports.feed import Audience, Feed
from crm_core.ports.store import Store, Tx
from crm_core.usecases.access_call import manager_of


@dataclass(frozen=True, slots=True)
class Matched:
    """The row of a file, and the call it belongs to; None as long as that is not known."""

    recording: Recording
    call: KeptCall | None


async def match_recording(store: Store, pbx: str, name: RecordingName, now: datetime) -> Matched:
    """The row of a file (added when it is new), with its call as soon as that is kept."""
    async with store.read() as tx:
        recording = await tx.recordings.by_source(pbx, name.name)
        kept = await _call_of(tx, pbx, name, recording)
    if recording is None:
        return await _expect(store, pbx, name, kept, now)
    if kept and recording.call_id is None:
        recording = replace(recording, call_id=kept.call.id)
        await _save(store, recording, now)
    return Matched(recording, kept)


async def keep_recording(store: Store, feed: Feed, recording: Recording, now: datetime) -> None:
    """Write what became of a file, then tell those who may see the client."""
    recording = await _save(store, recording, now)
    await _tell(store, feed, recording)


async def add_another(store: Store, recording: Recording, now: datetime) -> Recording:
    """Add a row for a second file of a name that was worked on already: its first recording is never overwritten."""
    number = 2
    async with store.begin() as tx:
        while True:
            again = replace(
                recording,
                id=new_id(now),
                source_name=f"{recording.source_name}~{number}",
                created_at=now,
                storage_key=None,
            )
            if await tx.recordings.expect(again):
                tx.changes.add("recording", again.id, now)
                return again
            number += 1


async def mark_missing(store: Store, feed: Feed, recording: Recording, now: datetime) -> None:
    """An answered, recorded call whose file never came. Should it still come, it is taken in."""
    lost = replace(recording, state=RecordingState.MISSING, detail="no file came from the PBX")
    await keep_recording(store, feed, lost, now)


async def _call_of(tx: Tx, pbx: str, name: RecordingName, recording: Recording | None) -> KeptCall | None:
    if recording and recording.call_id:
        return await tx.calls.get(recording.call_id)
    return await tx.calls.by_linkedid(pbx, name.linkedid)


async def _expect(
    store: Store, pbx: str, name: RecordingName, kept: KeptCall | None, now: datetime
) -> Matched:
    new = Recording(
        id=new_id(now),
        call_id=kept.call.id if kept else None,
        pbx=pbx,
        linkedid=name.linkedid,
        uniqueid=name.uniqueid,
        state=RecordingState.WAITING,
        source_name=name.name,
        created_at=now,
    )
    async with store.begin() as tx:
        if await tx.recordings.expect(new):
            tx.changes.add("recording", new.id, now)
            return Matched(new, kept)
        there = await tx.recordings.by_source(pbx, name.name)
    return Matched(there or new, kept)  # the call's end wrote it in the meantime


async def _save(store: Store, recording: Recording, now: datetime) -> Recording:
    async with store.begin() as tx:
        recording, *others = await _judged_by_now(tx, recording)
        for one in (recording, *others):
            await tx.recordings.save(one)
            tx.changes.add("recording", one.id, now)
    return recording


async def _judged_by_now(tx: Tx, recording: Recording) -> Sequence[Recording]:
    """It, and those of its call that are judged anew.

    While it was worked on, the second witness may have told when the talk really ended; and what one file alone seems
    to lack (a consultation ends at the transfer), another of the call holds, whichever is taken in first.
    """
    kept = await tx.calls.get(recording.call_id) if recording.call_id else None
    if kept is None:
        return [recording]
    others = (await tx.recordings.of_calls([kept.call.id])).get(kept.call.id, ())
    known = [recording, *(one for one in others if one.id != recording.id)]
    better = {one.id: one for one in healed(Evidence(call=kept.call, recordings=known))}
    return [better.pop(recording.id, recording), *better.values()]


async def _tell(store: Store, feed: Feed, recording: Recording) -> None:
    async with store.read() as tx:
        kept = await tx.calls.get(recording.call_id) if recording.call_id else None
        communication = await tx.communications.get(recording.call_id) if recording.call_id else None
        manager = await manager_of(tx, communication) if communication else None
    users = {*(kept.users if kept else ()), *((manager,) if manager else ())}
    call_id = str(recording.call_id) if recording.call_id else None
    said = {"id": str(recording.id), "call_id": call_id, "state": recording.state.value}
    feed.publish("recording", said, Audience(frozenset(users), frozenset({"supervisor", "admin"})))
