# SPDX-License-Identifier: Apache-2.0
"""After a stop or a kill: the journal's last hours give the tracker the calls it knew, so none loses its beginning."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from crm_core.domain.call import CallEvent
from pbx_bridge.call_tracker import CallTracker
from pbx_bridge.inbox import Inbox
from pbx_bridge.journal import directory_of
from pbx_bridge.journal_files import repack
from pbx_bridge.journal_read import Fold, Period
from pbx_bridge.sealed import Keys
from pbx_bridge.settings import JournalSettings

log = structlog.get_logger()

# What was read may not have been recorded when we were killed. Recording again is harmless, so the last calls are.
_AGAIN = timedelta(minutes=10)
_SLICE = 200  # reads between two breaths of the event loop


class _LastWords(dict[UUID, CallEvent]):
    """The last event of each call that the journal tells of; the last to speak stands last."""

    def note(self, told: list[CallEvent]) -> None:
        for event in told:
            self.pop(event.call.id, None)
            self[event.call.id] = event


async def resume(
    settings: JournalSettings,
    pbx: str,
    tracker: CallTracker,
    inbox: Inbox,
    now: datetime,
    keys: Keys | None = None,
) -> None:
    """Feed the tracker, and put the last word on every recent call into the inbox. Damaged segments are set aside."""
    told = _LastWords()
    fold = Fold(tracker, told.note)
    period = Period(directory_of(settings, pbx), keys, now - timedelta(hours=settings.resume_hours))
    for count, _ in enumerate(period.into(fold)):
        if count % _SLICE == 0:
            await asyncio.sleep(0)
    for trouble in period.troubles:
        log.warning("journal segment not read", trouble=trouble)
    for path in period.damaged:
        await asyncio.to_thread(_set_aside, path, keys)
    if fold.last is None:
        return
    recent = [event for event in told.values() if event.at is not None and event.at >= fold.last - _AGAIN]
    for event in recent:
        inbox.put(event)
    log.info("journal taken up", pbx=pbx, frames=fold.frames, calls=len(told), told_again=len(recent))


def _set_aside(path: Path, keys: Keys | None) -> None:
    try:
        repack(path, keys)
    except OSError as error:
        log.error("damaged journal segment cannot be set aside", path=str(path), error=str(error))  # noqa: TRY400
