# SPDX-License-Identifier: Apache-2.0
"""Was the card there? Acknowledgements of pops: who waits for one, how long it took, and which never came."""

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from uuid import UUID

from crm_core.feed.watcher import QueuedWatcher
from crm_core.ports.feed import AckState

DUE_S = 2.0  # an acknowledgement later than this is no acknowledgement
_KEPT_S = 60.0
_SAMPLES = 1000


@dataclass(slots=True)
class _Pop:
    at: float
    users: frozenset[UUID]
    watched: bool
    painted: bool = False
    acknowledged: bool = False
    waiting: list[asyncio.Future[None]] = field(default_factory=list)


class Acknowledgements:
    """Times are of one monotonic clock, given by the caller."""

    def __init__(self) -> None:
        self.pops = self.painted = self.received = self.unacknowledged = self.unwatched = 0
        self._open: OrderedDict[UUID, _Pop] = OrderedDict()  # in the order of their times, as is `_due`
        self._due: deque[_Pop] = deque()
        self._took_ms: deque[float] = deque(maxlen=_SAMPLES)

    def expect(self, pop: UUID, users: frozenset[UUID], now: float, *, watched: bool) -> None:
        """The same pop said again, or to more people, is still one."""
        self.sweep(now)
        if (known := self._open.get(pop)) is not None:
            known.users |= users
            return
        self.pops += 1
        self.unwatched += not watched
        self._open[pop] = known = _Pop(now, users, watched)
        self._due.append(known)

    def acknowledge(self, watcher: QueuedWatcher, pop: UUID, state: AckState, now: float) -> None:
        self.sweep(now)
        known = self._open.get(pop)
        if known is None or watcher.user not in known.users:
            return
        known.acknowledged = True
        if state is AckState.RECEIVED:
            self.received += 1
            return
        took_ms = (now - known.at) * 1000
        watcher.note_painted(took_ms)
        if not known.painted:
            known.painted = True
            self.painted += 1
            self._took_ms.append(took_ms)
        _release(known)

    async def wait(self, pop: UUID, within_s: float) -> bool:
        known = self._open.get(pop)
        if known is None or known.painted:
            return known is not None
        waiting = asyncio.get_running_loop().create_future()
        known.waiting.append(waiting)
        try:
            async with asyncio.timeout(within_s):
                await waiting
        except TimeoutError:
            return False
        return True

    def sweep(self, now: float) -> None:
        """Count what is overdue, forget what is old."""
        while self._due and now - self._due[0].at > DUE_S:
            known = self._due.popleft()
            self.unacknowledged += known.watched and not known.acknowledged
        while self._open and now - next(iter(self._open.values())).at > _KEPT_S:
            self._open.popitem(last=False)

    def percentile_ms(self, share: float) -> float | None:
        ordered = sorted(self._took_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None


def _release(known: _Pop) -> None:
    for waiting in known.waiting:
        if not waiting.done():
            waiting.set_result(None)
    known.waiting.clear()
