# SPDX-License-Identifier: Apache-2.0
"""The callers of a soak: a few SIPp processes, and clicks by the API; and what the calls cost meanwhile."""

import asyncio
import csv
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from config.asterisk.ports import free_block
from config.bench._processes import cpu_of, rss_mb_of
from tests.live.sipp_call import alaw_tone
from tests.soak.house import CLIENTS, OPERATORS, PHONES, SoakHouse, secret_of
from tests.soak.mix import Planned

_SCENARIOS = Path(__file__).parent / "sipp"
_LATE_S = 60.0  # after the last call was due


@dataclass
class Sipp:
    process: asyncio.subprocess.Process
    work: Path

    async def done(self, within_s: float) -> None:
        """All its calls are over; a caller who is left hanging is told by `failed`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self.process.wait()

    async def stop(self) -> None:
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.kill()
        await self.process.wait()

    def failed(self) -> tuple[int, str]:
        """How many calls did not go as the scenario says, and SIPp's first words on it."""
        stats = next(iter(self.work.glob("*_.csv")), None)
        rows = list(csv.DictReader(stats.open(), delimiter=";")) if stats else []
        words = [path.read_text(errors="replace")[:600] for path in self.work.glob("*_errors.log")]
        stuck = int(rows[-1]["CurrentCall"]) if rows and self.process.returncode is None else 0
        return int(rows[-1]["FailedCall(C)"]) + stuck if rows else -1, "".join(words)


@dataclass
class Players:
    house: SoakHouse
    parties: list[Sipp] = field(default_factory=list)
    callers: dict[str, Sipp] = field(default_factory=dict)
    clicks_refused: list[str] = field(default_factory=list)
    _round: int = 0

    async def receive(self) -> None:
        """All phones, and everybody out there."""
        for at, port in ((PHONES, self.house.phones_port), (CLIENTS, self.house.plan.trunk_port)):
            work = self.house.home / f"party-{at}"
            argv = ["-sf", str(_SCENARIOS / "party.xml"), "-i", at, "-p", str(port), "-mi", at, "-rtp_echo"]
            argv += ["-key", "pbx", self.house.plan.sip_host]
            self.parties.append(await _sipp(work, argv, at))

    async def stop(self) -> None:
        for one in (*self.callers.values(), *self.parties):
            await one.stop()

    async def place(self, calls: Sequence[Planned], rate: float) -> float:
        """All of them, evenly, each kind in its share of the rate; how long it took."""
        self._round += 1
        by_player: dict[tuple[str, bool], list[Planned]] = defaultdict(list)
        for call in calls:
            by_player[call.kind.scenario, call.kind.media].append(call)
        seconds, began = len(calls) / rate, time.monotonic()
        clicks = by_player.pop(("click", False), [])
        async with asyncio.TaskGroup() as tasks:
            for (scenario, media), some in by_player.items():
                name = f"{self._round}-{scenario}{'-media' if media else ''}"
                self.callers[name] = sipp = await self._call(
                    name, scenario, some, len(some) / seconds, media=media
                )
                tasks.create_task(sipp.done(seconds + _LATE_S))
            tasks.create_task(self._click(clicks, seconds))
        return time.monotonic() - began

    async def _call(
        self, name: str, scenario: str, calls: Sequence[Planned], rate: float, *, media: bool
    ) -> Sipp:
        work = self.house.home / name
        work.mkdir()
        lines = [f"{one.caller};{one.dialled};{self._digest(one.caller)}" for one in calls]
        (work / "calls.csv").write_text("\n".join(["SEQUENTIAL", *lines]) + "\n")
        voice = f'<nop><action><exec rtp_stream="{alaw_tone(work / "tone.alaw", 440)},-1,8,PCMA/8000"/></action></nop>'
        text = (_SCENARIOS / f"{scenario}.xml").read_text().replace("@VOICE@", voice if media else "")
        text = text.replace("@PORT@", "[rtpstream_audio_port]" if media else "[media_port]")
        (work / "scenario.xml").write_text(text)
        at = OPERATORS if scenario.startswith("operator") else CLIENTS
        argv = [
            f"{self.house.plan.sip_host}:{self.house.plan.sip_port}",
            "-sf",
            "scenario.xml",
            "-inf",
            "calls.csv",
        ]
        argv += ["-i", at, "-p", str(free_block(at)), "-mi", at, "-m", str(len(calls)), "-l", "2000"]
        argv += (
            ["-r", str(max(1, round(rate * 10))), "-rp", "10000"] if rate < 10 else ["-r", str(round(rate))]
        )
        return await _sipp(work, argv, at)

    def _digest(self, caller: str) -> str:
        if caller.startswith("+"):
            return ""
        return f"[authentication username={caller} password={secret_of(self.house, caller)}]"

    async def _click(self, calls: Sequence[Planned], seconds: float) -> None:
        began = time.monotonic()
        url = f"http://127.0.0.1:{self.house.serve.web_port}/api/v1/calls"
        async with aiohttp.ClientSession() as http:
            for number, call in enumerate(calls):
                await asyncio.sleep(began + seconds * number / len(calls) - time.monotonic())
                headers = {"Authorization": f"Bearer {self.house.tokens[call.caller]}"}
                async with http.post(url, json={"number": call.dialled}, headers=headers) as answer:
                    if answer.status != 202:
                        self.clicks_refused.append(f"{answer.status} {(await answer.text())[:200]}")


async def _sipp(work: Path, argv: list[str], at: str) -> Sipp:
    work.mkdir(exist_ok=True)
    said = ["-mp", str(free_block(at)), "-nostdin", "-trace_err", "-trace_stat", "-fd", "1"]
    with (work / "screen.txt").open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            "sipp", *argv, *said, cwd=work, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out
        )
    return Sipp(process, work)


@dataclass
class Sample:
    at: float
    asterisk_cpu: float
    serve_cpu: float
    workers_cpu: float
    starved: float  # seconds that the product was ready to run and had no core
    lag_ms: float  # the longest that its event loop let us wait since the sample before
    serve_mb: float
    asterisk_mb: float


@dataclass
class Meter:
    """CPU seconds and memory of the product and of Asterisk, once a second."""

    house: SoakHouse
    samples: list[Sample] = field(default_factory=list)
    _lag_ms: float = 0.0

    def read(self) -> Sample:
        ours, theirs = self.house.serve.pid, self.house.pbx.pid
        sample = Sample(
            time.monotonic(), cpu_of(theirs), cpu_of(ours), sum(map(_cpu, _children(ours))),
            starved_of(ours), self._lag_ms, rss_mb_of(ours), rss_mb_of(theirs),
        )  # fmt: skip
        self._lag_ms = 0.0
        self.samples.append(sample)
        return sample

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look())
            tasks.create_task(self._ask())

    async def _look(self) -> None:
        while True:
            self.read()
            await asyncio.sleep(1)

    async def _ask(self) -> None:
        url = f"http://127.0.0.1:{self.house.serve.web_port}/healthz"
        async with aiohttp.ClientSession() as http:
            while True:
                began = time.monotonic()
                async with http.get(url) as answer:
                    await answer.read()
                self._lag_ms = max(self._lag_ms, (time.monotonic() - began) * 1000)
                await asyncio.sleep(0.1)


def starved_of(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            found += [int(one) for one in (task / "children").read_text().split()]
    return found + [grandchild for child in found for grandchild in _children_of(child)]


def _children_of(pid: int) -> list[int]:
    try:
        return _children(pid)
    except OSError:
        return []


def _cpu(pid: int) -> float:
    try:
        return cpu_of(pid)
    except OSError:
        return 0.0
