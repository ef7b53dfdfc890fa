# SPDX-License-Identifier: Apache-2.0
"""The product and its references as processes of their own, and what the kernel says they used."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from config.bench._rounds import BenchError

_ROLODIAL = "from config.cli import main; main()"
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """User and system seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss_mb_of(pid: int) -> float:
    found = re.search(r"^VmRSS:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    if found is None:
        raise BenchError(f"process {pid} has no memory any more")
    return int(found[1]) / 1024


@dataclass
class Serve:
    """`rolodial serve` with its own settings file."""

    settings: Path
    web_port: int
    module: tuple[str, ...] = ()  # run with these arguments instead
    process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self.process is None:
            raise BenchError("the product does not run")
        return self.process.pid

    async def start(self, within_s: float = 90, path: str = "/readyz") -> None:
        serve = ("-c", _ROLODIAL, "serve", "--settings", str(self.settings))
        argv = [sys.executable, *(("-m", *self.module) if self.module else serve)]
        with self.settings.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: ASYNC220, S603 - returns at once
        async with asyncio.timeout(within_s):
            while not await asyncio.to_thread(self._answers, path):
                if self.process.poll() is not None:
                    raise BenchError(f"rolodial serve ended: {_end_of(self.settings.with_suffix('.log'))}")
                await asyncio.sleep(0.1)

    def _answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web_port}{path}", timeout=2) as answer:
                return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own
        except (OSError, urllib.error.URLError):
            return False

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    async def stop(self) -> None:
        if self.process is None:
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self.process.wait, 10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            await asyncio.to_thread(self.process.wait)
        self.process = None


@asynccontextmanager
async def listener(*argv: str) -> AsyncIterator[int]:
    """A reference of ours that says its port and ends with its input."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *argv), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        line = await process.stdout.readline() if process.stdout else b""
        if not line.strip():
            raise BenchError(f"{' '.join(argv)} did not start")
        yield int(line)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def said(*argv: str) -> dict[str, Any]:
    """The line of JSON that a module of ours says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *argv), stdout=asyncio.subprocess.PIPE
    )
    line, _ = await process.communicate()
    if process.returncode or not line:
        raise BenchError(f"{' '.join(argv)} failed")
    answer: dict[str, Any] = orjson.loads(line)
    return answer


def _end_of(path: Path) -> str:
    return " / ".join(path.read_text(errors="replace").splitlines()[-3:])
