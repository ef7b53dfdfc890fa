# SPDX-License-Identifier: Apache-2.0
"""Call events that wait to be recorded: bounded, and what is dropped when it overflows is the least that can be."""

import asyncio
from collections import deque

from crm_core.domain.call import CallEnded, CallEvent, CallMerged

MOST = 20_000
_MUST_STAY = (CallEnded, CallMerged)


class Inbox:
    """Every event carries its whole call, so when the database is away for long, a call's older events may go.

    `dropped` counts them. The end of a call stays unless the inbox is full of ends.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._events: deque[CallEvent] = deque()
        self._filled = asyncio.Event()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: CallEvent) -> None:
        if len(self._events) >= self._most:
            self._make_room()
        self._events.append(event)
        self._filled.set()

    async def get(self) -> CallEvent:
        while not self._events:
            self._filled.clear()
            await self._filled.wait()
        return self._events.popleft()

    def _make_room(self) -> None:
        """Keep the newest event of each call, and all ends; if that frees less than a tenth, the oldest go too."""
        before = len(self._events)
        newest = {event.call.id: event for event in self._events}
        kept = deque(
            event for event in self._events if isinstance(event, _MUST_STAY) or newest[event.call.id] is event
        )
        while len(kept) > self._most * 0.9:
            kept.popleft()
        self._events = kept
        self.dropped += before - len(kept)
