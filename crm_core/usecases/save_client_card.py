# SPDX-License-Identifier: Apache-2.0
"""A whole card at once, as its form says: fields and numbers, or nothing of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.client import ClientKind, Company, Contact, PhoneKind
from crm_core.domain.routing.assign_rules import Source
from crm_core.domain.sharing import Owned
from crm_core.ports.store import Store, Tx
from crm_core.usecases.add_phone_number import add_phone_number_in
from crm_core.usecases.assign_owner import assign_one
from crm_core.usecases.remove_phone_number import remove_phone_number_in
from crm_core.usecases.save_company import CompanyFields, create_company_in, edit_company_in
from crm_core.usecases.save_contact import ContactFields, create_contact_in, edit_contact_in
from crm_core.usecases.trail import Trail


@dataclass(frozen=True, slots=True)
class NumberChanges:
    """Numbers as typed, and the ids of those to take away; what is gone already does not matter."""

    add: Sequence[tuple[str, PhoneKind]] = ()
    remove: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Edited:
    """Which record, and its updated_at as the editor saw it: ConflictError when it is no longer so."""

    id: UUID
    seen: datetime


async def save_contact_card(
    store: Store,
    fields: ContactFields,
    numbers: NumberChanges,
    edited: Edited | None,
    actor: Actor,
    now: datetime,
) -> Contact:
    async with store.begin() as tx:
        trail = Trail(actor, now)
        if edited:
            contact = await edit_contact_in(tx, edited.id, fields, trail, edited.seen)
        else:
            contact = await create_contact_in(tx, fields, trail)
        await _numbers(tx, ClientKind.CONTACT, contact.id, numbers, Trail(actor, now))
        if edited is None:
            owner = await assign_one(tx, Owned.CONTACT, contact, Source.HAND, Trail(actor, now))
            contact = replace(contact, manager_id=owner)
    return contact


async def save_company_card(
    store: Store,
    fields: CompanyFields,
    numbers: NumberChanges,
    edited: Edited | None,
    actor: Actor,
    now: datetime,
) -> Company:
    async with store.begin() as tx:
        trail = Trail(actor, now)
        if edited:
            company = await edit_company_in(tx, edited.id, fields, trail, edited.seen)
        else:
            company = await create_company_in(tx, fields, trail)
        await _numbers(tx, ClientKind.COMPANY, company.id, numbers, Trail(actor, now))
        if edited is None:
            owner = await assign_one(tx, Owned.COMPANY, company, Source.HAND, Trail(actor, now))
            company = replace(company, manager_id=owner)
    return company


async def _numbers(tx: Tx, kind: ClientKind, client_id: UUID, numbers: NumberChanges, trail: Trail) -> None:
    for phone_id in numbers.remove:
        await remove_phone_number_in(tx, phone_id, trail.anew(), of=client_id)
    for raw, phone_kind in numbers.add:
        await add_phone_number_in(tx, kind, client_id, raw, phone_kind, trail.anew())
