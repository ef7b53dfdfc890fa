# SPDX-License-Identifier: Apache-2.0
"""What becomes of each call event of a PBX, in this order."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import structlog

from crm_core.domain.call import CallEvent, CallStarted
from crm_core.ports.store import StoreAwayError
from crm_core.usecases.pause_recording import RecordingSwitch
from crm_core.usecases.record_call import record_call

if TYPE_CHECKING:
    from config.wiring import Parts


log = structlog.get_logger()

_AGAIN_S, _LONGEST_S = 0.25, 5.0


async def call_event(parts: "Parts", event: CallEvent) -> None:
    parts.directory.note_call_event(event)
    if isinstance(event, CallStarted):
        parts.outgoing.call_started(event.call)
    parts.metrics.note_call_event(event)
    await until_stored(lambda: record_call(event, parts.store, parts.feed, parts.directory))
    parts.witness.note(event)
    switch = RecordingSwitch(parts.store, parts.directory, (), parts.feed)
    await until_stored(lambda: switch.follow(event))


async def until_stored(work: Callable[[], Awaitable[None]]) -> None:
    """While the database is away a call event waits, and those behind it: skipped, a call would stay open for ever."""
    wait_s = _AGAIN_S
    while True:
        try:
            return await work()
        except StoreAwayError as error:
            if wait_s == _AGAIN_S:
                log.warning("the database is away, calls wait", error=str(error))
        await asyncio.sleep(wait_s)
        wait_s = min(2 * wait_s, _LONGEST_S)
