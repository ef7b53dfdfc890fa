# SPDX-License-Identifier: Apache-2.0
"""Groups of companies in the table `company`: its column `head_id` follows from `parent_id`."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Column, ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.company_group import upwards
from crm_core.storage.schema import company, contact
from crm_core.storage.sql import chunks
from crm_core.storage.types import Id

Links = dict[UUID, UUID | None]


async def keep_heads(connection: AsyncConnection, saved: Collection[UUID]) -> None:
    """After these were saved: they, and all that belong to them, have the head that stands above them now."""
    kept: Links = {}
    parents: Links = {}
    for some in chunks(saved):
        grouped = company.c.parent_id.is_not(None) | company.c.head_id.is_not(None)
        query = select(company.c.id, company.c.parent_id, company.c.head_id)
        for row in await connection.execute(query.where(company.c.id.in_(some), grouped)):
            parents[row.id], kept[row.id] = row.parent_id, row.head_id
    await _read_upwards(connection, parents)
    for one, before in kept.items():
        *_, head = upwards(one, parents)
        if before != (None if head == one else head):
            await _set_head(connection, one, head)


async def heads_of(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Only of those that belong to others."""
    found: dict[UUID, UUID] = {}
    for some in chunks(ids):
        query = select(company.c.id, company.c.head_id)
        query = query.where(company.c.id.in_(some), company.c.head_id.is_not(None))
        found |= {row.id: row.head_id for row in await connection.execute(query)}
    return found


async def members_of(connection: AsyncConnection, heads: Collection[UUID]) -> dict[UUID, UUID]:
    """Those below these heads, with the head of each."""
    found: dict[UUID, UUID] = {}
    for some in chunks(heads):
        query = select(company.c.id, company.c.head_id).where(company.c.head_id.in_(some))
        found |= {row.id: row.head_id for row in await connection.execute(query)}
    return found


async def firms_of(connection: AsyncConnection, client_id: UUID) -> set[UUID]:
    """The whole group that a contact's company, or a company, stands in."""
    at = await connection.scalar(select(contact.c.company_id).where(contact.c.id == client_id))
    own = at or await connection.scalar(select(company.c.id).where(company.c.id == client_id))
    if own is None:
        return set()
    head = (await heads_of(connection, [own])).get(own, own)
    return {head, *await members_of(connection, [head])}


def counts_as() -> ColumnElement[UUID]:
    """Whose band a company has, where groups count as one."""
    return func.coalesce(company.c.head_id, company.c.id, type_=Id())


async def _read_upwards(connection: AsyncConnection, parents: Links) -> None:
    while missing := {one for one in parents.values() if one and one not in parents}:
        parents.update(dict.fromkeys(missing))
        for some in chunks(missing):
            query = select(company.c.id, company.c.parent_id).where(company.c.id.in_(some))
            parents.update({row.id: row.parent_id for row in await connection.execute(query)})


async def _set_head(connection: AsyncConnection, top: UUID, head: UUID) -> None:
    """Of this company, and of all below it."""
    column: Column[UUID] = company.c.head_id
    of_top = None if head == top else head
    await connection.execute(update(company).where(company.c.id == top).values({column: of_top}))
    below, seen = {top}, {top}
    while below:
        found: set[UUID] = set()
        for some in chunks(below):
            found |= set(await connection.scalars(select(company.c.id).where(company.c.parent_id.in_(some))))
        below = found - seen
        seen |= below
        for some in chunks(below):
            await connection.execute(update(company).where(company.c.id.in_(some)).values({column: head}))
