# SPDX-License-Identifier: Apache-2.0
"""Somebody dials a client by hand, whom a colleague may be calling back already."""

from uuid import UUID

from crm_core.domain.missed import Caller
from crm_core.ports.store import Store
from crm_core.usecases.whose_number import owner_of


async def claimed_elsewhere(store: Store, number: str, user_id: UUID | None) -> bool:
    """`number` in E.164; by whatever number they are asked for, and by whatever one they called."""
    async with store.read() as tx:
        owner = await owner_of(tx, number)
        ids = {"contact_id": owner.contact_id, "company_id": owner.company_id} if owner else {}
        claimers = await tx.missed.claimers(Caller(e164=number, **ids).heard_by)
    return bool(set(claimers) - {user_id})
