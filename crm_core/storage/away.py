# SPDX-License-Identifier: Apache-2.0
"""Which errors of the drivers mean that the database is away for a while, and which are a fault of the statement."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from asyncpg import InterfaceError, PostgresError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from crm_core.ports.store import StoreAwayError

_READ_ONLY = (sqlite3.SQLITE_READONLY, "25006")
_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        _READ_ONLY[0],
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_CORRUPT,  # also what a disk that answers with errors looks like
        sqlite3.SQLITE_NOTADB,
    }
)
# Connection, read-only, rolled back by others, no resources, not in this state, operator intervention, system error.
_POSTGRESQL = ("08", _READ_ONLY[1], "40", "53", "55", "57", "58")


@contextmanager
def connecting() -> Iterator[None]:
    """Whatever goes wrong before the first statement is the database's fault."""
    try:
        yield
    except (OSError, DBAPIError, PoolTimeoutError, PostgresError, InterfaceError) as error:
        raise StoreAwayError(str(error)) from error


@contextmanager
def working(*, writes: bool) -> Iterator[None]:
    """A database that became read-only is away; who writes in a reader's transaction is wrong for ever."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, PostgresError, InterfaceError) as error:
        if is_away(error) and (writes or not _is_read_only(error)):
            raise StoreAwayError(str(getattr(error, "orig", None) or error)) from error
        raise


def is_away(error: Exception) -> bool:
    """Of SQLAlchemy, or of a driver that was asked without it (crm_core.storage.statements)."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    code, state = _said(error)
    return code in _SQLITE or state.startswith(_POSTGRESQL)


def _is_read_only(error: Exception) -> bool:
    code, state = _said(error)
    return code == _READ_ONLY[0] or state == _READ_ONLY[1]


def _said(error: Exception) -> tuple[int, str]:
    """SQLite's code without its higher bits, which say more; PostgreSQL's SQLSTATE."""
    said = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(said, "sqlite_errorcode", None) or 0
    return code & 0xFF, getattr(said, "sqlstate", None) or ""
