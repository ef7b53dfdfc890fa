# SPDX-License-Identifier: Apache-2.0
"""Who has which numbers now, as the directory keeps it."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.directory import PartyKind
from crm_core.domain.directory.number_index import digits
from crm_core.domain.lead import LeadStatus
from crm_core.storage.schema import company, contact, lead, phone_number
from crm_core.storage.sql import chunks

_CLIENTS: tuple[tuple[PartyKind, Table, Column[Any]], ...] = (
    (PartyKind.CONTACT, contact, phone_number.c.contact_id),
    (PartyKind.COMPANY, company, phone_number.c.company_id),
)
Owners = dict[str, list[tuple[PartyKind, UUID, bool]]]


async def owners_now(connection: AsyncConnection, e164s: Collection[str]) -> Owners:
    """Of each number: all contacts and companies that have it, and of whom it is the first; else its newest lead."""
    found: Owners = {}
    for kind, table, owner in _CLIENTS:
        joined = phone_number.join(table, table.c.id == owner)
        alive = phone_number.c.e164.in_(e164s) & table.c.archived_at.is_(None)
        rows = select(phone_number.c.e164, owner).select_from(joined).where(alive)
        pairs = dict.fromkeys(
            (row[0], row[1]) for row in await connection.execute(rows.order_by(phone_number.c.id))
        )
        firsts = await _first_numbers(connection, owner, {one for _, one in pairs})
        for e164, one in pairs:
            found.setdefault(e164, []).append((kind, one, firsts.get(one) == e164))
    rows = select(lead.c.e164, lead.c.id).where(lead.c.e164.in_(set(e164s) - found.keys()))
    became = (LeadStatus.COMPLETED.value, LeadStatus.MERGED.value)
    for e164, one in await connection.execute(rows.where(lead.c.status.not_in(became)).order_by(lead.c.id)):
        found[e164] = [(PartyKind.LEAD, one, True)]
    return found


async def _first_numbers(
    connection: AsyncConnection, owner: Column[Any], ids: Collection[UUID]
) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    for some in chunks(ids):
        query = select(owner, phone_number.c.e164).where(owner.in_(some)).order_by(phone_number.c.id)
        for one, e164 in await connection.execute(query):
            if digits(e164) is not None:
                found.setdefault(one, e164)
    return found
