# SPDX-License-Identifier: Apache-2.0
"""The bridge's CPU for real two-leg calls through a real Asterisk, beside Asterisk's own in the same run.

The bridge is alone in its process: AMI, journal, tracker, FastAGI; then the second witness (CEL) too. No pages, no
database.
"""

import asyncio
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
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
Spent = tuple[float, float]  # CPU seconds a call: the bridge's, Asterisk's
_WITNESS_S = 6.0  # CEL is compared three seconds after a call's end
_FEWEST = 0.98  # of the calls must be seen from beginning to end


def run(rounds: int, *, rate: float = RATE, seconds: float = _SECONDS) -> list[Figure]:
    alone, both = asyncio.run(_measure(rounds, rate, seconds))
    note = f"{int(rate * seconds)} calls at {rate:g}/s"
    return [
        _figure("bridge_cpu_per_call", alone, Limit(ratio=0.25), Limit(ratio=0.12), note),
        _figure("bridge_cpu_both_folds", both, Limit(ratio=0.30), Limit(ratio=0.15), f"{note}, with CEL"),
    ]


def _figure(name: str, spent: Sequence[Spent], must: Limit, goal: Limit, note: str) -> Figure:
    ours, theirs = (statistics.median(one[which] for one in spent) * 1000 for which in (0, 1))
    return Figure(name=name, value=ours, unit="ms", reference=theirs, must=must, goal=goal, note=note)


async def _measure(rounds: int, rate: float, seconds: float) -> tuple[list[Spent], list[Spent]]:
    """Without the second witness and with it, by turns."""
    with tempfile.TemporaryDirectory() as directory:
        async with exchange(Path(directory), _EXTENSIONS) as house:
            phones = await house.phones(trace=False)
            try:
                told = [
                    await _round(house, number, rate, seconds, cel=number % 2 == 1)
                    for number in range(2 * rounds)
                ]
            finally:
                await phones.stop()
    return told[::2], told[1::2]


async def _round(house: Exchange, number: int, rate: float, seconds: float, *, cel: bool) -> Spent:
    calls = int(rate * seconds)
    callers = [f"+{_FIRST_CALLER + one}" for one in range(calls)]
    async with _bridge(house, number, cel=cel) as process:
        began = cpu_of(process.pid), cpu_of(house.pbx.pid)
        load = await house.calls(f"calls{number}", callers, rate=rate, seconds=_TALK_S, trace=False)
        await load.done(seconds * 3 + 30)
        await asyncio.sleep(_WITNESS_S if cel else 0.3)
        spent = (cpu_of(process.pid) - began[0]) / calls, (cpu_of(house.pbx.pid) - began[1]) / calls
        said, _ = await process.communicate(b"")
    ended, agreed = map(int, said.split())
    if ended < calls * _FEWEST or (cel and agreed < calls * _FEWEST):
        raise BenchError(f"of {calls} calls the bridge saw {ended}, and both folds agreed on {agreed}")
    return spent


@asynccontextmanager
async def _bridge(house: Exchange, number: int, *, cel: bool) -> AsyncIterator[asyncio.subprocess.Process]:
    plan = house.plan
    told = {
        "port": plan.ami_port,
        "user": plan.ami_user,
        "secret": plan.ami_secret,
        "agi": plan.agi.rsplit(":", 1)[1],
        "extensions": _EXTENSIONS,
        "journal": str(house.home / f"journal{number}"),
        "cel": str(house.pbx.cel_file) if cel else "",
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
