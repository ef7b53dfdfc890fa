# SPDX-License-Identifier: Apache-2.0
"""An AMI login of the doctor's own, beside the bridge's: asks, and keeps every event with the time it came."""

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crm_core.ports.clock import Clock
from pbx_bridge.ami_actions import Headers
from pbx_bridge.ami_connection import Connection, new_connection
from pbx_bridge.ami_errors import ActionRefusedError, LinkBrokenError, LoginRefusedError
from pbx_bridge.ami_event import AmiEvent, parse
from pbx_bridge.ami_framing import AmiFraming
from pbx_bridge.settings import AmiSettings

WITHIN_S = 3.0
_COMPLETE = "Complete"


class NotAmiError(LinkBrokenError):
    """Something answers there, but it is no Asterisk Manager Interface."""


class NoGreetingError(LinkBrokenError):
    """Something takes the connection, and says nothing."""


class AmiSession:
    """Logged in, events off. Opened by `ami_session`."""

    def __init__(self, settings: AmiSettings, clock: Clock) -> None:
        self._settings = settings
        self.clock = clock
        self._framing = AmiFraming()
        self._banner = asyncio.Event()
        self._connection: Connection | None = None
        self._has_heard = False
        self.version = ""
        self.events: list[AmiEvent] = []  # of the time when they came

    async def ask(self, headers: Headers, within_s: float | None = None) -> dict[str, str]:
        """The answer; ActionRefusedError, LinkBrokenError, NoAnswerInTimeError."""
        if self._connection is None:
            raise LinkBrokenError
        return await self._connection.ask(headers, within_s or WITHIN_S)

    async def get(self, expression: str) -> str:
        """A variable or function of the PBX, without a channel. Every expression is written in this package."""
        return (await self.ask({"Action": "Getvar", "Variable": expression})).get("Value", "")

    async def config(self, file: str, category: str, key: str) -> str | None:
        """What a configuration file says, as it is on the disk now; None when it says nothing (or cannot be read)."""
        try:
            return await self.get(f"AST_CONFIG({file},{category},{key})") or None
        except ActionRefusedError:
            return None

    async def open(self) -> None:
        settings = self._settings
        tls = ssl.create_default_context(cafile=settings.tls_ca) if settings.tls else None
        self._connection = new_connection(settings.host, settings.port, tls, self._read)
        await self._connection.open(WITHIN_S)
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._banner.wait()
        except TimeoutError:
            raise (NotAmiError if self._has_heard else NoGreetingError) from None
        login = {
            "Action": "Login",
            "Username": settings.username,
            "Secret": settings.secret,
            "Events": "off",
        }
        try:
            await self.ask(login)
        except ActionRefusedError as error:
            raise LoginRefusedError(str(error.details["refusal"])) from None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _read(self, data: bytes) -> int:
        now = self.clock()
        self._has_heard = True
        blocks = self._framing.feed(data)
        for block in blocks:
            event = parse(block, now)
            if event.name == "Banner":
                self.version = event["Version"]
                self._banner.set()
            elif event.name == "Response" or event.name.endswith(_COMPLETE):
                self._answer(event)
            if event.name not in {"Banner", "Response"}:
                self.events.append(event)
        return len(blocks)

    def _answer(self, event: AmiEvent) -> None:
        if self._connection is not None and self._connection.protocol is not None:
            self._connection.protocol.answer(event)


@asynccontextmanager
async def ami_session(settings: AmiSettings, clock: Clock) -> AsyncIterator[AmiSession]:
    """OSError and TimeoutError: not reached; NotAmiError; NoGreetingError; LoginRefusedError."""
    session = AmiSession(settings, clock)
    try:
        await session.open()
        yield session
    finally:
        session.close()


def token() -> str:
    """For ids that nobody else uses."""
    return secrets.token_hex(6)
