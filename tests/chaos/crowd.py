# SPDX-License-Identifier: Apache-2.0
"""500 slow strangers and a giant at a FastAGI port, in a process of their own: `python -m tests.chaos.crowd PORT`."""

import asyncio
import contextlib
import sys

SECONDS = 16


async def crowd(port: int) -> None:
    async with asyncio.TaskGroup() as tasks:
        for _ in range(500):
            tasks.create_task(_slow(port))
        tasks.create_task(_giant(port))


async def _slow(port: int) -> None:
    """Again and again, for it is cut off."""
    loop = asyncio.get_running_loop()
    until = loop.time() + SECONDS
    while loop.time() < until:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"agi_network: yes\n")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await reader.read()
            writer.close()
        await asyncio.sleep(1)


async def _giant(port: int) -> None:
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(10_240):
            writer.write(b"agi_x: " + b"x" * 1016 + b"\n")
            await writer.drain()
        writer.close()


if __name__ == "__main__":
    asyncio.run(crowd(int(sys.argv[1])))
