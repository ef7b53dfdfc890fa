# SPDX-License-Identifier: Apache-2.0
"""A TCP connection's way between two programs that a test can cut, half-open or hold."""

import asyncio
import contextlib
from enum import Enum
from typing import Self


class WireState(Enum):
    WHOLE = "whole"
    CUT = "cut"  # nobody gets through, and whoever was on it is told
    HALF_OPEN = "half-open"  # bytes vanish, and nobody is told


class Wire:
    """Listens on `port` and passes on to `to_port`, both of loopback."""

    def __init__(self, port: int, to_port: int) -> None:
        self._port, self._to_port = port, to_port
        self.state = WireState.WHOLE
        self.asked = asyncio.Event()  # since `hold`, somebody asked where a call shall go
        self._answers = asyncio.Event()
        self._answers.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._lost: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._server.close()
        self._drop(self._ends)
        self._answers.set()
        await self._server.wait_closed()

    def hold(self) -> None:
        """Questions pass, answers wait."""
        self.asked.clear()
        self._answers.clear()

    def let_go(self) -> None:
        self._answers.set()

    def become(self, state: WireState) -> None:
        before, self.state = self.state, state
        if state is WireState.CUT:
            self._drop(self._ends)
        elif state is WireState.HALF_OPEN:
            self._lost |= self._ends
        elif before is WireState.HALF_OPEN:
            self._drop(self._lost)
            self._lost.clear()

    @staticmethod
    def _drop(ends: set[asyncio.StreamWriter]) -> None:
        for end in ends:
            end.transport.abort()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.state is not WireState.WHOLE:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:
            writer.transport.abort()
            return
        self._ends |= {writer, back}
        with contextlib.suppress(OSError):
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._pass(reader, back, asks=True))
                ways.create_task(self._pass(there, writer, asks=False))
        self._ends -= {writer, back}
        for end in (writer, back):
            end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, asks: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if asks and b"/route" in data:
                    self.asked.set()
                if not asks and not self._answers.is_set():
                    await self._answers.wait()
                if writer in self._lost:
                    continue
                writer.write(data)
                await writer.drain()
        if writer not in self._lost:
            with contextlib.suppress(OSError, RuntimeError):
                writer.write_eof()
