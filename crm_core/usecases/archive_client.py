# SPDX-License-Identifier: Apache-2.0
"""Delete is archive, and archive can be undone."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.client import ClientKind
from crm_core.ports.store import Store, Tx
from crm_core.usecases.meet_owners import changing_hands
from crm_core.usecases.save_company import CompanyNotFoundError
from crm_core.usecases.save_contact import ContactNotFoundError
from crm_core.usecases.trail import Trail


async def archive_client(
    store: Store, kind: ClientKind, client_id: UUID, actor: Actor, now: datetime
) -> None:
    """From now on it is found by nobody, and its numbers are nobody's."""
    async with store.begin() as tx:
        await _set(tx, kind, client_id, now, Trail(actor, now))


async def restore_client(
    store: Store, kind: ClientKind, client_id: UUID, actor: Actor, now: datetime
) -> None:
    async with store.begin() as tx:
        await _set(tx, kind, client_id, None, Trail(actor, now))


async def _set(tx: Tx, kind: ClientKind, client_id: UUID, at: datetime | None, trail: Trail) -> None:
    await tx.clients.serialise()
    numbers = (await tx.clients.phone_numbers([client_id])).get(client_id, [])
    async with changing_hands(tx, [one.e164 for one in numbers], trail.now):
        await _put(tx, kind, client_id, at, trail)
    await trail.write(tx)


async def _put(tx: Tx, kind: ClientKind, client_id: UUID, at: datetime | None, trail: Trail) -> None:
    action = "archive" if at else "restore"
    if kind is ClientKind.CONTACT:
        contact = await tx.clients.contact(client_id)
        if contact is None:
            raise ContactNotFoundError
        if bool(contact.archived_at) != bool(at):
            changed = replace(contact, archived_at=at, updated_at=trail.now)
            await tx.clients.save_contacts([changed])
            trail.note("contact", contact, changed, action)
    else:
        company = await tx.clients.company(client_id)
        if company is None:
            raise CompanyNotFoundError
        if bool(company.archived_at) != bool(at):
            closed = replace(company, archived_at=at, updated_at=trail.now)
            await tx.clients.save_companies([closed])
            trail.note("company", company, closed, action)
