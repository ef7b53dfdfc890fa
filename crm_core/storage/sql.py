# SPDX-License-Identifier: Apache-2.0
"""Where SQLite and PostgreSQL differ, and the few statements every repository repeats."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Column, Row, Table, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
_CHUNK = 500  # values in one IN (...): SQLite allows 32766 variables, PostgreSQL's driver 32767


class Lock(IntEnum):
    """Keys of PostgreSQL's advisory locks."""

    CHANGES = 7_221_843
    CLIENTS = 7_221_844
    OUTBOX = 7_221_845
    PEOPLE = 7_221_846
    SERVING = 7_221_847
    SETTINGS = 7_221_848
    RULES = 7_221_849


async def lock_until_commit(connection: AsyncConnection, lock: Lock) -> None:
    """One transaction at a time behind this point. SQLite's only writer is alone anyway."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": int(lock)})


async def hold_rows(connection: AsyncConnection, column: Column[UUID], ids: Collection[UUID]) -> None:
    """Until the commit nobody else changes them, and what is read from now on is as the last one left it."""
    if connection.dialect.name == "postgresql":
        for some in chunks(sorted(ids)):
            query = select(column).where(column.in_(some)).order_by(column).with_for_update()
            await connection.execute(query)


def insert(connection: AsyncConnection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT; both dialects spell it alike, but not in one class."""
    is_postgresql = connection.dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


async def upsert(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add or overwrite by primary key, in one executemany."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = insert(connection, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    await connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def chunks(values: Collection[T], size: int = _CHUNK) -> Iterator[list[T]]:
    """For IN (...)."""
    every = list(values)
    for start in range(0, len(every), size):
        yield every[start : start + size]


def named(row: Row[Any]) -> Mapping[str, Any]:
    """A row by the names of its columns."""
    return row._asdict()
