# SPDX-License-Identifier: Apache-2.0
"""The fields that rules name into memory, and those of clients that changed."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.client import ClientKind
from crm_core.domain.directory.client_fields import ClientFieldTables
from crm_core.domain.directory.party import PartyKind
from crm_core.domain.routing.field_conditions import fields_named
from crm_core.storage.client_fields import SqlClientFields, all_values, values_of
from crm_core.storage.routing import SqlRouting


async def named_in_force(connection: AsyncConnection) -> frozenset[str]:
    stored = await SqlRouting(connection).in_force()
    return fields_named(stored.body) if stored else frozenset()


async def load_fields(connection: AsyncConnection, tables: ClientFieldTables, names: Collection[str]) -> None:
    for name in names:
        tables.put(name, await all_values(connection, name))


async def every_field(connection: AsyncConnection, tables: ClientFieldTables) -> None:
    """There, and empty: whose values are wanted, `follow_fields` reads."""
    for field in await SqlClientFields(connection).all():
        tables.put(field.name, {})


async def follow_fields(
    connection: AsyncConnection, tables: ClientFieldTables, changed: Mapping[str, Collection[UUID]]
) -> None:
    """Nothing is read where no rule names a field."""
    for kind in ClientKind:
        names, ids = [one for one in tables.names if one.startswith(kind.value)], changed.get(kind.value, ())
        if not names or not ids:
            continue
        values = await values_of(connection, ids, names)
        for client_id in ids:
            tables.set(PartyKind(kind.value), client_id, values.get(client_id, {}))
