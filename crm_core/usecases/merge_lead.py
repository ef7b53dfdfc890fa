# SPDX-License-Identifier: Apache-2.0
"""Merge a lead into a contact we have: they called from a number that we did not know."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.client import Contact
from crm_core.domain.errors import NotFoundError
from crm_core.domain.lead import LeadStatus
from crm_core.domain.people import User
from crm_core.ports.store import Store
from crm_core.usecases.settle_lead import access_unsettled, hand_over, save_lead


async def merge_lead(store: Store, user: User, lead_id: UUID, *, contact_id: UUID, now: datetime) -> Contact:
    """Return the contact, which has the number and the lead's communications from now on."""
    async with store.begin() as tx:
        await tx.clients.serialise()
        lead = await access_unsettled(tx, lead_id)
        contact = await tx.clients.contact(contact_id)
        if contact is None or contact.archived_at:
            raise NotFoundError("there is no such contact")
        await hand_over(tx, lead, contact, now)
        done = replace(lead, status=LeadStatus.MERGED, contact_id=contact.id, updated_at=now)
        await save_lead(tx, user, lead, done)
    return contact
