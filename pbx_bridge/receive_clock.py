# SPDX-License-Identifier: Apache-2.0
"""When bytes were received: wall time anchored to the monotonic clock, so a clock that is set never bends a call."""

import time
from collections.abc import Callable

_NOTABLE_NS = 1_000_000_000
_AT_ONCE_NS = 100_000_000
_TRIES = 10


class ReceiveClock:
    """Both clocks in ns. `anchor` takes the wall clock's word again; the bridge does so when no call is open."""

    __slots__ = ("_mono", "_offset", "_wall")

    def __init__(
        self, mono: Callable[[], int] = time.monotonic_ns, wall: Callable[[], int] = time.time_ns
    ) -> None:
        self._mono = mono
        self._wall = wall
        self._offset = self._ahead()

    def read(self) -> tuple[int, int]:
        """Monotonic and anchored wall time."""
        mono = self._mono()
        return mono, mono + self._offset

    def anchor(self) -> None:
        """Nothing changes for less than a second, lest times wobble."""
        offset = self._ahead()
        if abs(offset - self._offset) >= _NOTABLE_NS:
            self._offset = offset

    def _ahead(self) -> int:
        """The wall clock's lead. Read again where we stood still between the two (a virtual machine that is moved)."""
        before, wall = self._mono(), self._wall()
        for _ in range(_TRIES):
            if self._mono() - before < _AT_ONCE_NS:
                break
            before, wall = self._mono(), self._wall()
        return wall - before
