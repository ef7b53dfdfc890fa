# SPDX-License-Identifier: Apache-2.0
"""A file of whose name no call is known finds its call: by itself where only one fits, else by somebody's word."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crm_core.domain.adoption import adopt, began
from crm_core.domain.call_history import KeptCall
from crm_core.domain.recording import Recording, RecordingState
from crm_core.domain.recording_name import RecordingName, parse_recording_name
from crm_core.ports.store import Store, Tx

_EARLIER, _LATER = (
    timedelta(hours=1),
    timedelta(seconds=5),
)  # a call may have gone on for long when it was recorded


async def adopt_by_itself(
    store: Store, recording: Recording, name: RecordingName, last_write: datetime, now: datetime
) -> KeptCall | None:
    """The call that it is certainly of; None leaves it for people, who find it in the balance."""
    async with store.read() as tx:
        adoption = adopt(name, last_write, await candidates(tx, recording))
    if adoption is None:
        return None
    async with store.begin() as tx:
        await give_to(tx, recording, adoption.call, adoption.why, now)
    return adoption.call


async def candidates(tx: Tx, recording: Recording) -> Sequence[KeptCall]:
    """Calls of that PBX which had begun when the file's own call did."""
    name = parse_recording_name(recording.source_name.partition("~")[0])
    begin = (began(name) if name else None) or recording.started_at or recording.created_at
    return await tx.balances.near(recording.pbx, begin - _EARLIER, begin + _LATER)


async def give_to(tx: Tx, recording: Recording, kept: KeptCall, why: str, now: datetime) -> None:
    """From here on it is that call's: its file is taken in as any other."""
    if recording.state is RecordingState.MISSING:
        recording = replace(recording, state=RecordingState.WAITING)
    await tx.recordings.save(replace(recording, call_id=kept.call.id, detail=why))
    tx.changes.add("recording", recording.id, now)
