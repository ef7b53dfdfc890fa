# SPDX-License-Identifier: Apache-2.0
"""A FastAGI server for tests of the dialplan alone: what it answers, and how badly, is the test's choice."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Self


@dataclass
class StubAgi:
    """Answers `route` with the steps given; or stays silent, or hangs up at once."""

    steps: list[str] = field(default_factory=list)
    name: str = ""
    manner: str = "good"  # good | silent | close
    asked: list[dict[str, str]] = field(default_factory=list)
    took: list[float] = field(default_factory=list)  # seconds from the question to the end of the answer
    port: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.shut()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """As a killed process: nobody listens, open sockets are closed."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.close()
        await asyncio.sleep(0)
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        began = time.monotonic()
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\n\n")).decode(errors="replace")
            self.asked.append(dict(line.split(": ", 1) for line in head.splitlines() if ": " in line))
            if self.manner == "silent":
                await reader.read()
            elif self.manner == "good":
                await self._answer(reader, writer)
                self.took.append(time.monotonic() - began)
        self._open.discard(writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.asked[-1]["agi_network_script"] == "ping":
            await self._command(reader, writer, "EXEC MSet ROLODIAL_PONG=1")
            return
        values = {
            "ROLODIAL_CALL": "018f6c3e-0000-7000-8000-000000000001",
            "ROLODIAL_STEPS": str(len(self.steps)),
        }
        values |= {f"ROLODIAL_S{i}": step for i, step in enumerate(self.steps, 1)}
        values["ROLODIAL_ANSWER"] = "route"
        await self._command(reader, writer, "EXEC MSet " + ",".join(f"{k}={v}" for k, v in values.items()))
        if self.name:
            quoted = self.name.replace("\\", "\\\\").replace('"', '\\"')
            await self._command(reader, writer, f'SET VARIABLE ROLODIAL_NAME "{quoted}"')

    async def _command(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: str) -> None:
        writer.write(f"{line}\n".encode())
        await reader.readline()
