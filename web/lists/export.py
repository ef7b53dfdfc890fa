# SPDX-License-Identifier: Apache-2.0
"""A list into a file: page by page, so that a million rows take no more memory than five hundred."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Any

from crm_core.domain.audit import AuditEntry
from crm_core.domain.ids import new_id
from crm_core.domain.listing import ExportJob, FileFormat
from crm_core.ports.store import Store, Tx
from web.lists.asked import Asked
from web.lists.files import table_file
from web.lists.spec import Reader
from web.viewer import Viewer
from web.words import Words

PAGE = 500
Progress = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Export:
    asked: Asked
    reader: Reader
    format: FileFormat

    @property
    def file_name(self) -> str:
        return f"{self.asked.spec.kind}-{self.reader.l10n.local(self.reader.l10n.now):%Y-%m-%d}.{self.format}"


async def write(store: Store, export: Export, into: IO[bytes], told: Progress | None = None) -> int:
    """How many rows. The file itself is written in a thread: the loop has calls to look after."""
    asked, reader = export.asked, export.reader
    say = Words(reader.l10n)
    heads = [say.text(column.title) for column in asked.columns]
    file = await asyncio.to_thread(table_file, export.format, into, reader.l10n.zone, heads)
    rows = 0
    async for page in _pages(store, asked, reader):
        cells = [[column.value(row, say) for column in asked.columns] for row in page]
        await asyncio.to_thread(file.add, cells)
        rows += len(page)
        if told:
            await told(rows)
    await asyncio.to_thread(file.close)
    return rows


async def _pages(store: Store, asked: Asked, reader: Reader) -> AsyncIterator[Sequence[Any]]:
    query = replace(asked.query, after=None, limit=PAGE)
    while True:
        async with store.read() as tx:  # a transaction a page: a long one would keep old rows alive
            listed = await asked.spec.read(tx, query, reader.user)
        yield listed.rows
        if listed.next is None:
            return
        query = replace(query, after=listed.next)


async def note(tx: Tx, viewer: Viewer, job: ExportJob, now: datetime) -> None:
    """Who took what: the data left the house."""
    taken = {"list": job.list.value, "query": job.query, "format": job.format.value, "rows": job.total}
    await tx.audit.add(
        AuditEntry(
            id=new_id(now),
            at=now,
            actor=viewer.actor,
            action="export",
            kind=job.list.value,
            record_id=job.id,
            after=taken,
        )
    )
