# SPDX-License-Identifier: Apache-2.0
"""Strangers at the FastAGI port, while calls ask it where to go."""

import asyncio
import sys

from tests.chaos.fault import fault
from tests.chaos.pops import pops_in_time
from tests.chaos.stage import Stage


def _port(stage: Stage) -> int:
    return int(stage.plan.agi.rsplit(":", 1)[1])


@fault(43, "FastAGI: half a request, then closed", "0 ms of stall; connection dropped", exact=True)
async def half_a_request(stage: Stage) -> str:
    async def knock() -> None:
        for _ in range(200):
            _, writer = await asyncio.open_connection("127.0.0.1", _port(stage))
            writer.write(b"agi_network: yes\n")
            writer.close()
            await asyncio.sleep(0.08)

    before = await stage.metric("rolodial_routes_fallback_total")
    p95 = await pops_in_time(stage, knock(), 0.3)
    assert await stage.metric("rolodial_routes_fallback_total") == before
    return f"200 half requests in 16 s, pops {p95}"


@fault(44, "FastAGI: 500 slow clients, 10 MB of header", "bounded; calls answered <= 1 s", exact=True)
async def slow_clients(stage: Stage) -> str:
    async def crowd() -> None:
        argv = (sys.executable, "-m", "tests.chaos.crowd", str(_port(stage)))
        process = await asyncio.create_subprocess_exec(*argv)
        assert await process.wait() == 0

    p95 = await pops_in_time(stage, crowd(), 1.0)
    return f"500 at once for 16 s and 10 MB of header, pops {p95}"
