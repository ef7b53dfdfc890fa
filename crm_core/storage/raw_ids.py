# SPDX-License-Identifier: Apache-2.0
"""Ids and times as the driver gives them: a million UUID objects cost more than reading the rows."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, LargeBinary, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection


def raw(column: ColumnElement[Any], connection: AsyncConnection) -> ColumnElement[Any]:
    """SQLite keeps 16 bytes, and gives them; PostgreSQL's driver makes UUIDs of its own in C."""
    return column if connection.dialect.name == "postgresql" else type_coerce(column, LargeBinary)


def raw_time(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Microseconds since 1970."""
    return type_coerce(column, BigInteger)


def first_key(connection: AsyncConnection) -> UUID | bytes:
    """Before every id, for keyset paging."""
    return UUID(int=0) if connection.dialect.name == "postgresql" else bytes(16)


def as_bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else bytes(value.bytes)
