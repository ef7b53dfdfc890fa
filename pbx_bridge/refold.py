# SPDX-License-Identifier: Apache-2.0
"""The calls of a period as the journal tells them with the present code."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from crm_core.domain.call import Call, CallEvent, CallMerged
from crm_core.domain.call_history import started
from pbx_bridge.call_tracker import CallTracker
from pbx_bridge.journal_read import Fold, Period
from pbx_bridge.profile import PbxProfile
from pbx_bridge.sealed import Keys

LEAD = timedelta(hours=3)  # a call that began so long before is known from its beginning
_SLICE = 500  # reads between two looks whether all that began in time has ended


@dataclass
class RefoldedPeriod:
    """Calls that began then, oldest first; those that have not ended as they were last seen."""

    calls: dict[UUID, Call] = field(default_factory=dict)
    merged: dict[UUID, tuple[UUID, ...]] = field(default_factory=dict)  # by the call that they became part of
    troubles: list[str] = field(default_factory=list)
    events: int = 0


@dataclass(frozen=True, slots=True)
class JournalOf:
    """Where the journal of a PBX lies, and what is known of the PBX."""

    pbx: str
    directory: Path
    profile: PbxProfile
    keys: Keys | None = None


def refold_period(journal: JournalOf, since: datetime, until: datetime) -> RefoldedPeriod:
    """`until` is exclusive. A call that was open at its end is followed to its own."""
    result = RefoldedPeriod()
    tracker = CallTracker(journal.profile, pbx=journal.pbx)
    fold = Fold(tracker, lambda told: _note(told, result))
    period = Period(journal.directory, journal.keys, since - LEAD)
    for count, _ in enumerate(period.into(fold)):
        if count % _SLICE == 0 and fold.last and fold.last > until and not _open(tracker, until):
            break
    for call in tracker.open_calls():
        result.calls[call.id] = call
    in_time = {one: call for one, call in result.calls.items() if since <= started(call) < until}
    result.calls = dict(sorted(in_time.items(), key=lambda item: started(item[1])))
    result.troubles, result.events = period.troubles, fold.events
    return result


def _note(told: list[CallEvent], result: RefoldedPeriod) -> None:
    for event in told:
        call = event.call
        if isinstance(event, CallMerged):
            result.calls.pop(event.merged, None)
            older = result.merged.pop(event.merged, ())
            result.merged[call.id] = (*result.merged.get(call.id, ()), event.merged, *older)
        result.calls[call.id] = call


def _open(tracker: CallTracker, until: datetime) -> bool:
    return any(started(call) < until for call in tracker.open_calls())
