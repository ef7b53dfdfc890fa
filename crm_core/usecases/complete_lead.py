# SPDX-License-Identifier: Apache-2.0
"""Complete a lead: a new contact takes its number and its timeline."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.audit import Actor, AuditEntry
from crm_core.domain.client import Contact
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.lead import LeadStatus
from crm_core.domain.people import User
from crm_core.domain.routing.assign_rules import Source
from crm_core.domain.sharing import Owned
from crm_core.ports.store import Store, Tx
from crm_core.usecases.assign_owner import assign_owners
from crm_core.usecases.look_at_clients import Came
from crm_core.usecases.settle_lead import access_unsettled, hand_over, save_lead
from crm_core.usecases.trail import Trail


async def complete_lead(
    store: Store,
    user: User,
    lead_id: UUID,
    *,
    name: str,
    now: datetime,
    company_id: UUID | None = None,
) -> Contact:
    """Return the contact. It keeps the lead's manager; who has none gets one by the rules, if they say so."""
    named = clean.line(name)
    if named is None:
        raise InvalidInputError("a contact needs a name", field="name")
    async with store.begin() as tx:
        await tx.clients.serialise()
        lead = await access_unsettled(tx, lead_id)
        if company_id and not await tx.clients.company(company_id):
            raise NotFoundError("there is no such company")
        contact = Contact(id=new_id(now), name=named, created_at=now, updated_at=now, company_id=company_id)
        contact = replace(contact, manager_id=lead.manager_id)
        await _create(tx, user, contact, now)
        await hand_over(tx, lead, contact, now)
        contact = replace(contact, manager_id=await _owner(tx, user, contact, now))
        status = LeadStatus.COMPLETED
        done = replace(lead, status=status, name=contact.name, contact_id=contact.id, updated_at=now)
        await save_lead(tx, user, lead, done)
    return contact


async def _owner(tx: Tx, user: User, contact: Contact, now: datetime) -> UUID | None:
    if contact.manager_id is not None:
        return contact.manager_id
    talked = (await tx.sharing.first_talks(Owned.CONTACT, [contact.id])).get(contact.id)
    came, trail = Came(source=Source.CALL, talked=talked), Trail(Actor(user.name, user.id), now)
    owners = await assign_owners(tx, Owned.CONTACT, {contact.id: came}, trail)
    await trail.write(tx)
    return owners.get(contact.id)


async def _create(tx: Tx, user: User, contact: Contact, now: datetime) -> None:
    await tx.clients.save_contacts([contact])
    company = str(contact.company_id) if contact.company_id else None
    manager = {"manager_id": str(contact.manager_id)} if contact.manager_id else {}
    await tx.audit.add(
        AuditEntry(
            id=new_id(now),
            at=now,
            actor=Actor(user.name, user.id),
            action="create",
            kind="contact",
            record_id=contact.id,
            after={"name": contact.name, "company_id": company, **manager},
        )
    )
