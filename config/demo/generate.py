# SPDX-License-Identifier: Apache-2.0
"""Very many clients, quickly, one number each: for measuring, not for looking at."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Table, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.ids import uuid7
from crm_core.storage.engine import is_sqlite
from crm_core.storage.schema import contact, phone_number, search_doc
from crm_core.storage.store import SqlStore

_BATCH = 20_000
_FIRST = 79_200_000_000  # the numbers of the demo's people are below
# Row by row, a full-text index costs most of the time; built at the end, a quarter of it.
_INSERT_TRIGGER = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'fts_search_insert'"


def number_of(index: int) -> str:
    """E.164 of the client with this index."""
    return f"+{_FIRST + index}"


async def generate_clients(
    store: SqlStore, count: int, now: datetime, *, start: int = 0, searchable: bool = True
) -> None:
    """Add clients `start` .. `start + count - 1`. Leaves no change rows: load the directory afterwards.

    `searchable=False` leaves the search out, which is most of the time.
    """
    async with store.engines.writer.begin() as connection:
        trigger = await connection.scalar(text(_INSERT_TRIGGER)) if is_sqlite(connection) else None
        if trigger:
            await connection.execute(text("DROP TRIGGER fts_search_insert"))
        for first in range(start, start + count, _BATCH):
            await _batch(connection, range(first, min(first + _BATCH, start + count)), now, searchable)
        if trigger:
            await connection.execute(text("INSERT INTO fts_search (fts_search) VALUES ('rebuild')"))
            await connection.execute(text(trigger))


async def _batch(connection: AsyncConnection, indexes: range, now: datetime, searchable: bool) -> None:  # noqa: FBT001 - passed on
    rows: dict[Table, list[dict[str, Any]]] = {contact: [], phone_number: [], search_doc: []}
    for who, number, doc in _clients(indexes, now):
        rows[contact].append(who)
        rows[phone_number].append(number)
        rows[search_doc].append(doc)
    if not searchable:
        del rows[search_doc]
    for table, some in rows.items():
        await connection.execute(insert(table), some)


def _clients(
    indexes: range, now: datetime
) -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    unix_ms = int(now.timestamp() * 1000)
    for index in indexes:
        contact_id, e164 = uuid7(unix_ms, index), number_of(index)
        name = f"Client {index:07}"
        who = {"id": contact_id, "name": name, "created_at": now, "updated_at": now}
        number = {
            "id": contact_id,
            "e164": e164,
            "reversed": e164[:0:-1],
            "raw": e164,
            "kind": "mobile",
            "contact_id": contact_id,
            "created_at": now,
        }
        text_of = f"{name.casefold()}|{e164[1:]}"
        yield who, number, {"kind": "contact", "owner_id": contact_id, "text": text_of, "archived": False}
