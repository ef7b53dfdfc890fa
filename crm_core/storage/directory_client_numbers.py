# SPDX-License-Identifier: Apache-2.0
"""Which clients can be told by a number keyed in: those whose number elsewhere is digits."""

from array import array
from uuid import UUID

from sqlalchemy import ColumnElement, Table, case, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.directory import PartyKind
from crm_core.domain.directory.client_numbers import keyed
from crm_core.domain.directory.clients import Clients
from crm_core.domain.directory.owner_table import NOBODY
from crm_core.storage.raw_ids import as_bytes, first_key, raw
from crm_core.storage.schema import company, contact

_CHUNK = 5000
_OWNERS = ((PartyKind.CONTACT, contact), (PartyKind.COMPANY, company))


def keyed_in(table: Table) -> ColumnElement[str | None]:
    """Null of clients who were archived: their numbers are nobody's."""
    return case((table.c.archived_at.is_(None), table.c.external_id), else_=null()).label("client_number")


async def load_client_numbers(connection: AsyncConnection, clients: Clients) -> None:
    """Once all clients are there."""
    numbers, owners = array("q"), array("i")
    for kind, table in _OWNERS:
        key, last = raw(table.c.id, connection), first_key(connection)
        query = select(key, table.c.external_id).where(
            table.c.external_id.is_not(None), table.c.archived_at.is_(None)
        )
        while rows := (await connection.execute(query.where(key > last).order_by(key).limit(_CHUNK))).all():
            found = clients.tables[kind].find_many([as_bytes(one) for one, _ in rows]).tolist()
            for row, (_, text) in zip(found, rows, strict=True):
                if row != NOBODY and (number := keyed(text)) is not None:
                    numbers.append(number)
                    owners.append(clients.owner(kind, row))
            last = rows[-1][0]
    clients.client_numbers.load(numbers, owners)


async def with_client_number(connection: AsyncConnection, client_number: str) -> list[tuple[PartyKind, UUID]]:
    """Those who would be keyed in so: for one look-up, so all spellings with zeros before it are asked for."""
    number = keyed(client_number)
    if number is None:
        return []
    spellings = [str(number).zfill(width) for width in range(len(str(number)), 16)]
    found = []
    for kind, table in _OWNERS:
        alive = table.c.external_id.in_(spellings) & table.c.archived_at.is_(None)
        found += [(kind, one) for one in await connection.scalars(select(table.c.id).where(alive))]
    return found
