# SPDX-License-Identifier: Apache-2.0
"""A sound of the house is spoken on a phone: it rings, they speak, hear it, press a key; then it is played."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from crm_core.domain.audit import Actor
from crm_core.domain.errors import CrmError, NotFoundError
from crm_core.domain.prompt import PromptSource
from crm_core.ports.clock import Clock
from crm_core.ports.prompts import PromptShelf
from crm_core.ports.store import Store
from crm_core.usecases.place_call import ClickToCall, Placed
from crm_core.usecases.take_sound import take_sound

log = structlog.get_logger()
CODE = "*96"  # of the dialplan's rolodial-features
_GOOD_FOR = timedelta(minutes=20)
_MOST = 100


@dataclass(frozen=True, slots=True)
class _Wanted:
    prompt_id: UUID
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class _Kept:
    pbx: str
    call_id: UUID
    wanted: _Wanted


class PromptRecorder:
    """Knows by the call's id which sound is spoken in it. `accept` from a channel, `run` beside it."""

    def __init__(self, store: Store, shelf: PromptShelf, clock: Clock) -> None:
        self._store = store
        self.shelf = shelf
        self._clock = clock
        self._wanted: dict[UUID, _Wanted] = {}
        self._kept: asyncio.Queue[_Kept] = asyncio.Queue()
        self.refused: dict[UUID, str] = {}  # by prompt: why the last one that was spoken was not taken

    async def ring(self, click: ClickToCall, actor: Actor, prompt_id: UUID, now: datetime) -> Placed:
        """Their own phone rings; NoPhoneError and its kin."""
        async with self._store.read() as tx:
            if await tx.prompts.get(prompt_id) is None:
                raise NotFoundError
        placed = await click.place(actor, CODE, now)
        self._forget(now)
        self.refused.pop(prompt_id, None)
        self._wanted[placed.call_id] = _Wanted(prompt_id, actor, now)
        return placed

    def accept(self, pbx: str, call_id: UUID) -> bool:
        """They heard it and pressed 1. False: nobody was rung for it."""
        self._forget(self._clock())
        wanted = self._wanted.pop(call_id, None)
        if wanted is None or self.shelf.taken(pbx, call_id) is None:
            return False
        self._kept.put_nowait(_Kept(pbx, call_id, wanted))
        return True

    async def run(self) -> None:
        while True:
            one = await self._kept.get()
            try:
                await self._take(one)
            except CrmError as error:
                self.refused[one.wanted.prompt_id] = str(error)
                log.warning("a spoken sound was not taken", call=str(one.call_id), why=str(error))
            except Exception:  # the next one may be taken
                log.exception("a spoken sound was not taken", call=str(one.call_id))

    async def _take(self, one: _Kept) -> None:
        file = self.shelf.taken(one.pbx, one.call_id)
        if file is None:
            return
        wanted = one.wanted
        await take_sound(
            self._store,
            self.shelf,
            wanted.prompt_id,
            file,
            wanted.actor,
            source=PromptSource.PHONE,
            now=self._clock(),
        )
        await asyncio.to_thread(file.unlink, missing_ok=True)

    def _forget(self, now: datetime) -> None:
        old = [call for call, one in self._wanted.items() if now - one.at > _GOOD_FOR]
        for call in [*old, *list(self._wanted)[: max(0, len(self._wanted) - _MOST)]]:
            self._wanted.pop(call, None)
