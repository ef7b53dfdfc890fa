# SPDX-License-Identifier: Apache-2.0
"""The table that finds clients by their tags."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.client import ClientKind, Company, Contact
from crm_core.storage.schema_tags import client_tag
from crm_core.storage.sql import chunks

MOST_TAGS = 500
_CHUNK = 5000


async def write_tags(
    connection: AsyncConnection, kind: ClientKind, clients: Sequence[Contact] | Sequence[Company]
) -> None:
    """Of these clients, as they are now."""
    for some in chunks([one.id for one in clients]):
        await connection.execute(delete(client_tag).where(client_tag.c.client_id.in_(some)))
    rows = [{"client_id": one.id, "tag": tag, "kind": kind.value} for one in clients for tag in one.tags]
    if rows:
        await connection.execute(insert(client_tag), rows)


async def known_tags(connection: AsyncConnection) -> list[str]:
    """From one to the next by the index: a million clients have some dozens."""
    query = select(client_tag.c.tag).order_by(client_tag.c.tag).limit(1)
    found: list[str] = []
    while len(found) < MOST_TAGS:
        here = query.where(client_tag.c.tag > found[-1]) if found else query
        tag = await connection.scalar(here)
        if tag is None:
            break
        found.append(tag)
    return found


async def all_tags(connection: AsyncConnection) -> AsyncIterator[tuple[ClientKind, UUID, str]]:
    columns = client_tag.c
    query = select(columns.kind, columns.client_id, columns.tag).order_by(columns.client_id, columns.tag)
    last: Any = None
    while True:
        here = query if last is None else query.where(tuple_(columns.client_id, columns.tag) > last)
        rows = (await connection.execute(here.limit(_CHUNK))).all()
        for kind, client_id, tag in rows:
            yield ClientKind(kind), client_id, tag
        if len(rows) < _CHUNK:
            return
        last = (rows[-1].client_id, rows[-1].tag)


async def tags_of(
    connection: AsyncConnection, kind: ClientKind, ids: Iterable[UUID]
) -> dict[UUID, tuple[str, ...]]:
    """A client without tags is in the answer too."""
    found: dict[UUID, tuple[str, ...]] = dict.fromkeys(ids, ())
    query = select(client_tag.c.client_id, client_tag.c.tag).where(client_tag.c.kind == kind.value)
    for some in chunks(found):
        for client_id, tag in await connection.execute(query.where(client_tag.c.client_id.in_(some))):
            found[client_id] = (*found[client_id], tag)
    return found
