# SPDX-License-Identifier: Apache-2.0
"""A second process with a thousand open screens: says how long frames were under way.

`python -m config.bench._screens PORT PATH N SECONDS`; a frame holds `"t":"<20 digits of CLOCK_MONOTONIC in ns>"`.
Prints 'ready' when all are open, and after SECONDS the microseconds of each frame as a JSON list.
"""

import asyncio
import re
import sys
import time
from functools import partial
from typing import cast

import orjson
import uvloop

_STAMP = re.compile(rb'"t":"(\d{20})"')
_ASK = (
    "GET {path}?user={number} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class _Screen(asyncio.Protocol):
    """Reads as little as it can: the client's cost must not hide the server's."""

    def __init__(self, ask: str, took_us: list[float]) -> None:
        self._ask = ask
        self._took_us = took_us
        self._rest = b""
        self.opened = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(self._ask.encode())  # uvloop's is no subclass of it

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        data = self._rest + data
        end = 0
        for found in _STAMP.finditer(data):
            self._took_us.append((now - int(found[1])) / 1000)
            end = found.end()
        self._rest = data[end:][-64:]
        if not self.opened.done():
            self.opened.set_result(data.startswith(b"HTTP/1.1 101"))


def _itself(screen: _Screen) -> _Screen:
    return screen


async def main(port: int, path: str, screens: int, seconds: float) -> None:
    took_us: list[float] = []
    loop = asyncio.get_running_loop()
    for first in range(0, screens, 50):
        batch = []
        for number in range(first, min(first + 50, screens)):
            screen = _Screen(_ASK.format(path=path, number=number), took_us)
            await loop.create_connection(partial(_itself, screen), "127.0.0.1", port)
            batch.append(screen)
        opened = await asyncio.gather(*(screen.opened for screen in batch))
        if not all(opened):
            raise SystemExit("a screen was refused")
    took_us.clear()  # what stood in the snapshots was stamped long ago
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.sleep(seconds)
    sys.stdout.buffer.write(orjson.dumps(took_us) + b"\n")


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
