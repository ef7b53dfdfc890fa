# SPDX-License-Identifier: Apache-2.0
"""Complete a lead: a new contact takes its number and its timeline."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor, AuditEntry
from crm_core.domain.client import Contact
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.lead import LeadStatus
from crm_core.domain.people import User
from crm_core.ports.store import Store, Tx
from crm_core.usecases.settle_lead import access_unsettled, hand_over, save_lead


async def complete_lead(
    store: Store,
    user: User,
    lead_id: UUID,
    *,
    name: str,
    now: datetime,
    company_id: UUID | None = None,
) -> Contact:
    """Return the contact. It has no manager yet: routing goes by turnover until somebody is named."""
    if not name.strip():
        raise InvalidInputError("a contact needs a name", field="name")
    async with store.begin() as tx:
        lead = await access_unsettled(tx, lead_id)
        if company_id and not await tx.clients.company(company_id):
            raise NotFoundError("there is no such company")
        contact = Contact(
            id=new_id(now), name=name.strip(), created_at=now, updated_at=now, company_id=company_id
        )
        await _create(tx, user, contact, now)
        await hand_over(tx, lead, contact, now)
        status = LeadStatus.COMPLETED
        done = replace(lead, status=status, name=contact.name, contact_id=contact.id, updated_at=now)
        await save_lead(tx, user, lead, done)
    return contact


async def _create(tx: Tx, user: User, contact: Contact, now: datetime) -> None:
    await tx.clients.save_contacts([contact])
    company = str(contact.company_id) if contact.company_id else None
    await tx.audit.add(
        AuditEntry(
            id=new_id(now),
            at=now,
            actor=Actor(user.name, user.id),
            action="create",
            kind="contact",
            record_id=contact.id,
            after={"name": contact.name, "company_id": company},
        )
    )
