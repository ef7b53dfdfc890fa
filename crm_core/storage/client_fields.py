# SPDX-License-Identifier: Apache-2.0
"""The register of fields, and the table that finds clients by what they have in them."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, exists, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.client import ClientKind, Company, Contact
from crm_core.domain.client_field import ClientField, FieldKind
from crm_core.domain.shallow import shallow
from crm_core.storage.raw_ids import as_bytes, raw
from crm_core.storage.schema_fields import client_field, client_value
from crm_core.storage.sql import chunks, named, upsert

_CHUNK = 5000


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


async def all_values(connection: AsyncConnection, name: str) -> dict[bytes, str]:
    """By the bytes of a client's id, of all that have something in this field; equal texts are one object."""
    value, key = client_value.c.value, raw(client_value.c.client_id, connection)
    query = select(value, key).where(client_value.c.name == name).order_by(value, key).limit(_CHUNK)
    found: dict[bytes, str] = {}
    text, here = "", query
    while rows := (await connection.execute(here)).all():
        for said, client_id in rows:
            text = text if said == text else said
            found[as_bytes(client_id)] = text
        here = query.where(tuple_(value, key) > tuple(rows[-1]))
    return found


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
