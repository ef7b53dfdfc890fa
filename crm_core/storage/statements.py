# SPDX-License-Identifier: Apache-2.0
"""Statements of the hot path: compiled once, and run together.

Building, caching and awaiting each statement costs SQLAlchemy and aiosqlite about a millisecond of CPU and two changes
of thread; the statement itself some ten microseconds. Here a whole script crosses to SQLite's thread once.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Executable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

Values = Mapping[str, Any]
Processor = Callable[[Any], Any]
_MOST_BINDS = 30_000  # of one statement: SQLite takes 32 766
_DIALECTS: dict[str, tuple[Dialect, Any]] = {
    "sqlite": (sqlite.dialect(paramstyle="qmark"), sqlite.insert),
    "postgresql": (asyncpg.dialect(), postgresql.insert),  # type: ignore[no-untyped-call] # as it ships
}


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    binds: Sequence[tuple[str, Processor | None]]
    constants: Values  # which SQLAlchemy binds too
    columns: Sequence[tuple[str, Processor | None]]
    group: str  # '(?, ?)' of an INSERT that gives no rows; else ''

    def for_rows(self, count: int) -> str:
        return self.sql.replace(self.group, ", ".join([self.group] * count), 1)

    def bound(self, values: Values) -> tuple[Any, ...]:
        given = {**self.constants, **values}
        return tuple(
            [given[name] if process is None else process(given[name]) for name, process in self.binds]
        )

    def named(self, row: Sequence[Any]) -> dict[str, Any]:
        told = zip(self.columns, row, strict=True)
        return {name: value if process is None else process(value) for (name, process), value in told}


class Statement:
    """`build` is given the INSERT that knows ON CONFLICT. Values are named as its bindparams are; no IN (...)."""

    def __init__(self, build: Callable[[Any], Any]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def on(self, name: str) -> _Compiled:
        found = self._compiled.get(name)
        if found is None:
            found = self._compiled[name] = _compile(self._build, *_DIALECTS[name])
        return found


Step = tuple[Statement, Sequence[Values]]


async def run(connection: AsyncConnection, script: Sequence[Step]) -> list[list[dict[str, Any]]]:
    """Run the steps in order, within the connection's transaction; for each the rows it gave.

    A step with one set of values may give rows; one with several is an executemany and gives none.
    """
    name = connection.dialect.name
    compiled = [(statement.on(name), values) for statement, values in script if values]
    work = [(one, [one.bound(row) for row in values]) for one, values in compiled]
    if name == "sqlite":
        raw = await connection.get_raw_connection()
        driver = raw.driver_connection
        # aiosqlite has no public way to run more than one statement in its thread.
        rows = await driver._execute(_together, driver._conn, work)  # type: ignore[union-attr]  # noqa: SLF001
    else:
        rows = [await _one_by_one(connection, one.sql, values) for one, values in work]
    given = iter([[one.named(row) for row in found] for (one, _), found in zip(compiled, rows, strict=True)])
    return [next(given) if values else [] for _, values in script]


def _together(
    database: sqlite3.Connection, work: Sequence[tuple[_Compiled, Sequence[tuple[Any, ...]]]]
) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for statement, values in work:
        if len(values) == 1:
            rows.append(database.execute(statement.sql, values[0]).fetchall())
        else:
            _many(database, statement, values)
            rows.append([])
    return rows


def _many(database: sqlite3.Connection, statement: _Compiled, values: Sequence[tuple[Any, ...]]) -> None:
    """For each step of SQLite its thread gives up Python's lock and asks the loop for it again: one for many rows."""
    if not statement.group:
        database.executemany(statement.sql, values)
        return
    at_once = _MOST_BINDS // len(statement.binds)
    for first in range(0, len(values), at_once):
        rows = values[first : first + at_once]
        database.execute(statement.for_rows(len(rows)), [value for row in rows for value in row])


async def _one_by_one(connection: AsyncConnection, sql: str, values: Sequence[tuple[Any, ...]]) -> list[Any]:
    if len(values) > 1:
        await connection.exec_driver_sql(sql, list(values))
        return []
    result = await connection.exec_driver_sql(sql, values[0])
    return [tuple(row) for row in result] if result.returns_rows else []


def _compile(build: Callable[[Any], Executable], dialect: Dialect, insert: Any) -> _Compiled:
    statement: Any = build(insert)
    compiled = statement.compile(dialect=dialect)
    binds = [(name, _writer(compiled.binds[name].type, dialect)) for name in compiled.positiontup or ()]
    constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    columns = [(column.key, _reader(column.type, dialect)) for column in statement.exported_columns]
    return _Compiled(str(compiled), binds, constants, columns, _group(str(compiled), len(binds), columns))


def _group(sql: str, binds: int, columns: Sequence[Any]) -> str:
    group = f"({', '.join('?' * binds)})"
    return group if binds and not columns and f" VALUES {group}" in sql else ""


def _writer(kind: Any, dialect: Dialect) -> Processor | None:
    found: Processor | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _reader(kind: Any, dialect: Dialect) -> Processor | None:
    # The driver's number of its type, which only fractions ask for: float8.
    found: Processor | None = kind.dialect_impl(dialect).result_processor(dialect, 701)
    return found
