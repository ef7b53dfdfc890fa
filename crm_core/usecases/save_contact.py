# SPDX-License-Identifier: Apache-2.0
"""People create and edit contacts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.audit import Actor
from crm_core.domain.client import ClientKind, Contact
from crm_core.domain.client_field import Given
from crm_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.tags import tags
from crm_core.ports.store import Store, Tx
from crm_core.usecases.fill_fields import filled
from crm_core.usecases.meet_owners import changing_hands
from crm_core.usecases.regroup import step_movers
from crm_core.usecases.trail import Trail


class ContactNotFoundError(NotFoundError):
    """There is no such contact."""


class ContactFields(TypedDict, total=False):
    """What a form may say; what is not in it stays."""

    name: str
    external_id: str | None
    position: str | None
    email: str | None
    note: str | None
    company_id: UUID | None
    manager_id: UUID | None
    tags: tuple[str, ...]
    fields: Mapping[str, Given]  # by their keys; those that are not in it stay


async def create_contact(store: Store, fields: ContactFields, actor: Actor, now: datetime) -> Contact:
    async with store.begin() as tx:
        return await create_contact_in(tx, fields, Trail(actor, now))


async def create_contact_in(tx: Tx, fields: ContactFields, trail: Trail) -> Contact:
    await tx.clients.serialise()
    empty = Contact(id=new_id(trail.now), name="", created_at=trail.now, updated_at=trail.now)
    return await put_contact(tx, None, await _after(tx, empty, fields), trail)


async def edit_contact(
    store: Store,
    contact_id: UUID,
    fields: ContactFields,
    actor: Actor,
    now: datetime,
    *,
    seen: datetime | None = None,
) -> Contact:
    """`seen`: updated_at of what the editor saw; ConflictError when it is no longer so."""
    async with store.begin() as tx:
        return await edit_contact_in(tx, contact_id, fields, Trail(actor, now), seen)


async def edit_contact_in(
    tx: Tx, contact_id: UUID, fields: ContactFields, trail: Trail, seen: datetime | None = None
) -> Contact:
    await tx.clients.serialise()
    before = await tx.clients.contact(contact_id)
    if before is None:
        raise ContactNotFoundError
    if seen is not None and seen != before.updated_at:
        raise ConflictError
    after = await _after(tx, before, fields)
    if after == before:
        return before
    return await put_contact(tx, before, replace(after, updated_at=trail.now), trail)


async def put_contact(tx: Tx, before: Contact | None, after: Contact, trail: Trail) -> Contact:
    """Check what it refers to, save, and leave a trail; for any use case that has such a change."""
    if not after.name:
        raise InvalidInputError("a name is needed")
    if after.company_id and await tx.clients.company(after.company_id) is None:
        raise InvalidInputError("there is no such company", field="company_id")
    if after.manager_id and await tx.people.user(after.manager_id) is None:
        raise InvalidInputError("there is no such manager", field="manager_id")
    if after.external_id:
        other = (await tx.clients.contacts_by_external_ids([after.external_id])).get(after.external_id)
        if other and other.id != after.id:
            raise ConflictError(f"another contact has this external id: {other.name}")
    old_company = before.company_id if before else None
    numbers = (await tx.clients.phone_numbers([after.id])).get(after.id, []) if before else []
    moving = [one.e164 for one in numbers] if old_company != after.company_id else []
    async with changing_hands(tx, moving, trail.now):
        await tx.clients.save_contacts([after])
    trail.note("contact", before, after)
    if old_company != after.company_id:  # its orders roll up to another company from now on
        trail.changed("company_turnover", old_company)
        trail.changed("company_turnover", after.company_id)
        if before:
            await step_movers(tx, [(before, after)], trail)
    await trail.write(tx)
    return after


async def _after(tx: Tx, before: Contact, fields: ContactFields) -> Contact:
    values = await filled(tx, ClientKind.CONTACT, before.fields, fields.get("fields"))
    news: dict[str, Any] = {**_cleaned(fields), "fields": values}
    return replace(before, **news)


def _cleaned(fields: ContactFields) -> ContactFields:
    cleaned = fields.copy()
    if "name" in fields:
        cleaned["name"] = clean.name(fields["name"])
    if "external_id" in fields:
        cleaned["external_id"] = clean.line(fields["external_id"])
    if "position" in fields:
        cleaned["position"] = clean.line(fields["position"])
    if "email" in fields:
        cleaned["email"] = clean.email(fields["email"])
    if "note" in fields:
        cleaned["note"] = clean.note(fields["note"])
    if "tags" in fields:
        cleaned["tags"] = tags(fields["tags"])
    return cleaned
