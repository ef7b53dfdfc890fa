# SPDX-License-Identifier: Apache-2.0
"""Our own FastAGI listener: bounded in size, time and number, and no task on the ordinary path.

panoramisk's spins for ever on half a request and dies of a name that is no UTF-8 (RELIABILITY F17, F18).
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import cast

import structlog

from pbx_bridge.agi_lines import AgiReply, AgiRequest, Answer, parse_reply, parse_request
from pbx_bridge.agi_settings import FastAgiSettings, Peers

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pause:
    """A script yields it to let others have the PBX for a moment."""

    seconds: float


# Commands out, replies in; Asterisk takes one at a time (FACTS A4: it cannot be pipelined).
Script = Generator[bytes | Pause, AgiReply | None, None]
Handler = Callable[[AgiRequest], Answer | Awaitable[Answer] | Script | None]


@dataclass(slots=True)
class FastAgiStats:
    accepted: int = 0
    answered: int = 0  # whose script came to its end
    refused: int = 0  # too many, not allowed, too long, too slow, unknown verb
    failed: int = 0  # a handler raised


class FastAgiServer:
    """`handlers` by the path of the request: agi://host:port/route -> 'route'."""

    def __init__(self, settings: FastAgiSettings, handlers: dict[str, Handler]) -> None:
        self.settings = settings
        self.handlers = handlers
        self.stats = FastAgiStats()
        self.open: dict[AgiConnection, None] = {}  # oldest first
        self.tasks: set[asyncio.Task[None]] = set()
        self.peers = Peers(settings.allowed)
        self._server: asyncio.Server | None = None
        self._sweep: asyncio.TimerHandle | None = None

    @property
    def port(self) -> int:
        """Where it listens, when it was told to choose (port 0)."""
        sockets = self._server.sockets if self._server else ()
        return int(sockets[0].getsockname()[1]) if sockets else self.settings.port

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: AgiConnection(self), self.settings.host, self.settings.port, backlog=512
        )
        self._sweep_later()

    async def stop(self) -> None:
        if self._sweep:
            self._sweep.cancel()
        if self._server:
            self._server.close()
        for connection in tuple(self.open):
            connection.close()
        for task in tuple(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def make_room(self) -> bool:
        """At the limit, the oldest that has not said what it wants gives way: slow ones cannot lock others out."""
        if len(self.open) < self.settings.connections:
            return True
        idle = next((connection for connection in self.open if connection.is_waiting), None)
        if idle is not None:
            self._drop(idle)
        return idle is not None

    def _drop(self, connection: "AgiConnection") -> None:
        """Out of the list at once: many may come before the loop tells of this one's end."""
        self.stats.refused += 1
        self.open.pop(connection, None)
        connection.abort()

    def _sweep_later(self) -> None:
        self._sweep = asyncio.get_running_loop().call_later(0.1, self._close_the_late)

    def _close_the_late(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in [late for late in self.open if late.deadline < now]:
            self._drop(connection)
        self._sweep_later()


class AgiConnection(asyncio.Protocol):
    """One channel's request: header, then commands and replies in turn, then the end."""

    def __init__(self, server: FastAgiServer) -> None:
        self._server = server
        self._settings = server.settings
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._script: Script | None = None
        self.is_waiting = True
        self.deadline = self._loop.time() + server.settings.header_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        server = self._server
        server.stats.accepted += 1
        if (
            not peer
            or not (peer[0] == "127.0.0.1" or server.peers.may_ask(peer[0]))
            or not server.make_room()
        ):
            server.stats.refused += 1
            self.abort()
            return
        # Both loops set TCP_NODELAY: without it 40 ms of Nagle stand in the caller's way (FACTS A1).
        server.open[self] = None

    def connection_lost(self, _error: Exception | None) -> None:
        self._server.open.pop(self, None)
        self._transport = None
        if self._script is not None:
            self._script.close()
            self._script = None

    def data_received(self, data: bytes) -> None:
        if self.is_waiting:
            self._take_header(data)
        elif self._script is not None:
            self._take_replies(data)

    def close(self) -> None:
        """After what was written has left."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _take_header(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\n\n")
        if end < 0 and len(self._buffer) <= self._settings.header_bytes:
            return
        if not 0 <= end <= self._settings.header_bytes:
            self._refuse("header too long")
            return
        self.is_waiting = False
        header, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        request = parse_request(header)
        handler = self._server.handlers.get(request.script)
        if handler is None:
            self._refuse("unknown verb")
            return
        self._answer(handler, request)

    def _answer(self, handler: Handler, request: AgiRequest) -> None:
        try:
            answer = handler(request)
        except Exception:
            log.exception("FastAGI request failed")
            self._fail()
            return
        if answer is None:  # nothing to say: the dialplan goes on alone
            self.close()
        elif isinstance(answer, Answer):
            self._run(answer.lines())
        elif isinstance(answer, Generator):
            self._run(answer)
        else:
            self.deadline = self._loop.time() + self._settings.reply_s
            task = self._loop.create_task(self._wait(answer))
            self._server.tasks.add(task)  # cancelled by stop()
            task.add_done_callback(self._server.tasks.discard)

    async def _wait(self, coming: Awaitable[Answer]) -> None:
        try:
            answer = await coming
        except Exception:
            log.exception("FastAGI request failed")
            self._fail()
        else:
            self._run(answer.lines())

    def _run(self, script: Script) -> None:
        if self._transport is None:  # the caller has gone in the meantime
            script.close()
            return
        self._script = script
        self._advance(None)

    def _advance(self, reply: AgiReply | None) -> None:
        script, transport = self._script, self._transport
        if script is None or transport is None:
            return
        try:
            step = script.send(reply)
        except StopIteration:
            self._script = None
            self._server.stats.answered += 1
            self.close()
        except Exception:
            log.exception("FastAGI request failed")
            self._fail()
        else:
            self._do(step, transport)

    def _do(self, step: bytes | Pause, transport: asyncio.Transport) -> None:
        wait = step.seconds if isinstance(step, Pause) else 0.0
        self.deadline = self._loop.time() + wait + self._settings.reply_s
        if isinstance(step, Pause):
            self._loop.call_later(step.seconds, self._advance, None)
        else:
            transport.write(step)

    def _take_replies(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
            reply = parse_reply(line)  # HANGUP and the text of a usage error are no replies
            if reply is not None:
                self._advance(reply)
        if len(self._buffer) > self._settings.header_bytes:
            self._refuse("reply too long")

    def _refuse(self, why: str) -> None:
        self._server.stats.refused += 1
        log.warning("FastAGI request refused", why=why)
        self.abort()

    def _fail(self) -> None:
        self._server.stats.failed += 1
        self._script = None
        self.close()
