# SPDX-License-Identifier: Apache-2.0
"""Requests to be called back that one PBX's dialplan wrote down by itself, because we did not answer it."""

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from crm_core.domain.call import Call
from crm_core.domain.callback import CallbackRequest, CallbackSource, arrived
from crm_core.domain.directory import Directory
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import call_id
from crm_core.domain.routing.live import caller_number, printable
from crm_core.ports.clock import Clock
from crm_core.ports.pbx import PbxUnavailableError
from crm_core.ports.store import Store
from crm_core.usecases.take_up_callback import take_up_callback
from pbx_bridge.ami_errors import ActionRefusedError
from pbx_bridge.members import Ask

log = structlog.get_logger()
FAMILY = "rolodial-callback"  # of AstDB; all is said by the keys, whose values AMI may not read
# linkedid, call, number, our number, queue, since when, when; AMI gives 1 KB of keys, of which the last may be cut.
_KEY = re.compile(
    r"([0-9A-Za-z_.-]{1,100})\^([0-9a-f-]*)\^([0-9+]*)\^([0-9+]*)\^([0-9A-Za-z_-]*)\^([0-9]*)\^([0-9]+)\.",
    re.ASCII,
)
_EVERY_S = 30.0
_SOON_S = 5.0  # while some are there
_PATIENCE = timedelta(seconds=45)  # for AMI or CEL to tell of a call that we know nothing of yet


@dataclass(slots=True)
class NotedCallbacks:
    """One for each PBX that we route for: `run` it in a task, `look` when there may be some.

    Read over AMI, and struck out over FastAGI (`strike`), once the request is kept: a crash between the two makes the
    same request again, which is one with the first.
    """

    pbx: str
    ask: Ask
    boot_at: Callable[[datetime], str]
    open_calls: Callable[[], Iterable[Call]]
    strike: Callable[[str, str], None]
    store: Store
    directory: Directory
    clock: Clock
    patience: timedelta = _PATIENCE
    _since: dict[str, datetime] = field(default_factory=dict)  # first seen, and not settled yet

    async def run(self, every_s: float = _EVERY_S) -> None:
        while True:
            soon = True
            try:
                soon = await self.look() > 0 or bool(self._since)
            except (PbxUnavailableError, ActionRefusedError) as error:  # away, or starting
                log.debug("noted callbacks not read", pbx=self.pbx, why=str(error))
            except Exception:
                soon = False
                log.exception("noted callbacks not taken up", pbx=self.pbx)
            await asyncio.sleep(min(_SOON_S, every_s) if soon else every_s)

    async def look(self) -> int:
        """How many were dealt with; a long list comes in parts."""
        found = (await self.ask({"Action": "Getvar", "Variable": f"DB_KEYS({FAMILY})"})).get("Value", "")
        going_on = {linkedid for call in self.open_calls() for linkedid in call.linkedids}
        noted = [said for key in found.split(",") if (said := _KEY.fullmatch(key))]
        self._since = {said[0]: self._since.get(said[0], self.clock()) for said in noted}
        return sum([await self._take_up(said) for said in noted if said[1] not in going_on])

    async def _take_up(self, said: re.Match[str]) -> bool:
        wanted, now = self._wanted(said), self.clock()
        patient = now - self._since[said[0]] < self.patience
        try:
            done = wanted is None or await take_up_callback(
                self.store, self.directory, wanted, (self.pbx, said[1]), patient=patient, now=now
            )
        except InvalidInputError as error:  # as of a number of ours: it will never be one
            log.warning("a noted callback was not kept", pbx=self.pbx, linkedid=said[1], why=str(error))
            done = True
        if done:
            del self._since[said[0]]
            self.strike(FAMILY, said[0])
        return done

    def _wanted(self, said: re.Match[str]) -> CallbackRequest | None:
        """None: nobody who can be called back."""
        linkedid, told_id, caller, did, queue, since, pressed = said.groups()
        region = self.directory.region_of(self.pbx)
        number = caller_number(caller, "0", self.directory, region)
        if number is None:
            return None
        at = _time(pressed, self.clock())
        return CallbackRequest(
            id=_uuid(told_id) or call_id(self.pbx, self.boot_at(at), linkedid),
            e164=number,
            source=CallbackSource.QUEUE if queue else CallbackSource.STEP,
            arrived_at=arrived(since, at),
            made_at=at,
            did=self.directory.normalise(did, region) or None,
            queue=printable(queue) or None,
        )


def _time(epoch: str, now: datetime) -> datetime:
    """When the key was pressed, by the PBX's clock; not after now."""
    if len(epoch) > 11:  # noqa: PLR2004 - seconds since 1970
        return now
    return min(now, datetime.fromtimestamp(int(epoch), UTC))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
