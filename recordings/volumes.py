# SPDX-License-Identifier: Apache-2.0
"""Disks that recordings are written to: how much is free, told before it is too little.

When the disk is full MixMonitor says nothing: calls go on and their files end. So the alarm must come before.
"""

import asyncio
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

_HUNG_S = 5.0
_MIB = 1 << 20
Usage = Callable[[Path], tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Volume:
    """`free` None: it cannot be asked, and `error` says why."""

    name: str
    path: Path
    least: int
    free: int | None = None
    total: int = 0
    error: str = ""

    @property
    def is_low(self) -> bool:
        return self.free is not None and self.free < self.least


class Volumes:
    """`look` from time to time; `now` is what the last look saw."""

    def __init__(self, places: Mapping[str, Path], least_mb: int, usage: Usage = shutil.disk_usage) -> None:
        self._places = places
        self._least = least_mb * _MIB
        self._usage = usage
        self._asked: dict[str, asyncio.Task[tuple[int, int, int]]] = {}
        self.now: tuple[Volume, ...] = ()

    async def look(self) -> tuple[Volume, ...]:
        self.now = tuple([await self._volume(name, path) for name, path in self._places.items()])
        return self.now

    async def _volume(self, name: str, path: Path) -> Volume:
        """A file system that hangs is asked once, and said to hang until it answers."""
        if name not in self._asked:
            work = asyncio.to_thread(self._usage, path)
            self._asked[name] = asyncio.create_task(work)  # noqa: TID251 - awaited here, in this look or a later one
        try:
            async with asyncio.timeout(_HUNG_S):
                total, _, free = await asyncio.shield(self._asked[name])
        except OSError as error:  # TimeoutError is one
            if self._asked[name].done():
                del self._asked[name]
            why = error.strerror or str(error) or "it does not answer"
            return Volume(name, path, self._least, error=why)
        del self._asked[name]
        return Volume(name, path, self._least, free, total)
