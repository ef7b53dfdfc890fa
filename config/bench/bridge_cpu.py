# SPDX-License-Identifier: Apache-2.0
"""The bridge's CPU for real two-leg calls through a real Asterisk, beside Asterisk's own in the same run.

The bridge is alone in its process: AMI, journal, tracker, FastAGI; no pages, no database.
"""

import asyncio
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson

from config.bench._processes import cpu_of
from config.bench._rounds import BenchError
from config.bench._telephony import Exchange, exchange
from config.bench.figure import Figure, Limit

RATE = 40.0
_SECONDS = 12.0  # of calls, a round
_TALK_S = 1.0
_EXTENSIONS = [str(number) for number in range(201, 321)]
_FIRST_CALLER = 79_263_000_000
_FEWEST = 0.98  # of the calls must be seen from beginning to end


def run(rounds: int, *, rate: float = RATE, seconds: float = _SECONDS) -> list[Figure]:
    pairs = asyncio.run(_measure(rounds, rate, seconds))
    calls = int(rate * seconds)
    ours, theirs = (statistics.median(one[which] for one in pairs) / calls * 1000 for which in (0, 1))
    return [
        Figure(
            name="bridge_cpu_per_call",
            value=ours,
            unit="ms",
            reference=theirs,
            must=Limit(ratio=0.25),
            goal=Limit(ratio=0.12),
            note=f"{calls} calls at {rate:g}/s",
        )
    ]


async def _measure(rounds: int, rate: float, seconds: float) -> list[tuple[float, float]]:
    with tempfile.TemporaryDirectory() as directory:
        async with exchange(Path(directory), _EXTENSIONS) as house:
            phones = await house.phones(trace=False)
            try:
                return [await _round(house, number, rate, seconds) for number in range(rounds)]
            finally:
                await phones.stop()


async def _round(house: Exchange, number: int, rate: float, seconds: float) -> tuple[float, float]:
    calls = int(rate * seconds)
    callers = [f"+{_FIRST_CALLER + one}" for one in range(calls)]
    async with _bridge(house, number) as process:
        began = cpu_of(process.pid), cpu_of(house.pbx.pid)
        load = await house.calls(f"calls{number}", callers, rate=rate, seconds=_TALK_S, trace=False)
        await load.done(seconds * 3 + 30)
        await asyncio.sleep(0.3)
        spent = cpu_of(process.pid) - began[0], cpu_of(house.pbx.pid) - began[1]
        said, _ = await process.communicate(b"")
    if int(said) < calls * _FEWEST:
        raise BenchError(f"the bridge saw {int(said)} of {calls} calls")
    return spent


@asynccontextmanager
async def _bridge(house: Exchange, number: int) -> AsyncIterator[asyncio.subprocess.Process]:
    plan = house.plan
    told = {
        "port": plan.ami_port,
        "user": plan.ami_user,
        "secret": plan.ami_secret,
        "agi": plan.agi.rsplit(":", 1)[1],
        "extensions": _EXTENSIONS,
        "journal": str(house.home / f"journal{number}"),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "config.bench._bridge", orjson.dumps(told).decode()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        if process.stdout is None or await process.stdout.readline() != b"ready\n":
            raise BenchError("the bridge did not reach the PBX")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
