# SPDX-License-Identifier: Apache-2.0
"""Channels of a PBX that ask a FastAGI server where to go: `python -m config.bench._callers PORT CLIENTS SECONDS HOW`.

HOW is `20` (so many at once, each asks again as soon as it has its answer) or `200/s`. Says one line of JSON.
"""

import asyncio
import random
import re
import sys
import time

import orjson
import uvloop

from config.demo.data import DID, PBX
from config.demo.generate import number_of

# What Asterisk 22 sends beside the lines that differ.
_REST = "".join(
    f"agi_{name}: unknown\n"
    for name in (
        "language", "type", "version", "callingani2", "callington", "callingtns", "dnid", "rdnis", "context",
        "extension", "priority", "enhanced", "accountcode", "threadid",
    )
)  # fmt: skip
_LINE = re.compile(rb"\n")


class Channel(asyncio.Protocol):
    """Answers each command at once; `over` is done when the server closed, and `heard` is all that it said."""

    def __init__(self, number: str) -> None:
        self._number = number
        self.over: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._commands = 0
        self.heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment] # of a stream
        linkedid = f"{time.time():.6f}"
        self._transport.write(
            (
                "agi_network: yes\nagi_network_script: route\nagi_request: agi://127.0.0.1/route\n"
                f"agi_channel: PJSIP/trunk-0000002a\nagi_uniqueid: {linkedid}\nagi_callerid: {self._number}\n"
                f"agi_calleridname: unknown\nagi_callingpres: 0\n{_REST}"
                f"agi_arg_1: {PBX}\nagi_arg_2: {linkedid}\nagi_arg_3: {DID}\n\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        self.heard += data
        for _ in _LINE.findall(data):
            self._commands += 1
            self._transport.write(b"200 result=1\n")

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(self._commands)


class Load:
    def __init__(self, port: int, clients: int) -> None:
        self._port, self._clients = port, clients
        self.took_ms: list[float] = []
        self.unanswered = 0

    async def ask(self) -> None:
        began = time.perf_counter()
        channel = Channel(number_of(random.randrange(self._clients)))  # noqa: S311
        await asyncio.get_running_loop().create_connection(lambda: channel, "127.0.0.1", self._port)
        commands = await channel.over
        self.took_ms.append((time.perf_counter() - began) * 1000)
        self.unanswered += not commands

    async def at_once(self, many: int, seconds: float) -> None:
        end = time.perf_counter() + seconds

        async def again() -> None:
            while time.perf_counter() < end:
                await self.ask()

        await asyncio.gather(*(again() for _ in range(many)))

    async def paced(self, rate: float, seconds: float) -> None:
        async with asyncio.TaskGroup() as tasks:
            began = time.perf_counter()
            for number in range(int(rate * seconds)):
                await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
                tasks.create_task(self.ask())


async def main(port: int, clients: int, seconds: float, how: str) -> None:
    load = Load(port, clients)
    began = time.perf_counter()
    if how.endswith("/s"):
        await load.paced(float(how.removesuffix("/s")), seconds)
    else:
        await load.at_once(int(how), seconds)
    took = sorted(load.took_ms)
    said = {
        "rate": len(took) / (time.perf_counter() - began),
        "p50": took[len(took) // 2],
        "p99": took[int(len(took) * 0.99)],
        "unanswered": load.unanswered,
    }
    sys.stdout.write(orjson.dumps(said).decode() + "\n")


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]))
