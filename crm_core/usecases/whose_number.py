# SPDX-License-Identifier: Apache-2.0
"""Whom a number stands for now, and all who have it."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from crm_core.domain.client import PhoneNumber
from crm_core.domain.communication import Owner, choose_owner
from crm_core.domain.missed import Caller
from crm_core.ports.store import Tx


@dataclass(frozen=True, slots=True)
class Whose:
    """A number: whom it stands for, and all who have it."""

    caller: Caller
    clients: frozenset[UUID]


async def owner_of(tx: Tx, number: str) -> Owner | None:
    """Whom a number stands for now."""
    return await _chosen(tx, (await tx.clients.owners_of([number])).get(number, []))


async def whose_is(tx: Tx, number: str) -> Whose:
    owners = (await tx.clients.owners_of([number])).get(number, [])
    owner = await _chosen(tx, owners)
    ids = {"contact_id": owner.contact_id, "company_id": owner.company_id} if owner else {}
    clients = frozenset(one for each in owners for one in (each.contact_id, each.company_id) if one)
    return Whose(Caller(e164=number, **ids), clients)


async def _chosen(tx: Tx, owners: Collection[PhoneNumber]) -> Owner | None:
    contacts = [await tx.clients.contact(one.contact_id) for one in owners if one.contact_id]
    known = [Owner(one.id, one.company_id) for one in contacts if one and not one.archived_at]
    return choose_owner(known, [one.company_id for one in owners if one.company_id])
