# SPDX-License-Identifier: Apache-2.0
"""Answers to surveys on their way to the database: a channel never waits for it."""

import asyncio
from collections import deque

import structlog

from crm_core.domain.survey import SurveyAnswer
from crm_core.ports.store import Store, StoreAwayError

log = structlog.get_logger()
_MOST = 10_000
_RETRY_S = 1.0


class SurveyLog:
    """`put` from a channel, `run` beside it."""

    def __init__(self, store: Store, *, retry_s: float = _RETRY_S) -> None:
        self._store = store
        self._retry_s = retry_s
        self._waiting: deque[SurveyAnswer] = deque()
        self._arrived = asyncio.Event()

    def put(self, answer: SurveyAnswer) -> bool:
        """False: too many wait for a database that is away."""
        if len(self._waiting) >= _MOST:
            log.error("an answer to a survey is lost", call_id=str(answer.call_id))
            return False
        self._waiting.append(answer)
        self._arrived.set()
        return True

    async def run(self) -> None:
        """Write until cancelled; then what is left is tried once more."""
        try:
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                if not await self.flush():
                    await asyncio.sleep(self._retry_s)
                    self._arrived.set()
        finally:
            await self.flush()

    async def flush(self) -> bool:
        """True when nothing waits any more."""
        while self._waiting:
            one = self._waiting[0]
            try:
                async with self._store.begin() as tx:
                    await tx.surveys.save(one)
            except (StoreAwayError, OSError):  # perhaps for a moment
                log.exception("answers to surveys not written", count=len(self._waiting))
                return False
            except Exception:  # one that the database will not have must not keep the others from it
                log.exception("an answer to a survey is lost", call_id=str(one.call_id))
            self._waiting.popleft()
        return True
