# SPDX-License-Identifier: Apache-2.0
"""Live fan-out to screens: publish frames, watch them, and learn whether a pop was painted."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may see a frame: these users, and/or everybody whose role is named. The event says who, never the page."""

    users: frozenset[UUID] = frozenset()
    roles: frozenset[str] = frozenset()

    @staticmethod
    def of(*users: UUID) -> "Audience":
        return Audience(users=frozenset(users))


EVERYBODY = Audience(roles=frozenset({"operator", "supervisor", "admin"}))


class Feed(Protocol):
    def publish(self, kind: str, data: Mapping[str, Any], to: Audience) -> int:
        """Send a frame `{"seq", "type", "data"}`; never waits for a watcher. Returns its seq. Kinds: docs/events.md.

        What stands on a person's own screen (pop, pop.raised, pop.closed, pop.dismissed, call,
        call.recording) is addressed to users only, what all see alike (operator, phone, pbx) to roles
        only; ValueError otherwise.
        UUID, datetime and Decimal in `data` are written as text.
        """
        ...

    def has_visible_tab(self, users: Collection[UUID]) -> bool:
        """Whether one of them looks at a tab that usually paints a pop within the hold."""
        ...

    async def painted(self, pop: UUID, within_s: float) -> bool:
        """Wait for the first 'painted' acknowledgement of a visible tab; False when the time is over."""
        ...


class AckState(StrEnum):
    PAINTED = "painted"  # by a visible tab, two animation frames after the card was there
    RECEIVED = "received"  # by a hidden tab: title, Notification, sound


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStats:
    """What the health page tells of the feed. Times in ms, of the last acknowledgements."""

    epoch: str
    seq: int
    watchers: int
    users: int
    visible_tabs: int
    cut_off: int  # screens closed because they did not read
    snapshots: int
    resumed: int
    pops: int
    painted: int
    received: int
    unacknowledged: int  # nobody acknowledged within 2 s although a screen was open
    unwatched: int  # nobody of its audience had a screen open
    painted_p50_ms: float | None
    painted_p95_ms: float | None


class Watcher(Protocol):
    """One open screen (a tab): a bounded queue of encoded frames."""

    @property
    def close_code(self) -> int | None:
        """Why it was closed from our side, as a websocket close code; None while it is open."""
        ...

    @property
    def user(self) -> UUID: ...

    async def take(self) -> list[bytes]:
        """Wait for frames and take all there are; empty once closed."""
        ...

    def close(self, code: int) -> None: ...

    async def closed(self) -> int:
        """Wait until it is closed from our side; the code."""
        ...

    def say(self, message: bytes) -> None:
        """Queue a message for this screen alone, outside the numbered frames."""
        ...

    def set_visible(self, *, visible: bool) -> None: ...


class LiveFeed(Feed, Protocol):
    """The side of the feed that screens hang on."""

    def watch(self, user: UUID, role: str, after: int | None = None, epoch: str = "") -> Watcher:
        """Open a screen. Its first frame is `resumed` (then what it missed after seq `after`), else `snapshot`."""
        ...

    def unwatch(self, watcher: Watcher) -> None: ...

    def probe(self, watcher: Watcher) -> None:
        """Measure how quickly a tab paints, if that is not known yet."""
        ...

    def pong(self, watcher: Watcher) -> None:
        """Answer a ping with the seq up to which this screen has everything."""
        ...

    def acknowledge(self, watcher: Watcher, pop: UUID, state: AckState) -> None:
        """Count a screen's acknowledgement of a pop addressed to its user; any other is ignored."""
        ...

    def close_user(self, user: UUID, code: int) -> None:
        """Close all screens of a user (logged out everywhere, archived, another role)."""
        ...

    def stats(self) -> FeedStats: ...
