# SPDX-License-Identifier: Apache-2.0
"""Seconds that only run forward, from the times of events, which may jump."""

from datetime import UTC, datetime

JITTER = 2.0  # Asterisk's threads stamp neighbouring events a little out of order
LEAP = 300.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """`stepped` is true after an event whose time cannot be joined to the one before.

    Backward steps always show. A leap forward is only told from silence when events bear the PBX's own times
    (`of_pbx`): times of receipt are tied to a monotonic clock by whoever gives them.
    """

    __slots__ = ("_ahead", "_last", "of_pbx", "stepped")

    def __init__(self, *, of_pbx: bool = False) -> None:
        self.of_pbx = of_pbx
        self.stepped = False
        self._last: float | None = None
        self._ahead = 0.0  # what is added so that seconds never run back

    def seconds(self, at: datetime | None) -> float | None:
        if at is None:
            return None
        said = (at - _EPOCH).total_seconds()
        last = self._last
        self._last = said
        self.stepped = False
        if last is None:
            return said
        step = said - last
        if step < 0:
            if step < -JITTER:
                self.stepped = True
                self._ahead -= step
            else:
                self._last = last
                said = last
        elif step > LEAP and self.of_pbx:
            self.stepped = True
        return said + self._ahead
