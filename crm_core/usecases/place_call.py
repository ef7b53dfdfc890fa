# SPDX-License-Identifier: Apache-2.0
"""Click-to-call: the operator's own phone rings first, then the number is dialled. Never twice for one wish."""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor, AuditEntry
from crm_core.domain.directory import Directory, Line
from crm_core.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.ports.pbx import DeviceState, Pbx, PbxUnavailableError
from crm_core.ports.store import Store

# Clicks that follow one another more quickly are one wish; and all clicks while the call still rings.
ONE_WISH_S = 2.0
_KEYS_KEPT = 2000
# An extension, or a service of the PBX (*97); never a mixture, of which the dialplan would dial something else.
_SHORT = re.compile(r"[0-9]{2,8}|[*#][0-9*#]{1,7}")
_GONE = frozenset({DeviceState.UNAVAILABLE, DeviceState.INVALID})


class NotDialableError(InvalidInputError):
    """This is not a number that can be dialled."""


class NoPhoneError(ConflictError):
    """You have no phone of your own to call from. Ask an administrator for an extension."""


class PhoneGoneError(ConflictError):
    """Your phone is not connected, so it cannot be rung. Nothing was dialled."""


class BeingPlacedError(ConflictError):
    """A call of yours is being placed just now. Wait a moment before the next."""


class NotOnCallError(ForbiddenError):
    """Only who talks on a call can end it here."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A call that the PBX accepted; what becomes of it is told by frames."""

    call_id: UUID
    number: str


@dataclass(slots=True)
class _Wish:
    at: float
    number: str
    pbx: str
    placing: "asyncio.Future[Placed]"

    @property
    def call_id(self) -> UUID | None:
        """None while it is being placed, and of a call of which nobody knows whether it was."""
        placed = self.placing.done() and not self.placing.cancelled() and not self.placing.exception()
        return self.placing.result().call_id if placed else None


class ClickToCall:
    """Remembers the wishes of the last moments, so that a double click dials once."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        pbxs: Sequence[Pbx],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._directory = directory
        self._pbxs = {pbx.name: pbx for pbx in pbxs}
        self._monotonic = monotonic
        self._last: dict[UUID, _Wish] = {}
        self._by_key: OrderedDict[tuple[UUID, str], _Wish] = OrderedDict()

    async def place(self, actor: Actor, raw: str, now: datetime, key: str = "") -> Placed:
        """Ring the actor's phone, then `raw`. `key`: the same one again is the same wish, however late."""
        user = actor.user_id
        if user is None:
            raise NoPhoneError
        number = self._dialable(raw)
        wish = self._known(user, number, key)
        if wish is None:
            line, pbx = self._line(user)
            placing = asyncio.ensure_future(self._originate(actor, pbx, line, number, now))  # noqa: TID251 - awaited
            wish = _Wish(self._monotonic(), number, pbx.name, placing)
            self._remember(user, wish, key)
        wish.at = self._monotonic()
        try:
            # Shielded: a browser that leaves does not stop a call that others of its clicks wait for.
            return await asyncio.shield(wish.placing)
        except (PbxUnavailableError, InvalidInputError):
            self._forget(user, wish, key)  # nothing was dialled: the next click may try at once
            raise

    async def hang_up(self, user: UUID, call_id: UUID) -> None:
        operator = self._directory.operator(user)
        devices = {line.device for line in operator.lines} if operator else set()
        for pbx in self._pbxs.values():
            for call in pbx.open_calls():
                if call.id == call_id:
                    mine = [leg for leg in call.legs if leg.device in devices and leg.ended_at is None]
                    if not any(leg.answered_at for leg in mine):
                        raise NotOnCallError
                    await pbx.hang_up(call_id)
                    return
        raise NotFoundError("This call is over already.")

    def _known(self, user: UUID, number: str, key: str) -> _Wish | None:
        if key and (same := self._by_key.get((user, key))):
            return same
        last = self._last.get(user)
        if last is None:
            return None
        just_now = not last.placing.done() or self._monotonic() - last.at < ONE_WISH_S
        if last.number == number:
            return last if just_now or self._rings(last) else None
        if just_now:
            raise BeingPlacedError
        return None

    def _rings(self, wish: _Wish) -> bool:
        calls = self._pbxs[wish.pbx].open_calls()
        return any(call.id == wish.call_id and call.answered_at is None for call in calls)

    def _remember(self, user: UUID, wish: _Wish, key: str) -> None:
        self._last[user] = wish
        if key:
            self._by_key[user, key] = wish
            while len(self._by_key) > _KEYS_KEPT:
                self._by_key.popitem(last=False)

    def _forget(self, user: UUID, wish: _Wish, key: str) -> None:
        if self._last.get(user) is wish:
            del self._last[user]
        self._by_key.pop((user, key), None)

    def _dialable(self, raw: str) -> str:
        text = raw.strip()
        if _SHORT.fullmatch(text):
            return text
        number = self._directory.normalise(text)
        if number is None:
            raise NotDialableError
        return number

    def _line(self, user: UUID) -> tuple[Line, Pbx]:
        operator = self._directory.operator(user)
        lines = [line for line in operator.lines if line.pbx in self._pbxs] if operator else []
        if not lines:
            raise NoPhoneError
        for line in lines:
            if self._pbxs[line.pbx].device_state(line.device) not in _GONE:
                return line, self._pbxs[line.pbx]
        raise PhoneGoneError

    async def _originate(self, actor: Actor, pbx: Pbx, line: Line, number: str, now: datetime) -> Placed:
        call_id = new_id(now)
        await pbx.originate(call_id=call_id, device=line.device, extension=line.extension, number=number)
        async with self._store.begin() as tx:
            said = {"number": number, "pbx": pbx.name}
            entry = AuditEntry(
                id=new_id(now), at=now, actor=actor, action="dial", kind="call", record_id=call_id, after=said
            )
            await tx.audit.add(entry)
        return Placed(call_id, number)
