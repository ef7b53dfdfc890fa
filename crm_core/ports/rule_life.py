# SPDX-License-Identifier: Apache-2.0
"""The life of the rules of routing: a shared draft, publications past and to come, replays, and the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from crm_core.domain.routing.replay import RawDecision
from crm_core.ports.routing import DecisionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One state of the draft. `before`: the revision that Undo leads back to; 0: the rules in force."""

    revision: int
    before: int
    text: str
    actor: str
    at: datetime


class ReleaseState(StrEnum):
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    REFUSED = "refused"  # it did not fit any more when its time had come


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    id: UUID
    state: ReleaseState
    at: datetime  # when it came or comes into force
    made_at: datetime
    actor: str
    user_id: UUID | None
    text: str
    source: str  # draft | rollback | the name of a file
    of_version: int | None = None
    version: int | None = None
    note: str = ""


class ReplayState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    id: UUID
    state: ReplayState
    actor: str
    made_at: datetime
    days: int
    text: str
    done: int = 0
    total: int = 0  # 0 while it runs: not counted yet
    result: Any = None  # of domain.routing.replay


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    rule: str = ""
    number: str = ""  # a part of the caller's
    operator: UUID | None = None  # who was to be rung
    fallback: bool = False  # only where the rules could not be asked
    since: datetime | None = None
    until: datetime | None = None  # just before it
    before: tuple[datetime, UUID] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the last calls have shown that rules may name."""

    dids: frozenset[str] = frozenset()
    trunks: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    menu: frozenset[str] = frozenset()  # what was chosen in it


class RuleLife(Protocol):
    async def draft(self, revision: int | None = None) -> Draft | None:
        """The newest, or that one."""
        ...

    async def drafts(self, before: int | None, limit: int) -> Sequence[Draft]:
        """Newest first; those of old are forgotten."""
        ...

    async def add_draft(self, draft: Draft) -> bool:
        """False: somebody else made this revision first, and nothing was done."""
        ...

    async def save_release(self, release: Release) -> None: ...

    async def release(self, release_id: UUID) -> Release | None: ...

    async def releases(self, limit: int, state: ReleaseState | None = None) -> Sequence[Release]:
        """Newest first by `at`."""
        ...

    async def next_scheduled(self) -> Release | None: ...

    async def claim(self, release_id: UUID) -> bool:
        """Whether it is still waiting; whoever asks next waits for the end of this transaction."""
        ...

    async def of_version(self, version: int) -> Release | None: ...

    async def save_replay(self, replay: Replay) -> None: ...

    async def replay(self, replay_id: UUID) -> Replay | None: ...

    async def replays(self, limit: int) -> Sequence[Replay]: ...

    async def forget_replays(self, keep: int) -> None: ...

    async def count_decisions(self, since: datetime) -> int: ...

    async def raw_decisions(
        self, since: datetime, after: tuple[datetime, UUID] | None, limit: int
    ) -> tuple[Sequence[RawDecision], tuple[datetime, UUID] | None]:
        """By time; and where to go on, None at the end."""
        ...

    async def seen(self, calls: int) -> Seen:
        """In so many calls and decisions, the newest."""
        ...

    async def log(self, asked: LogFilter, limit: int) -> Sequence[DecisionRecord]:
        """Newest first."""
        ...
