# SPDX-License-Identifier: Apache-2.0
"""Contacts: people who are, or may become, clients."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

from pydantic import Field

from crm_core.domain.call_history import Cursor
from crm_core.domain.client import ClientKind, Contact
from crm_core.domain.narrowed import Archived, ClientFilter
from crm_core.domain.shallow import shallow
from crm_core.ports.store import Tx
from crm_core.usecases.archive_client import archive_client, restore_client
from crm_core.usecases.save_contact import ContactFields, ContactNotFoundError, edit_contact
from crm_core.usecases.take_in_client import take_in_contact
from web.api.ask import Ask, patched
from web.api.fields import told_fields
from web.api.operation import operation
from web.api.paging import read_page
from web.api.phones import PhoneTold
from web.api.words import (
    Email,
    Fields,
    FieldTold,
    Given,
    Line,
    Name,
    Note,
    Number,
    Page,
    PageQuery,
    Tags,
    Time,
    Told,
)


class ContactTold(Told):
    id: UUID
    name: str
    external_id: str | None
    position: str | None
    email: str | None
    note: str | None
    company_id: UUID | None
    manager_id: UUID | None
    tags: list[str]
    fields: dict[str, FieldTold]
    phones: list[PhoneTold]
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class ContactPatch(Given):
    """What is left out stays; null empties it."""

    name: Name = ""
    external_id: Line | None = None
    position: Line | None = None
    email: Email | None = None
    note: Note | None = None
    company_id: UUID | None = None
    manager_id: UUID | None = None
    tags: Tags = ()
    fields: Fields = {}  # noqa: RUF012 - pydantic copies it

    def said(self) -> ContactFields:
        """What was said; numbers are no field."""
        return cast("ContactFields", self.model_dump(exclude_unset=True, exclude={"phones"}))


class ContactGiven(ContactPatch):
    name: Name
    phones: Annotated[tuple[Number, ...], Field(max_length=20)] = ()


class ContactQuery(PageQuery):
    changed_since: Time | None = None
    external_id: Line | None = None
    company_id: UUID | None = None
    manager_id: UUID | None = None
    tag: Line | None = None
    archived: Archived = Archived.NO


@operation("GET", "/contacts", scope="contacts:read", summary="Contacts, last changed last")
async def list_contacts(ask: Ask, query: ContactQuery) -> Page[ContactTold]:
    """To keep a copy: read on by `next`, then begin again with `changed_since` and `archived=any`."""
    which = ClientFilter(**query.model_dump(exclude={"limit", "cursor"}))
    async with ask.store.read() as tx:
        rows, following = await read_page(
            ask,
            query,
            lambda after, limit: tx.listings.contacts(which, after, limit),
            lambda row: Cursor(row.updated_at, row.id),
        )
        return Page(items=await tell_contacts(tx, rows), next=following)


@operation(
    "POST", "/contacts", scope="contacts:write", summary="Create a contact", status=201, versioned=True
)
async def create_contact(ask: Ask, body: ContactGiven) -> ContactTold:
    """Its numbers are added with it. 409 when another contact has the external id."""
    made = await take_in_contact(ask.store, body.said(), body.phones, ask.actor, ask.now)
    ask.created_at(f"/contacts/{made.id}")
    return await _read(ask, made.id)


@operation("GET", "/contacts/{id}", scope="contacts:read", summary="A contact", versioned=True)
async def get_contact(ask: Ask, contact_id: UUID) -> ContactTold:
    return await _read(ask, contact_id)


@operation("PATCH", "/contacts/{id}", scope="contacts:write", summary="Change a contact", versioned=True)
async def patch_contact(ask: Ask, contact_id: UUID, body: ContactPatch) -> ContactTold:
    """With If-Match, only what you saw is changed: otherwise 412 and, in `current`, what it is now."""
    fields = body.said()
    return await patched(
        ask,
        lambda: _read(ask, contact_id),
        lambda seen: edit_contact(
            ask.store, contact_id, fields, ask.actor, ask.now, seen=seen.updated_at if seen else None
        ),
    )


@operation(
    "POST", "/contacts/{id}/archive", scope="contacts:write", summary="Archive a contact", versioned=True
)
async def archive_contact(ask: Ask, contact_id: UUID) -> ContactTold:
    """It is found by nobody, and its numbers are nobody's, until it is restored."""
    await archive_client(ask.store, ClientKind.CONTACT, contact_id, ask.actor, ask.now)
    return await _read(ask, contact_id)


@operation(
    "POST", "/contacts/{id}/restore", scope="contacts:write", summary="Restore a contact", versioned=True
)
async def restore_contact(ask: Ask, contact_id: UUID) -> ContactTold:
    await restore_client(ask.store, ClientKind.CONTACT, contact_id, ask.actor, ask.now)
    return await _read(ask, contact_id)


async def tell_contacts(tx: Tx, contacts: Sequence[Contact]) -> list[ContactTold]:
    numbers = await tx.clients.phone_numbers([contact.id for contact in contacts])
    told = told_fields(await tx.client_fields.all(), ClientKind.CONTACT)
    return [
        ContactTold(
            phones=[PhoneTold.model_validate(one) for one in numbers.get(contact.id, ())],
            **shallow(contact) | {"fields": told(contact.fields)},
        )
        for contact in contacts
    ]


async def _read(ask: Ask, contact_id: UUID) -> ContactTold:
    async with ask.store.read() as tx:
        contact = await tx.clients.contact(contact_id)
        if contact is None:
            raise ContactNotFoundError
        return (await tell_contacts(tx, [contact]))[0]
