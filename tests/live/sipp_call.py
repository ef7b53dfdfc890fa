# SPDX-License-Identifier: Apache-2.0
"""SIPp as clients, trunks and phones: a scenario of tests/live/sipp, an address of its own, a tone for a voice."""

import asyncio
import contextlib
import re
import signal
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from config.asterisk.ports import free_block
from tests.support.until import until

SCENARIOS = Path(__file__).parent / "sipp"


def _listens(host: str, port: int) -> bool:
    local = f"{socket.inet_aton(host)[::-1].hex().upper()}:{port:04X}"
    return f" {local} " in Path("/proc/net/udp").read_text()


def alaw_tone(path: Path, hertz: float, seconds: float = 2.0) -> Path:
    """Raw A-law, as SIPp's rtp_stream wants it; whole periods, so that the loop has no click."""
    count = int(8000 * seconds)
    path.write_bytes(alaw(8000 * np.sin(2 * np.pi * hertz * np.arange(count) / 8000)))
    return path


def alaw(samples: np.ndarray) -> bytes:
    """G.711: sign, segment, four bits, every second bit turned over."""
    pcm = samples.astype(np.int32) >> 3
    mask = np.where(pcm >= 0, 0xD5, 0x55)
    size = np.where(pcm >= 0, pcm, -pcm - 1)
    segment = np.searchsorted([0x1F, 0x3F, 0x7F, 0xFF, 0x1FF, 0x3FF, 0x7FF], size)
    low = np.where(segment < 2, size >> 1, size >> segment) & 0x0F
    return bytes(((segment << 4 | low) ^ mask).astype(np.uint8))


@dataclass
class Sipp:
    """One SIPp process playing one scenario for `calls` calls."""

    scenario: str
    at: str  # its own address
    pbx: str  # host:port
    work: Path
    hertz: float = 440.0
    seconds: float = 3.0
    calls: int = 1
    words: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()  # of SIPp's own, such as a rate
    port: int = 0  # which it listens on, once started
    started: float = 0.0
    _process: asyncio.subprocess.Process | None = None

    async def start(self) -> "Sipp":
        self.work.mkdir(parents=True, exist_ok=True)
        self.port = free_block(self.at)
        argv = ["sipp", self.pbx, "-sf", str(self._scenario()), "-i", self.at, "-p", str(self.port), "-mi", self.at,
                "-m", str(self.calls), "-d", str(int(self.seconds * 1000)),
                "-mp", str(self.port + 2), "-nostdin", "-trace_err", "-trace_msg", *self.options]  # fmt: skip
        self.started = time.monotonic()
        out = (self.work / "out.txt").open("wb")
        with out:
            self._process = await asyncio.create_subprocess_exec(*argv, cwd=self.work, stdout=out, stderr=out)
        await until(lambda: not self.running or _listens(self.at, self.port))
        return self

    def _scenario(self) -> Path:
        text = (SCENARIOS / f"{self.scenario}.xml").read_text()
        tone = alaw_tone(self.work / "tone.alaw", self.hertz)
        words = {
            "TONE": str(tone),
            "RING": "300",
            "NAME": "",
            "EXTRA": "Subject: call",
            "STATUS": "486 Busy Here",
        }
        for word, value in (words | self.words).items():
            text = text.replace(f"@{word}@", value)
        path = self.work / f"{self.scenario}.xml"
        path.write_text(text)
        return path

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def done(self, within: float = 60) -> int:
        """SIPp's own verdict: 0 when every call went as the scenario says."""
        assert self._process is not None
        async with asyncio.timeout(within):
            return await self._process.wait()

    @property
    def verdict(self) -> int | None:
        return self._process.returncode if self._process is not None else None

    def story(self) -> str:
        """For a person who reads why a test failed: the first line of every message, and what SIPp complained of."""
        lines = [f"{self.scenario} at {self.at}:{self.port} {self.words}, verdict {self.verdict}"]
        for block in self.messages().split("-----------------------------------------------")[1:]:
            said = [line for line in block.splitlines() if line.strip()]
            lines.append("  ".join([*said[:1], *(line for line in said[1:3])]))
        complaints = [path.read_text(errors="replace") for path in self.work.glob("*_errors.log")]
        return "\n  ".join([*lines, *complaints])

    def let_end(self) -> None:
        """No new call; SIPp ends when those that go on are over."""
        if self.running:
            self._process.send_signal(signal.SIGUSR1)

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    def messages(self) -> str:
        return "".join(path.read_text(errors="replace") for path in sorted(self.work.glob("*_messages.log")))

    def sent_at(self) -> float:
        """Seconds of the day when this SIPp sent its first message, by its own clock."""
        return self._first("message sent")

    def invited_at(self) -> float:
        return self._first("message received")

    def _first(self, what: str) -> float:
        for block in self.messages().split("-----------------------------------------------"):
            head = block.strip().splitlines()[:2]
            if len(head) == 2 and what in head[1]:
                hours, minutes, seconds = re.search(r"(\d+):(\d+):(\d+\.\d+)", head[0]).groups()
                return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        raise AssertionError(f"no {what} in {self.work}")
