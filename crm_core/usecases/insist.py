# SPDX-License-Identifier: Apache-2.0
"""What must be written is tried until the database takes it; whoever asks is told that it does not."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from crm_core.ports.clock import Clock
from crm_core.ports.store import StoreAwayError

log = structlog.get_logger()
_FIRST_S, _LONGEST_S = 0.25, 2.0


@dataclass(slots=True)
class Insist:
    """`since` is set while the database refuses; what waits behind it stays in the bridge's bounded inbox."""

    clock: Clock
    since: datetime | None = None
    refused: int = 0  # tries, since the start of the process

    async def __call__(self, write: Callable[[], Awaitable[None]]) -> None:
        """`write` must be repeatable: its commit may have been done when its answer was lost."""
        wait_s = _FIRST_S
        while True:
            try:
                await write()
            except StoreAwayError as error:
                self._note(error)
            else:
                self._took()
                return
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_S)

    def _note(self, error: StoreAwayError) -> None:
        self.refused += 1
        if self.since is None:
            self.since = self.clock()
            log.error("the database takes nothing; what happens is kept in memory", error=str(error))

    def _took(self) -> None:
        if self.since is not None:
            seconds = round((self.clock() - self.since).total_seconds(), 1)
            self.since = None
            log.warning("the database takes what waited", seconds=seconds)
