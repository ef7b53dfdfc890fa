# SPDX-License-Identifier: Apache-2.0
"""Whose number it is: what a switchboard or a shop asks first."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from crm_core.domain.client import ClientKind, Contact
from crm_core.usecases.find_client import find_client
from web.api.ask import Ask
from web.api.companies import CompanyTold, tell_companies
from web.api.contacts import ContactTold, tell_contacts
from web.api.operation import operation
from web.api.words import Number, Query, Told


class PhoneQuery(Query):
    phone: Number


class SharerTold(Told):
    kind: ClientKind
    id: UUID
    name: str


class ClientTold(Told):
    """All null when nobody has the number, or several have it."""

    e164: Annotated[str | None, Field(description="null: this is no phone number.")]
    contact: ContactTold | None
    company: CompanyTold | None
    sharers: Annotated[
        list[SharerTold],
        Field(description="All who have the number, where several do: ask which of them it is."),
    ]


@operation("GET", "/clients", scope="contacts:read", summary="Whose number it is")
async def find_client_by_number(ask: Ask, query: PhoneQuery) -> ClientTold:
    """The number is taken as people write it. Archived clients and our own numbers are never found."""
    found = await find_client(ask.store, query.phone)
    async with ask.store.read() as tx:
        contacts = await tell_contacts(tx, [found.contact] if found.contact else [])
        companies = await tell_companies(tx, [found.company] if found.company else [])
    return ClientTold(
        e164=found.phone.e164,
        contact=contacts[0] if contacts else None,
        company=companies[0] if companies else None,
        sharers=[
            SharerTold(
                kind=ClientKind.CONTACT if isinstance(one, Contact) else ClientKind.COMPANY,
                id=one.id,
                name=one.name,
            )
            for one in found.sharers
        ],
    )
