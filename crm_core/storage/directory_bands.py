# SPDX-License-Identifier: Apache-2.0
"""The bands of all clients into memory, and those that changed."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.directory.clients import Clients
from crm_core.domain.directory.party import PartyKind
from crm_core.storage.bands import SqlBands
from crm_core.storage.schema_bands import band_state
from crm_core.storage.sql import chunks

_CHUNK = 5000


async def load_bands(connection: AsyncConnection, clients: Clients) -> None:
    """Those in the base need not be read: everybody is there who is in none."""
    await _read_names(connection, clients)
    columns = band_state.c
    query = _columns().where(columns.band != clients.band_names[0])
    query = query.order_by(columns.band, columns.client_id).limit(_CHUNK)
    last: Row[Any] | None = None
    while True:
        here = query
        if last is not None:
            later = (columns.band == last.band) & (columns.client_id > last.client_id)
            here = query.where((columns.band > last.band) | later)
        rows = (await connection.execute(here)).all()
        for row in rows:
            _put(clients, row)
        if len(rows) < _CHUNK:
            return
        last = rows[-1]


async def follow_bands(
    connection: AsyncConnection, clients: Clients, changed: Mapping[str, Collection[UUID]]
) -> set[str]:
    """The numbers of those whose band changed. A look at all may have changed what the base is called."""
    if changed.get("bands") and await _read_names(connection, clients):
        await load_bands(connection, clients)  # of a band that is called otherwise no row of a client tells
    owners = []
    for some in chunks(changed.get("band", ())):
        without = set(some)
        for row in await connection.execute(_columns().where(band_state.c.client_id.in_(some))):
            _put(clients, row)
            owners.append((PartyKind(row.kind), row.client_id))
            without.discard(row.client_id)
        for one in without:  # a company that came into a group has none of its own any more
            clients.set_band(PartyKind.COMPANY, one, clients.band_names[0], date.min)
    return clients.numbers_of(owners) if owners else set()


async def _read_names(connection: AsyncConnection, clients: Clients) -> bool:
    """Whether they were others when they were read last."""
    book = SqlBands(connection)
    bands, look = await book.settings(), await book.look()
    are_others = clients.bands_named not in {(), bands.names}
    clients.bands_named = bands.names
    clients.band_names[0] = bands.base
    clients.bands_as_of = look.day if look else None
    clients.groups.counted = bands.groups
    return are_others


def _columns() -> Select[Any]:
    columns = band_state.c
    return select(columns.client_id, columns.kind, columns.band, columns.since)


def _put(clients: Clients, row: Row[Any]) -> None:
    clients.set_band(PartyKind(row.kind), row.client_id, row.band, date.fromordinal(row.since))
