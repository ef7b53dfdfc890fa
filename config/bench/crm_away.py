# SPDX-License-Identifier: Apache-2.0
"""What a dead or stopped Rolodial costs the caller: INVITE in to INVITE out, less the median of when it was healthy.

Real calls through a real Asterisk; the first of them comes in the moment after the process was killed, or stopped with
SIGSTOP. The promise is for 1 000 calls a fault; `CALLS` is what a minute has room for.
"""

import asyncio
import signal
import statistics
import tempfile
from pathlib import Path

from config.bench._house import House, house
from config.bench._rounds import BenchError
from config.bench.figure import Figure, Limit

CALLS = 150  # a fault
RATE = 8.0
_OPERATORS = 40
_TALK_S = 0.8
_ROUTES_WITHIN_S = 40.0
_ENOUGH = 0.99


def run(rounds: int, *, calls: int = CALLS, rate: float = RATE) -> list[Figure]:  # noqa: ARG001 - one run of many calls
    killed, stopped = asyncio.run(_measure(calls, rate))
    return [_figure("killed", killed, calls), _figure("stopped", stopped, calls)]


def _figure(fault: str, extra_s: list[float], calls: int) -> Figure:
    return Figure(
        name=f"extra_delay_{fault}_p99",
        value=extra_s[min(len(extra_s) - 1, int(len(extra_s) * 0.99))] * 1000,
        unit="ms",
        must=Limit(value=500),
        goal=Limit(value=320),
        note=f"{calls} calls, the first 3 s included",
    )


async def _measure(calls: int, rate: float) -> tuple[list[float], list[float]]:
    with tempfile.TemporaryDirectory() as directory:
        async with house(Path(directory), _OPERATORS, calls) as one:
            await one.serve.start()
            await _until_routes_are_known(one)
            usual = statistics.median(await _delays(one, "healthy", rate))
            one.serve.signal(signal.SIGSTOP)
            stopped = await _delays(one, "stopped", rate)
            await one.serve.stop()
            await one.exchange.pbx.cli("dialplan set global ROLODIAL_OFF_UNTIL 0")
            await one.serve.start()
            one.serve.signal(signal.SIGKILL)
            killed = await _delays(one, "killed", rate)
    return sorted(one - usual for one in killed), sorted(one - usual for one in stopped)


async def _until_routes_are_known(one: House) -> None:
    """The clients' managers are written to the PBX's own database soon after it is on the line."""
    async with asyncio.timeout(_ROUTES_WITHIN_S):
        while one.clients[-1] not in await one.exchange.pbx.cli("database show rolodial"):  # noqa: ASYNC110 - it does not tell
            await asyncio.sleep(0.5)


async def _delays(one: House, name: str, rate: float) -> list[float]:
    phones = await one.exchange.phones(f"{name}_phones")
    try:
        load = await one.exchange.calls(name, one.clients, rate=rate, seconds=_TALK_S)
        await load.done(len(one.clients) / rate * 2 + 30)
    finally:
        await phones.stop()
    sent, rung = load.first_invites(), phones.first_invites()
    took = [rung[who].at - one.at for who, one in sent.items() if who in rung]
    if len(took) < len(sent) * _ENOUGH:
        raise BenchError(f"{name}: {len(sent) - len(took)} of {len(sent)} calls rang at no phone")
    return took
