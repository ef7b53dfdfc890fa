# SPDX-License-Identifier: Apache-2.0
"""Whose a file is of whose name no call is known: by the channel in its name, else by when it began and was closed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crm_core.domain.call_history import KeptCall
from crm_core.domain.recording_name import RecordingName

_EPOCH = re.compile(r"(?:.*-)?(\d{9,10})\.\d+")  # [system name-]seconds.counter
_BEGAN, _ENDED = timedelta(seconds=2), timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Adoption:
    call: KeptCall
    why: str


def began(name: RecordingName) -> datetime | None:
    """When the first channel of its call came, as Asterisk's ids say it."""
    match = _EPOCH.fullmatch(name.linkedid)
    return datetime.fromtimestamp(int(match[1]), UTC) if match else None


def adopt(name: RecordingName, last_write: datetime, calls: Sequence[KeptCall]) -> Adoption | None:
    """None when it could be several calls' as well as one's: people decide that."""
    mine = [one for one in calls if any(leg.uniqueid == name.uniqueid for leg in one.call.legs)]
    if len(mine) == 1:
        return Adoption(mine[0], "found by its channel")
    begin = began(name)
    if begin is None:
        return None
    fitting = [one for one in calls if _fits(one, begin, last_write)]
    return Adoption(fitting[0], "found by its time") if len(fitting) == 1 else None


def _fits(kept: KeptCall, begin: datetime, last_write: datetime) -> bool:
    """Asterisk's ids are of whole seconds, cut."""
    call = kept.call
    if call.recordings or not call.talks or call.started_at is None or call.ended_at is None:
        return False
    return abs(call.started_at - begin) <= _BEGAN and abs(call.ended_at - last_write) <= _ENDED
