# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy before AMI that cuts, stalls, falls silent, splits, swaps, doubles and adds, frame by frame."""

import asyncio
import contextlib
import re
import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterable

END = b"\r\n\r\n"
Reshape = Callable[[list[bytes]], Iterable[bytes]]  # whole frames in, whole frames out
_CLICK = re.compile(
    rb"^Channel: *PJSIP/", re.MULTILINE
)  # an Originate to a phone: our own sync rings a Local one
_ACTION = re.compile(rb"^Action: *(\w+)", re.MULTILINE)


class Pipe:
    """One connection of the product, and ours to the PBX for it."""

    def __init__(self, proxy: "AmiProxy", client, pbx) -> None:
        self._proxy = proxy
        self._from_client, self.to_client = client
        self._from_pbx, self._to_pbx = pbx
        self.flows = asyncio.Event()
        self.flows.set()
        self.half_then_reset = False

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as both:
                up = both.create_task(self._up())
                down = both.create_task(self._down())
                await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
                up.cancel()
                down.cancel()
        except* (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.close()

    async def _up(self) -> None:
        while data := await self._from_client.read(65536):
            await self._may_flow()
            names = [name.decode() for name in _ACTION.findall(data)]
            if _CLICK.search(data):
                names.append("Click")
            self._proxy.actions.update(names)
            self._to_pbx.write(data)
            await self._to_pbx.drain()
            if self._proxy.cut_after in names:
                self._proxy.cut_after = None
                self.reset()

    async def _down(self) -> None:
        self.to_client.write(await self._from_pbx.readline())  # the banner is no frame
        rest = b""
        while data := await self._from_pbx.read(65536):
            *frames, rest = (rest + data).split(END)
            await self._may_flow()
            whole = [frame + END for frame in frames]
            if self._proxy.reshape is not None:
                whole = list(self._proxy.reshape(whole))
            await self._send(b"".join(whole))

    async def _may_flow(self) -> None:
        await self.flows.wait()
        await self._proxy.flows.wait()

    async def _send(self, data: bytes) -> None:
        if self.half_then_reset and data:
            self.to_client.write(data[: len(data) // 2])
            await self.to_client.drain()
            self.reset()
            return
        step = self._proxy.segment or len(data) or 1
        for start in range(0, len(data), step):
            self.to_client.write(data[start : start + step])
            await self.to_client.drain()
            if self._proxy.segment:
                await asyncio.sleep(0)

    def reset(self) -> None:
        sock: socket.socket = self.to_client.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.to_client.transport.abort()

    def close(self) -> None:
        for writer in (self.to_client, self._to_pbx):
            writer.close()


class AmiProxy:
    def __init__(self, port: int, pbx_port: int) -> None:
        self.port, self._pbx_port = port, pbx_port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.pipes: list[Pipe] = []
        self.heal()
        self.connections = 0
        self.actions: Counter[str] = Counter()

    def heal(self) -> None:
        """As if it were not there; connections that were told to be silent stay so."""
        self.flows = getattr(self, "flows", asyncio.Event())
        self.flows.set()
        self.segment: int | None = None
        self.reshape: Reshape | None = None
        self.cut_after: str | None = None

    async def listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Nobody listens here any more, and all is closed."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for pipe in tuple(self.pipes):
            pipe.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        self.connections += 1
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self.flows.wait()
                pbx = await asyncio.open_connection("127.0.0.1", self._pbx_port)
                pipe = Pipe(self, (reader, writer), pbx)
                self.pipes.append(pipe)
                try:
                    await pipe.run()
                finally:
                    self.pipes.remove(pipe)
        finally:
            writer.close()
            self._tasks.discard(task)

    @property
    def pipe(self) -> Pipe:
        return self.pipes[-1]

    def say(self, *frames: bytes) -> None:
        """To the product, as if the PBX had said it."""
        self.pipe.to_client.write(b"".join(frames))
