# SPDX-License-Identifier: Apache-2.0
"""An AMI server that keeps Asterisk's rules and breaks them on demand."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterable
from typing import Self

SECRET = "secret"
Action = dict[str, str]
Answer = Callable[[Action], bytes | None]


def frame(*lines: str) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode()


def event(name: str, **headers: str) -> bytes:
    return frame(f"Event: {name}", *(f"{header}: {value}" for header, value in headers.items()))


class Peer:
    """One connection, seen from the server."""

    def __init__(self, writer: asyncio.StreamWriter, segment: int | None) -> None:
        self.writer = writer
        self.segment = segment

    async def send(self, data: bytes) -> None:
        """All at once, or in segments of so many bytes, each a packet of its own."""
        step = self.segment or len(data) or 1
        for start in range(0, len(data), step):
            self.writer.write(data[start : start + step])
            await self.writer.drain()
            if self.segment:
                await asyncio.sleep(0)

    def close(self) -> None:
        self.writer.close()

    def half_close(self) -> None:
        self.writer.write_eof()

    def reset(self) -> None:
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class FakeAmiServer:
    """`answers` overrides what an action gets: bytes, or None for silence. `actions` is all that was ever received."""

    def __init__(self, *, secret: str = SECRET, segment: int | None = None) -> None:
        self.secret = secret
        self.segment = segment
        self.boot = ("2026-03-01", "09:00:00")
        self.banner = b"Asterisk Call Manager/11.0.0\r\n"
        self.answers: dict[str, Answer] = {}
        self.lists: dict[str, list[bytes]] = {}  # what CoreShowChannels, DeviceStateList, ... list
        self.silent = False
        self.actions: list[Action] = []
        self.peers: list[Peer] = []
        self._arrived = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        for peer in self.peers:
            peer.writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def seen(self, name: str) -> list[Action]:
        return [action for action in self.actions if action["Action"] == name]

    async def saw(self, name: str, times: int = 1, within_s: float = 30.0) -> None:
        """Wait until so many actions of this name came."""
        async with asyncio.timeout(within_s), self._arrived:
            await self._arrived.wait_for(lambda: len(self.seen(name)) >= times)

    async def send(self, *frames: bytes) -> None:
        await self.peers[-1].send(b"".join(frames))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())
        peer = Peer(writer, self.segment)
        self.peers.append(peer)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await peer.send(self.banner)
            async for action in _actions(reader):
                async with self._arrived:
                    self.actions.append(action)
                    self._arrived.notify_all()
                if not self.silent and (answer := self._answer(action)) is not None:
                    await peer.send(answer)
        writer.close()

    def _answer(self, action: Action) -> bytes | None:
        name = action.get("Action", "")
        if name in self.answers:
            return self.answers[name](action)
        if name in LISTS:
            return listing(action, LISTS[name], self.lists.get(name, []))
        if name == "Login" and action["Secret"] != self.secret:
            return response(action, "Error", "Message: Authentication failed")
        if name not in KNOWN:
            return response(action, "Error", "Message: Invalid/unknown command")
        date, time = self.boot
        facts = {
            "Login": ["Message: Authentication accepted"],
            "CoreStatus": [f"CoreStartupDate: {date}", f"CoreStartupTime: {time}"],
            "CoreSettings": ["AMIversion: 11.0.0", "AsteriskVersion: 22.10.1"],
        }
        return response(action, "Success", *facts.get(name, ["Message: done"]))


KNOWN = {"Login", "CoreStatus", "CoreSettings", "Ping", "Events", "Originate", "Hangup", "Setvar"}
LISTS = {
    "CoreShowChannels": "CoreShowChannelsComplete",
    "BridgeList": "BridgeListComplete",
    "QueueStatus": "QueueStatusComplete",
    "DeviceStateList": "DeviceStateListComplete",
}


def response(action: Action, word: str, *lines: str) -> bytes:
    return frame(f"Response: {word}", f"ActionID: {action.get('ActionID', '')}", *lines)


def listing(action: Action, complete: str, items: Iterable[bytes]) -> bytes:
    """A list as Asterisk sends it: 'will follow', the items with the action's id, and the end."""
    mark = f"ActionID: {action.get('ActionID', '')}".encode()
    found = [item.replace(b"\r\n", b"\r\n" + mark + b"\r\n", 1) for item in items]
    start = response(action, "Success", "EventList: start", "Message: a list will follow")
    end = frame(f"Event: {complete}", mark.decode(), "EventList: Complete", f"ListItems: {len(found)}")
    return b"".join([start, *found, end])


async def _actions(reader: asyncio.StreamReader):
    """As Asterisk reads: one LF ends a header, an empty line ends the action, NUL cuts the value."""
    action: Action = {}
    while line := await reader.readline():
        text = line.rstrip(b"\r\n").partition(b"\0")[0].decode("utf-8", "replace")
        if text:
            header, _, value = text.partition(": ")
            action.setdefault(header, value)
        elif action:
            yield action
            action = {}
