# SPDX-License-Identifier: Apache-2.0
"""When an event really came, if we were not there to read it: a stopped process finds seconds of events in one read."""

import math
from datetime import datetime, timedelta

_LATE_S = 0.25
_DRIFT = 0.001  # the PBX's clock may run so much slower or faster than ours
_DRAINED = 60_000  # a read of fewer bytes left nothing behind it
_BACKLOG_S = 1.0  # what a network held up, or a sender without a core, may come in pieces


class LateEvents:
    """Holds the PBX's Timestamp against our receive time, one per connection; the same live and in replay.

    An event cannot have come before the last read that left nothing behind. One that seems to has met a PBX clock
    that was set: then the receive time is right, and the clocks are compared afresh. A read of which the last event was
    late may be the first piece of a backlog: for a second that it left nothing behind is not believed of it.
    """

    __slots__ = ("_before", "_compared", "_drained", "_late_since", "_offset")

    def __init__(self) -> None:
        self._offset: float | None = None  # receive time less Timestamp, at the quickest
        self._compared = 0.0
        self._drained = 0.0
        self._before = 0.0
        self._late_since = 0.0  # all that was read since then was late

    def read(self, at: datetime, size: int) -> None:
        """A read begins; the one before it may have emptied the socket."""
        self._drained = self._before or self._drained
        self._before = at.timestamp() if size < _DRAINED else 0.0

    def came(self, at: datetime, timestamp: str) -> datetime:
        try:
            said = float(timestamp)
        except ValueError:
            return at
        if not math.isfinite(said):
            return at
        received = at.timestamp()
        delay = received - said
        if self._offset is None:
            self._offset = delay
        else:
            self._offset = min(delay, self._offset + _DRIFT * max(0.0, received - self._compared))
        self._compared = received
        late = delay - self._offset
        if late < _LATE_S:
            return self._in_time(at)
        if received - late < self._drained - _LATE_S:
            self._offset = delay
            return self._in_time(at)
        self._late_since = self._late_since or received
        if received - self._late_since < _BACKLOG_S:
            self._before = 0.0
        return at - timedelta(seconds=late)

    def _in_time(self, at: datetime) -> datetime:
        self._late_since, self._before = 0.0, self._before or at.timestamp()
        return at
