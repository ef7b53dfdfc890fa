# SPDX-License-Identifier: Apache-2.0
"""Delivers what is due: many at once but not too many, each kind by itself, two at most to one target."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from random import SystemRandom

import structlog

from crm_core.domain.outbox import Outgoing, OutKind, next_try
from crm_core.ports.clock import Clock
from crm_core.ports.outbox import DeliveryError, Sender
from crm_core.ports.store import Store

log = structlog.get_logger()
_HELD = timedelta(minutes=2)  # who has not finished by then is dead: a delivery itself may take half of it
_LONGEST_S = 60.0
_GATHER_S = 0.1  # after a commit: the next ones of a busy minute are looked at with it
_chance = SystemRandom().random


class OutboxWorker:
    """`run` beside the server. Killed at any moment, it delivers again what it had not noted as delivered."""

    def __init__(
        self,
        store: Store,
        senders: Mapping[OutKind, Sender],
        clock: Clock,
        *,
        at_once: int = 16,  # of each kind
        chance: Callable[[], float] = _chance,
    ) -> None:
        self._store = store
        self._senders = senders
        self._clock = clock
        self._at_once = at_once
        self._chance = chance
        self._busy: dict[OutKind, Counter[str]] = {kind: Counter() for kind in senders}
        self._nudge = asyncio.Event()

    async def run(self, poll_s: float = 1.0) -> None:
        stop = self._store.on_commit(lambda _changes: self._nudge.set())
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    for item in await self._claim_safely():
                        tasks.create_task(self._deliver(item))
                    await self._wait(poll_s)
        finally:
            stop()

    async def deliver_due(self) -> int:
        """One round, awaited: what is due now."""
        items = await self._claim()
        await asyncio.gather(*(self._deliver(item) for item in items))
        return len(items)

    async def _claim_safely(self) -> Sequence[Outgoing]:
        try:
            return await self._claim()
        except Exception:  # a database that is away comes back
            log.exception("the outbox could not be read")
            return ()

    async def _claim(self) -> Sequence[Outgoing]:
        now, claimed = self._clock(), list[Outgoing]()
        async with self._store.read() as tx:
            if not await tx.outbox.is_due(now):
                return claimed
        async with self._store.begin() as tx:
            for kind, busy in self._busy.items():
                free = self._at_once - busy.total()
                if free > 0:
                    claimed += await tx.outbox.claim(kind, now, now + _HELD, free, list(busy))
        for item in claimed:
            self._busy[item.kind][item.target] += 1
        return claimed

    async def _deliver(self, item: Outgoing) -> None:
        try:
            error = await self._try(item)
            await self._note(item, error)
        except Exception:  # it is held a while longer, then tried again
            log.exception("a delivery could not be noted", item=str(item.id))
        finally:
            busy = self._busy[item.kind]
            busy[item.target] -= 1
            if not busy[item.target]:
                del busy[item.target]
            self._nudge.set()

    async def _try(self, item: Outgoing) -> DeliveryError | None:
        try:
            async with asyncio.timeout(_LONGEST_S):
                await self._senders[item.kind].send(item)
        except DeliveryError as error:
            return error
        except TimeoutError:
            return DeliveryError("it took too long")
        except Exception as error:  # one that cannot be sent must not stop the others
            log.exception("a delivery failed by a fault of ours", item=str(item.id))
            return DeliveryError(f"a fault of Rolodial's own: {type(error).__name__}")
        return None

    async def _note(self, item: Outgoing, error: DeliveryError | None) -> None:
        now = self._clock()
        async with self._store.begin() as tx:
            if error is None:
                await tx.outbox.sent(item.id, now)
                return
            due_at = None if error.for_good else next_try(item, now, self._chance())
            await tx.outbox.failed(item.id, str(error), due_at, now)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._nudge.wait()
        except TimeoutError:
            return
        await asyncio.sleep(_GATHER_S)
        self._nudge.clear()
