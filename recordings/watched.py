# SPDX-License-Identifier: Apache-2.0
"""What is remembered of a spool and of each file in it between two looks; file work that hangs is kept apart."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar

T = TypeVar("T")
_HUNG_S = 5.0  # a network file system may hang: it holds up its own spool only
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=1), timedelta(seconds=60)


HANGS = "the directory does not answer"


class HangsError(OSError):
    """File work that has not come back."""


@dataclass(slots=True)
class SpoolStatus:
    """For the health page."""

    pbx: str
    error: str | None = None
    refused: frozenset[str] = frozenset()
    unmatched: frozenset[str] = frozenset()
    waiting: int = 0
    kept: int = 0
    adopted: int = 0
    failed: int = 0


@dataclass(slots=True)
class Watched:
    """What was seen of a file at the last look, and when it is worth looking at again."""

    size: int
    last_write: datetime
    since: datetime
    grew_at: datetime  # the last write that added something: where its audio ends
    deaths: int = 0
    wait: timedelta = _FIRST_WAIT
    not_before: datetime | None = None

    @classmethod
    def at_first(cls, size: int, last_write: datetime, now: datetime) -> Self:
        return cls(size, last_write, now, last_write)

    def has_changed(self, size: int, last_write: datetime) -> bool:
        return (self.size, self.last_write) != (size, last_write)

    def changed(self, size: int, last_write: datetime, now: datetime) -> Self:
        """A full disk refuses a write, but the file's time moves on: its audio ended when it last grew."""
        refused = size == self.size and last_write > self.last_write
        return type(self)(size, last_write, now, self.grew_at if refused else last_write)

    def later(self, now: datetime) -> None:
        self.not_before = now + self.wait
        self.wait = min(self.wait * 2, _LONGEST_WAIT)


@dataclass(slots=True)
class Spool:
    path: Path
    status: SpoolStatus
    files: dict[str, Watched] = field(default_factory=dict)
    hanging: asyncio.Task[Any] | None = None
    looked_at: datetime | None = None

    def begin_look(self, now: datetime) -> None:
        """By a clock that was set back an hour no file has rested for an hour: all are watched anew."""
        if self.looked_at and now < self.looked_at:
            self.files.clear()
        self.looked_at = now

    async def ask(self, work: Callable[..., T], *args: Any) -> T:
        """Done in a thread. What hangs is waited for, never begun again beside itself: threads are few."""
        if self.hanging and not self.hanging.done():
            raise HangsError(HANGS)
        task = asyncio.create_task(asyncio.to_thread(work, *args))  # noqa: TID251 - awaited here or looked at next time
        try:
            async with asyncio.timeout(_HUNG_S):
                return await asyncio.shield(task)
        except TimeoutError:
            if task.done():
                raise
            task.add_done_callback(_forgotten)
            self.hanging = task
            raise HangsError(HANGS) from None


def _forgotten(task: asyncio.Task[Any]) -> None:
    """Whatever it came to in the end, nobody waits for it any more."""
    if not task.cancelled():
        task.exception()
