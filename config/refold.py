# SPDX-License-Identifier: Apache-2.0
"""A period of the journal folded anew, day by day, and held against the database."""

import asyncio
from collections.abc import AsyncIterator, Collection
from datetime import datetime
from uuid import UUID

from config.journal import days, journals
from config.settings import Settings
from crm_core.domain.call_history import CallFilter
from crm_core.domain.directory import Directory
from crm_core.ports.clock import utc_now
from crm_core.storage.directory_source import DirectorySource
from crm_core.storage.store import SqlStore
from crm_core.usecases.refold_call import Refolded, Told, refold_call
from pbx_bridge.refold import refold_period

_PAGE = 500


class Refolding:
    """After `run`: `troubles` of the journal, and how many calls of the database it does not tell of."""

    def __init__(self, settings: Settings, store: SqlStore, *, dry: bool = True) -> None:
        self._settings = settings
        self._store = store
        self._dry = dry
        self._directory = Directory()
        self.troubles: list[str] = []
        self.untold = 0

    async def run(
        self, since: datetime, until: datetime, now: datetime, pbx: str | None = None
    ) -> AsyncIterator[Refolded]:
        chosen = journals(self._settings, pbx)
        await DirectorySource(self._store, self._directory, utc_now).load()
        for journal in chosen:
            for begin, end in days(since, until):
                found = await asyncio.to_thread(refold_period, journal, begin, end)
                self.troubles += [one for one in found.troubles if one not in self.troubles]
                for call in found.calls.values():
                    if call.ended_at is not None:
                        told = Told(call, found.merged.get(call.id, ()))
                        yield await refold_call(told, self._store, self._directory, now, dry=self._dry)
                self.untold += await self._count_untold(journal.pbx, begin, end, found.calls.keys())

    async def _count_untold(self, pbx: str, since: datetime, until: datetime, told: Collection[UUID]) -> int:
        which, after, count = CallFilter(since=since, until=until, pbx=pbx), None, 0
        while True:
            async with self._store.read() as tx:
                rows = await tx.calls.page(which, after, _PAGE)
            count += sum(row.id not in told for row in rows)
            if len(rows) < _PAGE:
                return count
            after = rows[-1].cursor
