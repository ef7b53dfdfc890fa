# SPDX-License-Identifier: Apache-2.0
"""What the ways to settle a lead share: finding it open, moving its timeline, writing down what was done."""

from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor, AuditEntry
from crm_core.domain.client import Contact, PhoneNumber
from crm_core.domain.errors import ConflictError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.lead import Lead, LeadStatus
from crm_core.domain.missed import Caller
from crm_core.domain.people import User
from crm_core.ports.store import Tx
from crm_core.usecases.meet_owners import known_now
from crm_core.usecases.tasks_follow import NOBODY, tasks_follow


async def access_lead(tx: Tx, lead_id: UUID) -> Lead:
    """Leads are everybody's: whoever answers says who it was."""
    lead = await tx.leads.get(lead_id)
    if lead is None:
        raise NotFoundError("there is no such lead")
    return lead


async def access_unsettled(tx: Tx, lead_id: UUID) -> Lead:
    """ConflictError when somebody made a contact of it in the meantime."""
    lead = await access_lead(tx, lead_id)
    if lead.status in {LeadStatus.COMPLETED, LeadStatus.MERGED}:
        raise ConflictError("this lead has become a contact already")
    return lead


async def hand_over(tx: Tx, lead: Lead, contact: Contact, now: datetime) -> None:
    """The number and the whole timeline of the lead become the contact's."""
    owners = (await tx.clients.owners_of([lead.e164])).get(lead.e164, [])
    if not any(number.contact_id == contact.id for number in owners):
        number = PhoneNumber(
            id=new_id(now), e164=lead.e164, raw=lead.e164, created_at=now, contact_id=contact.id
        )
        await tx.clients.add_phone_numbers([number])
        tx.changes.add("phone_number", number.id, now)
    moved = await tx.communications.move(lead.id, contact_id=contact.id, company_id=contact.company_id)
    for communication_id in moved:
        tx.changes.add("communication", communication_id, now)
    await tasks_follow(tx, moved, NOBODY, (contact.id, None), now)
    caller = Caller(e164=lead.e164, contact_id=contact.id, company_id=contact.company_id)
    await known_now(tx, caller, now)
    tx.changes.add("contact", contact.id, now)


async def save_lead(tx: Tx, user: User, before: Lead, after: Lead) -> None:
    await tx.leads.save(after)
    tx.changes.add("lead", after.id, after.updated_at)
    await tx.audit.add(
        AuditEntry(
            id=new_id(after.updated_at),
            at=after.updated_at,
            actor=Actor(user.name, user.id),
            action="update",
            kind="lead",
            record_id=after.id,
            before=_told(before),
            after=_told(after),
        )
    )


def _told(lead: Lead) -> dict[str, str | None]:
    contact = str(lead.contact_id) if lead.contact_id else None
    return {"status": lead.status.value, "name": lead.name, "contact_id": contact}
