# SPDX-License-Identifier: Apache-2.0
"""The feed of a single process: a frame is encoded once and put into the queue of every screen that may see it."""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID, uuid4

import orjson

from crm_core.domain.workspace import PERSONAL, SHARED
from crm_core.feed.acknowledgements import Acknowledgements
from crm_core.feed.backlog import Backlog
from crm_core.feed.views import Views, check_audience
from crm_core.feed.watcher import TOO_SLOW, QueuedWatcher
from crm_core.ports.clock import Clock, utc_now
from crm_core.ports.feed import AckState, Audience, FeedStats, Watcher

MOST_RESUMED = 256  # missed frames; with more, a snapshot is the shorter way


class InProcessFeed:
    """All methods run in the event loop's thread and return at once, except `painted`."""

    def __init__(
        self,
        *,
        hold_ms: float = 80.0,
        queue: int = 512,
        backlog: int = 8192,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Clock = utc_now,
    ) -> None:
        self.epoch = uuid4().hex
        self._hold_ms = hold_ms
        self._queue = queue
        self._now = monotonic
        self._clock = clock
        self._seq = self._cut_off = self._snapshots = self._resumed = 0
        self._by_user: defaultdict[UUID, set[QueuedWatcher]] = defaultdict(set)
        self._by_role: defaultdict[str, set[QueuedWatcher]] = defaultdict(set)
        self._backlog = Backlog(backlog)
        self._views = Views()
        self._acks = Acknowledgements()

    def publish(self, kind: str, data: Mapping[str, Any], to: Audience) -> int:
        check_audience(kind, to)
        self._seq += 1
        frame = orjson.dumps({"seq": self._seq, "type": kind, "data": data}, default=str)
        if kind in PERSONAL or kind in SHARED:
            self._views.apply(orjson.loads(frame), to)
        self._backlog.add(self._seq, to, frame)
        watchers = self._watchers(to)
        if kind == "pop":
            self._acks.expect(UUID(str(data["pop"])), to.users, self._now(), watched=bool(watchers))
        for watcher in watchers:
            watcher.say(frame)
        return self._seq

    def has_visible_tab(self, users: Collection[UUID]) -> bool:
        return any(self._paints_in_time(tab) for user in users for tab in self._by_user.get(user, ()))

    async def painted(self, pop: UUID, within_s: float) -> bool:
        return await self._acks.wait(pop, within_s)

    def watch(self, user: UUID, role: str, after: int | None = None, epoch: str = "") -> QueuedWatcher:
        watcher = QueuedWatcher(user, role, self._queue, self._opening(user, role, after, epoch))
        self._by_user[user].add(watcher)
        self._by_role[role].add(watcher)
        return watcher

    def unwatch(self, watcher: Watcher) -> None:
        known = _own(watcher)
        if known in self._by_role[known.role]:
            self._cut_off += known.close_code == TOO_SLOW
            self._by_role[known.role].discard(known)
            self._by_user[known.user].discard(known)
            if not self._by_user[known.user]:
                del self._by_user[known.user]

    def probe(self, watcher: Watcher) -> None:
        """Ask a tab to acknowledge an empty paint, so that its speed is known before its first pop."""
        known = _own(watcher)
        if known.usual_ms is not None or known.probe is not None:
            return
        known.probe = (uuid4(), self._now())
        known.say(orjson.dumps({"type": "probe", "data": {"id": known.probe[0]}}))

    def acknowledge(self, watcher: Watcher, pop: UUID, state: AckState) -> None:
        known, now = _own(watcher), self._now()
        if known.probe is not None and known.probe[0] == pop:
            if state is AckState.PAINTED:
                known.note_painted((now - known.probe[1]) * 1000)
            known.probe = None
            return
        self._acks.acknowledge(known, pop, state, now)

    def pong(self, watcher: Watcher) -> None:
        """Answer a ping with the seq up to which this screen has everything."""
        watcher.say(orjson.dumps({"type": "pong", "seq": self._seq}))

    def close_user(self, user: UUID, code: int) -> None:
        for watcher in tuple(self._by_user.get(user, ())):
            watcher.close(code)

    def stats(self) -> FeedStats:
        self._acks.sweep(self._now())
        tabs = [tab for tabs in self._by_user.values() for tab in tabs]
        return FeedStats(
            epoch=self.epoch,
            seq=self._seq,
            watchers=len(tabs),
            users=len(self._by_user),
            visible_tabs=sum(tab.visible for tab in tabs),
            cut_off=self._cut_off,
            snapshots=self._snapshots,
            resumed=self._resumed,
            pops=self._acks.pops,
            painted=self._acks.painted,
            received=self._acks.received,
            unacknowledged=self._acks.unacknowledged,
            unwatched=self._acks.unwatched,
            painted_p50_ms=self._acks.percentile_ms(0.5),
            painted_p95_ms=self._acks.percentile_ms(0.95),
        )

    def _watchers(self, to: Audience) -> set[QueuedWatcher]:
        found: set[QueuedWatcher] = set()
        for user in to.users:
            found |= self._by_user.get(user, set())
        for role in to.roles:
            found |= self._by_role.get(role, set())
        return found

    def _opening(self, user: UUID, role: str, after: int | None, epoch: str) -> list[bytes]:
        if after is not None and epoch == self.epoch:
            missed = self._backlog.missed(after, user, role, MOST_RESUMED)
            if missed is not None:
                self._resumed += 1
                return [_encode("resumed", after, {"epoch": self.epoch, "at": self._clock()}), *missed]
        self._snapshots += 1
        state = self._views.snapshot(user, role)
        return [_encode("snapshot", self._seq, {"epoch": self.epoch, "at": self._clock(), "state": state})]

    def _paints_in_time(self, tab: QueuedWatcher) -> bool:
        usual = tab.usual_ms
        return tab.visible and usual is not None and usual <= self._hold_ms


def _own(watcher: Watcher) -> QueuedWatcher:
    if not isinstance(watcher, QueuedWatcher):
        raise TypeError("this screen was not opened by this feed")
    return watcher


def _encode(kind: str, seq: int, data: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"seq": seq, "type": kind, "data": data})
