# SPDX-License-Identifier: Apache-2.0
"""A real Asterisk with as many phones as asked for, SIPp as its clients and phones, and what SIPp's clocks say."""

import asyncio
import re
import shutil
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from config.asterisk.fetch import find_or_fetch
from config.asterisk.instance import AsteriskInstance
from config.asterisk.plan import PbxPlan, Phone, QueuePlan, pbx_files
from config.asterisk.ports import free_block, free_port
from config.bench._rounds import BenchError
from config.demo.data import DID

CLIENTS = "127.0.0.53"
PHONES = "127.0.0.63"
CACHE = Path(".cache")
_SCENARIOS = Path(__file__).parent / "sipp"
_MESSAGE = re.compile(
    r"^-{20,} \S+[ \t]+(\d+):(\d+):(\d+\.\d+)\n\S+ message (?:sent|received)[^\n]*\n\s*(\S+)(.*?)(?=^-{20,} |\Z)",
    re.MULTILINE | re.DOTALL,
)
_FROM = re.compile(r"^From:[^\n]*sip:(\+?\d+)@", re.MULTILINE)
_TO = re.compile(r"[ \t]+sip:([^@\s]+)@")


@dataclass(frozen=True, slots=True)
class Invite:
    caller: str
    at: float  # seconds of the day
    called: str  # the number, or the extension of the phone


@dataclass(frozen=True, slots=True)
class Sipp:
    process: asyncio.subprocess.Process
    work: Path

    async def done(self, within_s: float) -> None:
        """Every call went as the scenario says."""
        async with asyncio.timeout(within_s):
            if await self.process.wait():
                errors = [line for path in self.work.glob("*_errors.log") for line in _lines(path)[:3]]
                raise BenchError(f"calls failed: {' '.join(errors)[:300]}")

    async def ended(self, within_s: float) -> int:
        """How many calls did not go as the scenario says."""
        async with asyncio.timeout(within_s):
            await self.process.wait()
        found = re.findall(
            r"Failed call +\| +\d+ +\| +(\d+)", (self.work / "screen.txt").read_text(errors="replace")
        )
        if not found:
            raise BenchError("SIPp says nothing of its calls")
        return int(found[-1])

    async def stop(self) -> None:
        """So that what it wrote down is on disk; by force when calls are left."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGUSR1)
        try:
            async with asyncio.timeout(5):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    def first_invites(self) -> dict[str, Invite]:
        """Each caller's first; read it after the end."""
        seen: dict[str, Invite] = {}
        for path in self.work.glob("*_messages.log"):
            for one in invites_in(path.read_text(errors="replace")):
                seen.setdefault(one.caller, one)
        return seen


@dataclass(frozen=True, slots=True)
class Exchange:
    pbx: AsteriskInstance
    plan: PbxPlan
    home: Path

    async def phones(self, name: str = "phones", *, trace: bool = True) -> Sipp:
        """One SIPp answers for all."""
        port = int(self.plan.phones[0].stand_in.rsplit(":", 1)[1])
        argv = ["-sf", str(_SCENARIOS / "answer.xml"), "-i", PHONES, "-p", str(port), "-mi", PHONES]
        return await self._play(name, [*argv, *_traced(trace)])

    async def calls(
        self, name: str, callers: Sequence[str], *, rate: float, seconds: float, trace: bool = True
    ) -> Sipp:
        """One call of each caller."""
        work = self.home / name
        work.mkdir(parents=True)
        (work / "callers.csv").write_text("\n".join(["SEQUENTIAL", *callers]) + "\n")
        scenario = work / "call.xml"
        scenario.write_text((_SCENARIOS / "call.xml").read_text().replace("@NUMBER@", DID))
        argv = [f"{self.plan.sip_host}:{self.plan.sip_port}", "-sf", str(scenario), "-inf", "callers.csv"]
        argv += ["-i", CLIENTS, "-p", str(free_port(CLIENTS)), "-mi", CLIENTS, "-m", str(len(callers))]
        argv += ["-r", f"{rate:g}", "-d", str(int(seconds * 1000)), *_traced(trace)]
        return await self._play(name, argv)

    async def _play(self, name: str, argv: list[str]) -> Sipp:
        work = self.home / name
        work.mkdir(parents=True, exist_ok=True)
        with (work / "screen.txt").open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                *(
                    "sipp",
                    *argv,
                    "-mp",
                    str(free_block(argv[argv.index("-mi") + 1])),
                    "-nostdin",
                    "-trace_err",
                ),
                cwd=work,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        return Sipp(process, work)


@asynccontextmanager
async def exchange(home: Path, extensions: Sequence[str]) -> AsyncIterator[Exchange]:
    if shutil.which("sipp") is None:
        raise BenchError("SIPp is needed to place calls (package sip-tester)")
    program = find_or_fetch(CACHE, lambda line: click.echo(line, err=True))
    port = free_port(PHONES, ("udp",))
    plan = PbxPlan(
        agi=f"agi://127.0.0.1:{free_port()}",
        trunk_host=CLIENTS,
        trunk_port=free_port(CLIENTS),
        phones=tuple(
            Phone(extension=one, name=f"Phone {one}", stand_in=f"sip:{one}@{PHONES}:{port}")
            for one in extensions
        ),
        queues=(QueuePlan(name="default", members=tuple(extensions[:4])),),
        out_number=DID,
    )
    pbx = AsteriskInstance(program, home / "pbx", lambda found, at, run: pbx_files(plan, found, at, run))
    try:
        await pbx.start()
        yield Exchange(pbx, plan, home)
    finally:
        await pbx.stop()


def invites_in(log: str) -> Iterator[Invite]:
    """Out of SIPp's log of messages."""
    for found in _MESSAGE.finditer(log):
        who, whom = _FROM.search(found[5]), _TO.match(found[5])
        if found[4] == "INVITE" and who and whom:
            at = int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])
            yield Invite(caller=who[1], at=at, called=whom[1])


def _traced(trace: bool) -> list[str]:  # noqa: FBT001 - a private one-liner
    return ["-trace_msg"] if trace else []


def _lines(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines()
