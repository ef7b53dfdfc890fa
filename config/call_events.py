# SPDX-License-Identifier: Apache-2.0
"""What becomes of each call event of a PBX, in this order."""

from typing import TYPE_CHECKING

from crm_core.domain.call import CallEvent, CallStarted
from crm_core.usecases.pause_recording import RecordingSwitch
from crm_core.usecases.record_call import record_call

if TYPE_CHECKING:
    from config.wiring import Parts


async def call_event(parts: "Parts", event: CallEvent) -> None:
    parts.directory.note_call_event(event)
    if isinstance(event, CallStarted):
        parts.outgoing.call_started(event.call)
    parts.metrics.note_call_event(event)
    await parts.insist(lambda: record_call(event, parts.store, parts.feed, parts.directory))
    parts.witness.note(event)
    switch = RecordingSwitch(parts.store, parts.directory, (), parts.feed)
    await parts.insist(lambda: switch.follow(event))
