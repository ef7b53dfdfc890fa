# SPDX-License-Identifier: Apache-2.0
"""Decisions on their way to the database: taken at once, written in batches, never lost without being counted."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from crm_core.domain.routing.codec import facts_to_json, trace_to_json
from crm_core.domain.routing.decision import Decision
from crm_core.ports.routing import DecisionRecord
from crm_core.ports.store import Store

log = structlog.get_logger()
_RETRY_S = 1.0
_BATCH = 1000  # written by one transaction: in seconds of many calls, most of its cost is its own
_SLICE = 50  # made into text in one go, about 1.3 ms: then calls that came meanwhile have their turn
_ENOUGH = 3  # refused in a row from the first on: not theirs, the database's fault


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLogStats:
    waiting: int
    written: int
    dropped: int  # the queue was full, or a row could not be written


class DecisionLog:
    """`put` from the hot path, `run` beside it: a call that comes meanwhile waits while one slice is made into text."""

    def __init__(self, store: Store, *, limit: int = 20_000, pause_s: float = 0.25) -> None:
        self._store = store
        self._limit = limit
        self._pause_s = pause_s
        self._waiting: deque[tuple[UUID, Decision, int]] = deque()
        self._arrived = asyncio.Event()
        self._written = 0
        self._dropped = 0

    def put(self, call: UUID, decision: Decision, latency_us: int) -> None:
        if len(self._waiting) >= self._limit:
            self._dropped += 1
            return
        self._waiting.append((call, decision, latency_us))
        self._arrived.set()

    def stats(self) -> DecisionLogStats:
        return DecisionLogStats(waiting=len(self._waiting), written=self._written, dropped=self._dropped)

    async def run(self) -> None:
        """Write until cancelled; then what is left is written still."""
        try:
            while True:
                await self._arrived.wait()
                await asyncio.sleep(self._pause_s)  # one transaction for many
                self._arrived.clear()
                await self._write_waiting()
        finally:
            await self.flush()

    async def _write_waiting(self) -> None:
        """What came meanwhile waits for the next time, and so does everything when the database is away."""
        for _ in range(0, len(self._waiting), _BATCH):
            if not await self._write_one_batch():
                self._arrived.set()
                await asyncio.sleep(_RETRY_S)
                return

    async def flush(self) -> None:
        while self._waiting:
            if not await self._write_one_batch():
                self._dropped += len(self._waiting)
                log.error("decisions lost", count=len(self._waiting))
                self._waiting.clear()

    async def _write_one_batch(self) -> bool:
        """True when written; else they stay, to be tried again."""
        taken = [self._waiting[index] for index in range(min(_BATCH, len(self._waiting)))]
        records = await self._records(taken)
        if not await self._save(records) and not await self._save_singly(records):
            return False
        for _ in taken:
            self._waiting.popleft()
        return True

    async def _records(self, taken: Sequence[tuple[UUID, Decision, int]]) -> list[DecisionRecord]:
        records: list[DecisionRecord] = []
        for number, one in enumerate(taken, 1):
            if record := self._record(*one):
                records.append(record)
            if not number % _SLICE:
                await asyncio.sleep(0)
        return records

    async def _save(self, records: Sequence[DecisionRecord]) -> bool:
        try:
            async with self._store.begin() as tx:
                for first in range(0, len(records), _SLICE):
                    await tx.routing.save_decisions(records[first : first + _SLICE])
        except Exception:  # the database is away, perhaps for a moment, or will not have one of them
            log.exception("decisions not written", count=len(records))
            return False
        self._written += len(records)
        return True

    async def _save_singly(self, records: Sequence[DecisionRecord]) -> bool:
        """One that the database refuses while it takes another is dropped; when it takes none, it is away."""
        refused = 0
        for number, record in enumerate(records):
            if not await self._save([record]):
                refused += 1
            if refused > number and refused >= _ENOUGH:
                return False
        if refused == len(records):
            return False
        self._dropped += refused
        return True

    def _record(self, call: UUID, decision: Decision, latency_us: int) -> DecisionRecord | None:
        try:
            return record_of(call, decision, latency_us)
        except Exception:  # one that cannot be written must not keep the others from it
            self._dropped += 1
            log.exception("a decision cannot be written", call_id=str(call))
            return None


def record_of(call: UUID, decision: Decision, latency_us: int) -> DecisionRecord:
    return DecisionRecord(
        call_id=call,
        decided_at=decision.facts.at,
        rule_set_version=decision.rule_set_version,
        rule=decision.rule,
        facts=facts_to_json(decision.facts),
        steps=decision.steps,
        trace=trace_to_json(decision),
        latency_us=latency_us,
    )
