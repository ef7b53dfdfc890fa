# SPDX-License-Identifier: Apache-2.0
"""The tags of all clients into memory, and of those that changed."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.client import ClientKind
from crm_core.domain.directory.clients import Clients
from crm_core.domain.directory.party import PartyKind
from crm_core.storage.tags import all_tags, tags_of


async def load_tags(connection: AsyncConnection, clients: Clients) -> None:
    found: dict[tuple[ClientKind, UUID], tuple[str, ...]] = {}
    async for kind, client_id, tag in all_tags(connection):
        found[kind, client_id] = (*found.get((kind, client_id), ()), tag)
    for (kind, client_id), tags in found.items():
        clients.set_tags(PartyKind(kind.value), client_id, tags)


async def follow_tags(
    connection: AsyncConnection, clients: Clients, changed: Mapping[str, Collection[UUID]]
) -> None:
    """After the clients themselves were put."""
    for kind in ClientKind:
        of_kind = await tags_of(connection, kind, changed.get(kind.value, ()))
        for client_id, tags in of_kind.items():
            clients.set_tags(PartyKind(kind.value), client_id, tags)
