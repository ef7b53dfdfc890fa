# SPDX-License-Identifier: Apache-2.0
"""A number is no longer this client's."""

from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.ports.store import Store, Tx
from crm_core.usecases.add_phone_number import PhoneNumberNotFoundError
from crm_core.usecases.meet_owners import changing_hands
from crm_core.usecases.trail import Trail


async def remove_phone_number(store: Store, phone_id: UUID, actor: Actor, now: datetime) -> None:
    trail = Trail(actor, now)
    async with store.begin() as tx:
        if not await remove_phone_number_in(tx, phone_id, trail):
            raise PhoneNumberNotFoundError


async def remove_phone_number_in(tx: Tx, phone_id: UUID, trail: Trail, *, of: UUID | None = None) -> bool:
    """Whether there was one; with `of`, of this client only."""
    await tx.clients.serialise()
    number = await tx.clients.phone_number(phone_id)
    if number is None or (of and of not in {number.contact_id, number.company_id}):
        return False
    async with changing_hands(tx, [number.e164], trail.now):
        await tx.clients.remove_phone_number(phone_id)
    trail.note("phone_number", number, None)
    trail.changed("contact", number.contact_id)
    trail.changed("company", number.company_id)
    await trail.write(tx)
    return True
