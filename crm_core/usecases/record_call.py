# SPDX-License-Identifier: Apache-2.0
"""A call event: what it changes is written in one transaction, then screens are told."""

from crm_core.domain.call import CallEnded, CallEvent, CallMerged, CallTransferred, LegAnswered
from crm_core.domain.directory import Directory
from crm_core.ports.feed import Feed
from crm_core.ports.store import Store
from crm_core.usecases.follow_call import follow_call, tell_communication
from crm_core.usecases.keep_call import keep_call

# Ringing, holding and a leg's end change screens only. Until somebody answers, the journal is a call's memory.
WRITTEN = (LegAnswered, CallTransferred, CallMerged, CallEnded)


async def record_call(event: CallEvent, store: Store, feed: Feed, directory: Directory) -> None:
    """Follow one event of the tracker. Repeating it, or replaying all of a journal, changes nothing more."""
    outcome = None
    if isinstance(event, WRITTEN):
        merged = event.merged if isinstance(event, CallMerged) else None
        async with store.begin() as tx:
            outcome = await keep_call(tx, event.call, directory, merged=merged)
        if outcome is None:
            return  # older than what is kept: a replay; screens know better
    follow_call(event, feed, directory)
    if outcome and outcome.communication:
        tell_communication(outcome.kept, outcome.communication, feed, directory)
    if outcome and outcome.message:
        outcome.message.publish(feed)
