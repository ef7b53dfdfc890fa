# SPDX-License-Identifier: Apache-2.0
"""Keeps one AMI connection alive: log in, take the snapshot, watch, and come back after every kind of break."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

import structlog

from crm_core.ports.pbx import LinkState
from pbx_bridge.ami_actions import Headers
from pbx_bridge.ami_connection import Connection, new_connection
from pbx_bridge.ami_errors import ActionRefusedError, LinkBrokenError, LoginRefusedError, NoAnswerInTimeError
from pbx_bridge.ami_event import AmiEvent, boot_of
from pbx_bridge.ami_stream import AmiStream
from pbx_bridge.amij import at_of
from pbx_bridge.back_off import BackOff
from pbx_bridge.receive_clock import ReceiveClock
from pbx_bridge.settings import AmiSettings

log = structlog.get_logger()

# Events only begin when the boot is known; then whatever the lists lack has come or will come as an event.
SNAPSHOT: tuple[Headers, ...] = (
    {"Action": "CoreStatus"},
    {"Action": "CoreSettings"},
    {"Action": "Events", "EventMask": "on"},
    {"Action": "BridgeList"},
    {"Action": "CoreShowChannels"},
    {"Action": "QueueStatus"},
    {"Action": "DeviceStateList"},
)
_UNKNOWN = "Invalid/unknown command"  # yet: a PBX that is starting takes logins before its modules are there
_STOOD_STILL_S = 0.2  # so much later than wanted no loop wakes up that had the processor
_QUIET_S = 1.0  # without a word: it may have no calls, or its events do not reach us
_STARTING_S = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
ENDS_OF_LISTS = frozenset(
    {"CoreShowChannelsComplete", "BridgeListComplete", "QueueStatusComplete", "DeviceStateListComplete"}
)


class Tape(Protocol):
    """What was read, before it is used. The journal, or a capture."""

    def opened(self, mono_ns: int, wall_ns: int) -> None: ...
    def append(self, data: bytes, mono_ns: int, wall_ns: int) -> None: ...


class AmiLink:
    """`run` never ends by itself. Events go to `on_event` in the order they came; `on_state` hears every change."""

    def __init__(  # noqa: PLR0913 - each is one thing that the link is told or tells
        self,
        settings: AmiSettings,
        *,
        wanted: Iterable[str],
        on_event: Callable[[AmiEvent], None],
        on_state: Callable[[LinkState, str], None],
        tape: Tape,
        clock: ReceiveClock | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._on_event = on_event
        self._on_state = on_state
        self._tape = tape
        self._clock = clock or ReceiveClock()
        self._sleep = sleep
        self._connection: Connection | None = None
        self.stream = AmiStream({*wanted, *ENDS_OF_LISTS}, self._event)
        self.state = LinkState.DISCONNECTED
        self.version: str | None = None
        self.boot = ""
        self.bytes = 0
        self.connects = 0
        self.faults = 0  # exceptions of whoever listens: bugs of ours

    @property
    def is_quiet(self) -> bool:
        """Nothing was read for a second, or there is no connection. With no calls that is as it should be."""
        if self._connection is None or self._connection.protocol is None:
            return True
        return asyncio.get_running_loop().time() - self._connection.protocol.last_read_s > _QUIET_S

    async def run(self) -> None:
        times = self._settings.times
        broken = BackOff(times.retry_first_s, times.retry_longest_s)
        refused = BackOff(times.refused_first_s, times.refused_longest_s)
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            state, detail = await self._one_connection()
            if loop.time() - started >= times.stable_after_s:
                broken.reset()
                refused.reset()
            self._tell(state, detail)
            await self._sleep((refused if state is LinkState.REFUSED else broken).next())

    async def ask(self, headers: Headers, within_s: float | None = None) -> dict[str, str]:
        """Send an action once. LinkBrokenError and NoAnswerInTimeError leave open whether it was done."""
        if self._connection is None or self.state is not LinkState.CONNECTED:
            raise LinkBrokenError("There is no connection to the PBX just now. Nothing was sent.", sent=False)
        return await self._connection.ask(headers, within_s or self._settings.times.action_timeout_s)

    async def _one_connection(self) -> tuple[LinkState, str]:
        """Until it breaks; why."""
        self._tell(LinkState.CONNECTING, "")
        settings = self._settings
        self.stream.opened()
        connection: Connection | None = None
        try:
            self._tape.opened(*self._clock.read())
            connection = new_connection(settings.host, settings.port, self._tls(), self._read)
            await connection.open(settings.times.connect_timeout_s)
            self._connection = connection
            await self._log_in(connection)
            lacking = await self._take_snapshot(connection, SNAPSHOT)
            self._tell(LinkState.CONNECTED, "")
            return LinkState.DISCONNECTED, await self._until_lost(connection, lacking)
        except LoginRefusedError as error:
            return LinkState.REFUSED, str(error)
        except TimeoutError:
            return LinkState.DISCONNECTED, "no connection in time"
        except (OSError, LinkBrokenError, NoAnswerInTimeError) as error:
            return LinkState.DISCONNECTED, str(error) or type(error).__name__
        except (
            Exception
        ) as error:  # one PBX that cannot be reached must not end the server, whatever the reason
            self.faults += 1
            log.exception("the link to the PBX failed")
            return LinkState.DISCONNECTED, str(error) or type(error).__name__
        finally:
            self._connection = None
            if connection is not None:
                connection.close()

    async def _log_in(self, connection: Connection) -> None:
        settings = self._settings
        login = {
            "Action": "Login",
            "Username": settings.username,
            "Secret": settings.secret,
            "Events": "off",
        }
        try:
            await connection.ask(login, settings.times.action_timeout_s)
        except ActionRefusedError as error:
            raise LoginRefusedError(f"login refused: {error.details['refusal']}") from None
        self.connects += 1

    async def _take_snapshot(
        self, connection: Connection, actions: tuple[Headers, ...]
    ) -> tuple[Headers, ...]:
        """Ask; the answers reach the listeners through the stream, as everything does. A right may be lacking.

        Returns what the PBX may know later.
        """
        lacking = []
        for action in actions:
            try:
                await connection.ask(action, self._settings.times.action_timeout_s)
            except ActionRefusedError as error:
                log.warning(
                    "snapshot is not whole", action=action["Action"], refused=error.details["refusal"]
                )
                if str(error.details["refusal"]).startswith(_UNKNOWN):
                    lacking.append(action)
        return tuple(lacking)

    async def _complete(self, connection: Connection, lacking: tuple[Headers, ...]) -> None:
        """Ask again for what a PBX that is starting did not know."""
        for wait_s in _STARTING_S:
            if not lacking:
                return
            await asyncio.sleep(wait_s)
            try:
                lacking = await self._take_snapshot(connection, lacking)
            except (LinkBrokenError, NoAnswerInTimeError):
                return  # the next connection takes a whole one

    async def _until_lost(self, connection: Connection, lacking: tuple[Headers, ...]) -> str:
        if connection.protocol is None:
            return "no connection"
        lost = connection.protocol.lost
        watch = asyncio.create_task(self._watch(connection))  # noqa: TID251 - cancelled in finally
        later = asyncio.create_task(self._complete(connection, lacking))  # noqa: TID251 - cancelled in finally
        both: list[asyncio.Future[Any]] = [lost, watch]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if lost.done():
                return f"connection lost: {lost.result() or 'the PBX closed it'}"
            return watch.result()
        finally:
            watch.cancel()
            later.cancel()

    async def _watch(self, connection: Connection) -> str:
        """Ends when the PBX says nothing, though asked.

        Where it was us who stood still (a virtual machine that is moved), it had no time to answer: it is asked again.
        """
        times = self._settings.times
        loop = asyncio.get_running_loop()
        stood_still = False
        while connection.protocol is not None:
            quiet_s = loop.time() - connection.protocol.last_read_s
            if quiet_s < times.ping_after_s:
                await asyncio.sleep(times.ping_after_s - quiet_s)
                continue
            read_before, (asked_at_ns, _) = self.bytes, self._clock.read()
            try:
                await connection.ask({"Action": "Ping"}, times.ping_timeout_s)
                stood_still = False
            except (NoAnswerInTimeError, ActionRefusedError):
                late_s = (self._clock.read()[0] - asked_at_ns) / 1e9 - times.ping_timeout_s
                stood_still = late_s > _STOOD_STILL_S and not stood_still  # twice in a row is no excuse
                if self.bytes == read_before and not stood_still:
                    break
            except LinkBrokenError:
                break
        return "the PBX fell silent"

    def _read(self, data: bytes) -> int:
        mono_ns, wall_ns = self._clock.read()
        self.bytes += len(data)
        try:
            self._tape.append(data, mono_ns, wall_ns)
            return self.stream.feed(data, at_of(wall_ns))
        except Exception:
            # An exception here would close the connection, and the bytes behind it would be lost.
            self.faults += 1
            log.exception("reading AMI failed")
            return 1

    def _event(self, event: AmiEvent) -> None:
        try:
            self._on_event(event)
        except Exception:
            self.faults += 1
            log.exception("AMI event not handled", ami_event=event.name)
        if event.name == "Response" or event.name in ENDS_OF_LISTS:
            self._answer(event)

    def _answer(self, event: AmiEvent) -> None:
        self.boot = boot_of(event) or self.boot
        self.version = event.get("AsteriskVersion") or self.version
        if self._connection is not None and self._connection.protocol is not None:
            self._connection.protocol.answer(event)

    def _tell(self, state: LinkState, detail: str) -> None:
        self.state = state
        try:
            self._on_state(state, detail)
        except Exception:
            self.faults += 1
            log.exception("link state not handled")

    def _tls(self) -> ssl.SSLContext | None:
        if not self._settings.tls:
            return None
        return ssl.create_default_context(cafile=self._settings.tls_ca)
