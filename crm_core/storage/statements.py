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
    work = [(one.sql, [one.bound(row) for row in values]) for one, values in compiled]
    if name == "sqlite":
        raw = await connection.get_raw_connection()
        driver = raw.driver_connection
        # aiosqlite has no public way to run more than one statement in its thread.
        rows = await driver._execute(_together, driver._conn, work)  # type: ignore[union-attr]  # noqa: SLF001
    else:
        rows = [await _one_by_one(connection, sql, values) for sql, values in work]
    given = iter([[one.named(row) for row in found] for (one, _), found in zip(compiled, rows, strict=True)])
    return [next(given) if values else [] for _, values in script]


def _together(
    database: sqlite3.Connection, work: Sequence[tuple[str, Sequence[tuple[Any, ...]]]]
) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for sql, values in work:
        if len(values) == 1:
            rows.append(database.execute(sql, values[0]).fetchall())
        else:
            database.executemany(sql, values)
            rows.append([])
    return rows


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
    return _Compiled(str(compiled), binds, constants, columns)


def _writer(kind: Any, dialect: Dialect) -> Processor | None:
    found: Processor | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _reader(kind: Any, dialect: Dialect) -> Processor | None:
    # The driver's number of its type, which only fractions ask for: float8.
    found: Processor | None = kind.dialect_impl(dialect).result_processor(dialect, 701)
    return found
