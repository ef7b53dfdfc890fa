# SPDX-License-Identifier: Apache-2.0
"""Where the audio itself is kept. Keys come from ids, never from the wire."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeptFile:
    key: str
    size: int


class RecordingStore(Protocol):
    def workspace(self) -> Path:
        """A directory for files being made; what is left in it after a crash may be thrown away."""
        ...

    async def put(self, key: str, source: Path) -> int:
        """Take the file in (it is moved) and return its size; durable on return. The same key again overwrites."""
        ...

    async def find(self, key: str) -> KeptFile | None: ...

    def read(self, key: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from `start` until just before `stop`, in pieces."""
        ...

    async def delete(self, key: str) -> None:
        """Also when it is not there."""
        ...
