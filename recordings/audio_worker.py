# SPDX-License-Identifier: Apache-2.0
"""Ask the worker process; start it when there is work, replace it when it dies or hangs, let it go when idle."""

import asyncio
import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

_LINE = 1 << 20
_LEAST_S = 30.0
_BYTES_PER_S = 200_000  # Opus is made at 50 times real time on a slow core: 16 kB/s x 50, with room


class WorkerDiedError(Exception):
    """The worker process died or hung over this file."""


class WorkerError(Exception):
    """The worker could not do it now: no space, or the file is gone."""


class DamagedError(Exception):
    """The file is not audio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    inode: int
    size: int
    frames: int
    rate: int
    loudest: list[int]  # of each channel
    peaks: list[list[int]]
    media_type: str
    note: str


class AudioWorker:
    """One at a time: two would take both cores of a small machine from telephony."""

    def __init__(self, *, least_s: float = _LEAST_S) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._least_s = least_s

    async def prepare(self, source: Path, suffix: str, target: Path, size: int) -> Prepared:
        """Raise DamagedError, WorkerDiedError or WorkerError."""
        asked = {"source": str(source), "suffix": suffix, "target": str(target)}
        told = await self._done(asked, self._least_s + size / _BYTES_PER_S)
        if "unreadable" in told:
            raise DamagedError(told["unreadable"])
        return Prepared(**told)

    async def make_sound(self, source: Path, target: Path) -> dict[str, Any]:
        """`seconds` of what a PBX plays now, or why it was `refused`. Raise WorkerDiedError or WorkerError."""
        asked = {"sound": True, "source": str(source), "target": str(target)}
        return await self._done(asked, self._least_s)

    async def _done(self, asked: dict[str, Any], within_s: float) -> dict[str, Any]:
        async with self._turn:
            told = await self._ask(orjson.dumps(asked) + b"\n", within_s)
        if "error" in told:
            raise WorkerError(told["error"])
        return told

    async def close(self) -> None:
        """End the process. It may be used again: a new one is started."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin:
            process.stdin.close()
        try:
            async with asyncio.timeout(2):
                await process.wait()
        except TimeoutError:
            await _kill(process)

    async def _ask(self, line: bytes, within_s: float) -> dict[str, Any]:
        process = await self._running()
        told, why = b"", None
        try:
            async with asyncio.timeout(within_s):
                told = await _exchange(process, line)
        except (TimeoutError, OSError) as error:
            why = error
        finally:
            if not told.endswith(
                b"\n"
            ):  # died, hung or given up: its answer must not be taken for the next one's
                self._process = None
                await asyncio.shield(_kill(process))
        if not told.endswith(b"\n"):
            raise WorkerDiedError(f"exit {process.returncode}") from why
        answer: dict[str, Any] = orjson.loads(told)
        return answer

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-m", "recordings.worker"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_LINE,
            )
        return self._process


async def _exchange(process: asyncio.subprocess.Process, line: bytes) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise OSError("no pipes to the worker")
    process.stdin.write(line)
    await process.stdin.drain()
    return await process.stdout.readline()


async def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
