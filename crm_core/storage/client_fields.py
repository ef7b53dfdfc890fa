# SPDX-License-Identifier: Apache-2.0
"""The register of fields, and the table that finds clients by what they have in them."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.client import ClientKind, Company, Contact
from crm_core.domain.client_field import ClientField, FieldKind
from crm_core.domain.shallow import shallow
from crm_core.storage.schema_fields import client_field, client_value
from crm_core.storage.sql import chunks, named, upsert

_CHUNK = 1000  # calls are routed while they are read


class SqlClientFields:
    """Implements ports.client_fields.ClientFields."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> list[ClientField]:
        rows = await self._connection.execute(select(client_field))
        found = [
            ClientField(**{**named(row), "of": ClientKind(row.of), "kind": FieldKind(row.kind)})
            for row in rows
        ]
        return sorted(found, key=lambda one: (one.of is ClientKind.COMPANY, one.position, one.key))

    async def save(self, *fields: ClientField) -> None:
        await upsert(self._connection, client_field, [shallow(one) for one in fields])

    async def is_used(self, name: str) -> bool:
        query = select(exists().where(client_value.c.name == name))
        return bool(await self._connection.scalar(query))

    async def used(self, name: str, values: Collection[str]) -> list[str]:
        found = []
        for value in values:  # each by the index, however many clients have it
            there = (client_value.c.name == name) & (client_value.c.value == value)
            if await self._connection.scalar(select(exists().where(there))):
                found.append(value)
        return found


async def write_values(
    connection: AsyncConnection, kind: ClientKind, clients: Sequence[Contact] | Sequence[Company]
) -> None:
    """Of these clients, as they are now."""
    for some in chunks([one.id for one in clients]):
        await connection.execute(delete(client_value).where(client_value.c.client_id.in_(some)))
    rows = [
        {"client_id": one.id, "name": f"{kind.value}.{key}", "value": value}
        for one in clients
        for key, value in one.fields
    ]
    if rows:
        await connection.execute(insert(client_value), rows)


async def all_values(connection: AsyncConnection, name: str) -> AsyncIterator[tuple[UUID, str]]:
    """By client, of all that have something in this field."""
    columns = client_value.c
    query = select(columns.client_id, columns.value).where(columns.name == name)
    query = query.order_by(columns.value, columns.client_id)
    last: Any = None
    while True:
        here = query if last is None else query.where(tuple_(columns.value, columns.client_id) > last)
        rows = (await connection.execute(here.limit(_CHUNK))).all()
        for client_id, value in rows:
            yield client_id, value
        if len(rows) < _CHUNK:
            return
        last = (rows[-1].value, rows[-1].client_id)


async def values_of(
    connection: AsyncConnection, ids: Iterable[UUID], names: Collection[str]
) -> dict[UUID, dict[str, str]]:
    """In these fields, by client; who has nothing there is not in the answer."""
    found: dict[UUID, dict[str, str]] = {}
    columns = client_value.c
    query = select(columns.client_id, columns.name, columns.value).where(columns.name.in_(names))
    for some in chunks(set(ids)):
        for client_id, name, value in await connection.execute(query.where(columns.client_id.in_(some))):
            found.setdefault(client_id, {})[name] = value
    return found
