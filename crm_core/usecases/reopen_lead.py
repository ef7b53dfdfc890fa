# SPDX-License-Identifier: Apache-2.0
"""Take back what was made of a lead: it is open again, with its calls and its number."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.client import ClientKind, Contact
from crm_core.domain.errors import ConflictError
from crm_core.domain.lead import Lead, LeadStatus
from crm_core.domain.missed import Caller
from crm_core.domain.people import User
from crm_core.domain.task import TaskOrigin
from crm_core.ports.store import Store, Tx
from crm_core.usecases.meet_owners import changing_hands, unknown_again
from crm_core.usecases.settle_lead import access_lead, save_lead
from crm_core.usecases.tasks_follow import NOBODY, tasks_follow
from crm_core.usecases.trail import Trail


async def reopen_lead(store: Store, user: User, lead_id: UUID, *, now: datetime) -> Lead:
    """A contact that was made of it is archived, unless somebody worked on it since: then ConflictError."""
    trail = Trail(Actor(user.name, user.id), now)
    async with store.begin() as tx:
        await tx.clients.serialise()
        before = await access_lead(tx, lead_id)
        if before.status is LeadStatus.OPEN:
            return before
        after = replace(before, status=LeadStatus.OPEN, contact_id=None, updated_at=now)
        contact = await tx.clients.contact(before.contact_id) if before.contact_id else None
        if contact:
            async with changing_hands(tx, [before.e164], now):
                await _take_back(tx, before, contact, trail)
            after = replace(after, name=None if before.status is LeadStatus.COMPLETED else before.name)
        await save_lead(tx, user, before, after)
        moved = await tx.communications.move_back(lead_id, before.contact_id)
        for communication_id in moved:
            trail.changed("communication", communication_id)
        await tasks_follow(tx, moved, (before.contact_id, None), NOBODY, now)
        if contact:
            await unknown_again(tx, Caller(e164=before.e164, contact_id=contact.id), now)
        await trail.write(tx)
    return after


async def _take_back(tx: Tx, lead: Lead, contact: Contact, trail: Trail) -> None:
    """The number goes as it came: with the lead. It was theirs before when it is older than the settling."""
    numbers = (await tx.clients.phone_numbers([contact.id])).get(contact.id, [])
    if lead.status is LeadStatus.COMPLETED:
        worked_on = contact.updated_at > lead.updated_at or await _has_plans(tx, contact)
        if worked_on or any(one.e164 != lead.e164 for one in numbers):
            raise ConflictError("somebody has worked on this contact since: it stays")
        gone = replace(contact, archived_at=trail.now)
        await tx.clients.save_contacts([gone])
        trail.note("contact", contact, gone, "archive")
    for number in numbers:
        if number.e164 == lead.e164 and number.created_at >= lead.updated_at:
            await tx.clients.remove_phone_number(number.id)
            trail.note("phone_number", number, None)
    trail.changed("contact", contact.id)


async def _has_plans(tx: Tx, contact: Contact) -> bool:
    """Deals, or tasks other than those of the lead's calls, which go back with them."""
    if await tx.deals.of_client(ClientKind.CONTACT, contact.id, 1):
        return True
    tasks = await tx.tasks.of_client(ClientKind.CONTACT, contact.id)
    return any(row.task.origin is not TaskOrigin.CALL for row in tasks)
