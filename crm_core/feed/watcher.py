# SPDX-License-Identifier: Apache-2.0
"""One open screen: a bounded queue that is never waited for."""

import asyncio
from collections import deque
from statistics import median
from uuid import UUID

TOO_SLOW = 1013
_MEASURED = 15  # acknowledgements that the median of a tab looks back on


class QueuedWatcher:
    """Frames wait here for the socket's writer; one that does not fetch them is closed, not waited for."""

    def __init__(self, user: UUID, role: str, limit: int, opening: list[bytes]) -> None:
        self.user = user
        self.role = role
        self.visible = False
        self.close_code: int | None = None
        self._limit = limit
        self._queue = deque(opening)
        self._waiting: asyncio.Future[None] | None = None
        self._closed = asyncio.Event()
        self._took_ms: deque[float] = deque(maxlen=_MEASURED)
        self.probe: tuple[UUID, float] | None = None

    def say(self, message: bytes) -> None:
        if self.close_code is not None:
            return
        if len(self._queue) >= self._limit:
            self.close(TOO_SLOW)
            return
        self._queue.append(message)
        self._wake()

    async def take(self) -> list[bytes]:
        if not self._queue and self.close_code is None:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        frames = list(self._queue)
        self._queue.clear()
        return frames

    def close(self, code: int) -> None:
        if self.close_code is None:
            self.close_code = code
            self._queue.clear()  # it takes a new snapshot when it comes again
            self._closed.set()
            self._wake()

    async def closed(self) -> int:
        await self._closed.wait()
        return self.close_code or TOO_SLOW

    def set_visible(self, *, visible: bool) -> None:
        self.visible = visible

    def note_painted(self, took_ms: float) -> None:
        self._took_ms.append(took_ms)

    @property
    def usual_ms(self) -> float | None:
        """The median time from publishing a pop to its painted acknowledgement in this tab."""
        return median(self._took_ms) if self._took_ms else None

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
