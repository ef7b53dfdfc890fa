# SPDX-License-Identifier: Apache-2.0
"""Strangers at the FastAGI port, while calls ask it where to go."""

import asyncio
import contextlib

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
        async with asyncio.TaskGroup() as tasks:
            for _ in range(500):
                tasks.create_task(_slow(_port(stage)))
            tasks.create_task(_giant(_port(stage)))

    p95 = await pops_in_time(stage, crowd(), 1.0)
    return f"500 at once for 16 s and 10 MB of header, pops {p95}"


async def _slow(port: int) -> None:
    """Again and again, for it is cut off."""
    loop = asyncio.get_running_loop()
    until = loop.time() + 16
    while loop.time() < until:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"agi_network: yes\n")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await reader.read()
            writer.close()
        await asyncio.sleep(0.5)


async def _giant(port: int) -> None:
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(10_240):
            writer.write(b"agi_x: " + b"x" * 1016 + b"\n")
            await writer.drain()
        writer.close()
