# SPDX-License-Identifier: Apache-2.0
"""One AMI connection on panoramisk, with its reading, re-sending, re-connecting and closing replaced."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager
from panoramisk.message import Message

from pbx_bridge.ami_actions import Headers, encode
from pbx_bridge.ami_errors import ActionRefusedError, LinkBrokenError, NoAnswerInTimeError
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.read_pace import GATHER_S, ReadPace

OnData = Callable[[bytes], int]  # how many frames were in it
# panoramisk waits for more after these: an Originate's answer is 'queued' (what became of it comes as events, maybe
# half a minute later), a QueueAdd's is 'Added interface to queue'.
_ONE_ANSWER = frozenset({"Originate", "QueueAdd"})


class Protocol(AMIProtocol):  # type: ignore[misc] # panoramisk is untyped
    """panoramisk's actions and their answers; the bytes that come in go to `on_data`, which never raises."""

    def __init__(self, on_data: OnData) -> None:
        self._on_data = on_data
        self._pace = ReadPace()
        self._resume: asyncio.TimerHandle | None = None
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self.last_read_s = asyncio.get_running_loop().time()

    def data_received(self, data: bytes) -> None:
        frames = self._on_data(data)
        loop = self.lost.get_loop()
        self.last_read_s = loop.time()
        if self._pace.busy(frames, self.last_read_s) and not self.transport.is_closing():
            self.transport.pause_reading()
            self._resume = loop.call_later(GATHER_S, self._read_on)

    def _read_on(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def send(self, data: Headers, as_list: bool | None = None) -> "asyncio.Future[Any]":  # noqa: FBT001 - panoramisk's signature
        """Write an action once. Its future fails when the connection breaks: nothing is kept for another one."""
        if self.closed or self.transport.is_closing():
            raise LinkBrokenError("The connection to the PBX is closing. Nothing was sent.", sent=False)
        action = Action(dict(data), as_list=as_list)
        wire = encode(dict(action.items()))
        self.responses[action.id] = action
        self.transport.write(wire)
        action.future.add_done_callback(lambda _: self.responses.pop(action.id, None))
        return action.future  # type: ignore[no-any-return] # panoramisk is untyped

    def answer(self, event: AmiEvent) -> None:
        """Give an answer, or the end of a list, to the action it belongs to; strangers' answers to nobody."""
        action = self.responses.get(event.get("ActionID"))
        if action is not None:
            action.add_message(Message(event.fields))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._resume:
            self._resume.cancel()
        self.close()
        if not self.lost.done():
            self.lost.set_result(exc)

    def close(self) -> None:
        """Unlike panoramisk's, puts no action aside to be sent again."""
        self.closed = True
        waiting = list(self.responses.values())
        self.responses.clear()
        for action in waiting:
            if not action.future.done():
                action.future.set_exception(LinkBrokenError())
        self.transport.abort()


class Connection(Manager):  # type: ignore[misc] # panoramisk is untyped
    """One manager for one connection: what it knows dies with it, so nothing can be repeated on the next."""

    protocol: Protocol | None
    _given_up = False

    async def open(self, within_s: float) -> None:
        async with asyncio.timeout(within_s):
            await self.connect()

    def connection_made(self, future: "asyncio.Future[tuple[asyncio.Transport, Protocol]]") -> None:
        """Only take the protocol over. Login, pings and trying again are ours."""
        if future.cancelled() or future.exception():
            return
        transport, protocol = future.result()
        if self._given_up:
            transport.abort()
            return
        self.protocol = protocol
        protocol.factory = self

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing: Protocol.lost tells."""

    async def ask(self, headers: Headers, within_s: float) -> dict[str, str]:
        """The (first) answer's headers. Raises LinkBrokenError, NoAnswerInTimeError, ActionRefusedError."""
        if self.protocol is None:
            raise LinkBrokenError("There is no connection to the PBX. Nothing was sent.", sent=False)
        future = self.protocol.send(headers, as_list=False if headers["Action"] in _ONE_ANSWER else None)
        try:
            async with asyncio.timeout(within_s):
                answers = await future
        except TimeoutError:
            raise NoAnswerInTimeError(action=headers["Action"]) from None
        first = answers[0] if isinstance(answers, list) else answers
        if not first.success:
            raise ActionRefusedError(
                f"the PBX refused {headers['Action']}: {first.message}", refusal=str(first.message)
            )
        return dict(first.items())

    def close(self) -> None:
        self._given_up = True
        if self.protocol is not None:
            self.protocol.close()


def new_connection(host: str, port: int, tls: ssl.SSLContext | None, on_data: OnData) -> Connection:
    return Connection(
        host=host,
        port=port,
        ssl=tls or False,
        loop=asyncio.get_running_loop(),
        protocol_factory=lambda: Protocol(on_data),
    )
