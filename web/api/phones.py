# SPDX-License-Identifier: Apache-2.0
"""Numbers of clients, and whose a number is."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from crm_core.domain.client import ClientKind, PhoneKind
from crm_core.usecases.add_phone_number import PhoneNumberNotFoundError, add_phone_number
from crm_core.usecases.remove_phone_number import remove_phone_number
from web.api.ask import Ask
from web.api.operation import operation
from web.api.words import Given, Number, Told


class PhoneTold(Told):
    id: UUID
    e164: str
    raw: Annotated[str, Field(description="As it was typed.")]
    extension: str | None
    kind: PhoneKind
    created_at: datetime


class PhoneGiven(Given):
    number: Number
    kind: PhoneKind = PhoneKind.OTHER


@operation(
    "POST", "/contacts/{id}/phones", scope="contacts:write", summary="Add a number of a contact", status=201
)
async def add_phone_of_contact(ask: Ask, contact_id: UUID, body: PhoneGiven) -> PhoneTold:
    """A number the contact has already is answered as it is."""
    return await _add(ask, ClientKind.CONTACT, contact_id, body)


@operation(
    "POST", "/companies/{id}/phones", scope="contacts:write", summary="Add a number of a company", status=201
)
async def add_phone_of_company(ask: Ask, company_id: UUID, body: PhoneGiven) -> PhoneTold:
    """A number the company has already is answered as it is."""
    return await _add(ask, ClientKind.COMPANY, company_id, body)


@operation(
    "DELETE",
    "/contacts/{id}/phones/{phone_id}",
    scope="contacts:write",
    summary="Remove a number of a contact",
    status=204,
)
async def remove_phone_of_contact(ask: Ask, contact_id: UUID, phone_id: UUID) -> None:
    await _remove(ask, contact_id, phone_id)


@operation(
    "DELETE",
    "/companies/{id}/phones/{phone_id}",
    scope="contacts:write",
    summary="Remove a number of a company",
    status=204,
)
async def remove_phone_of_company(ask: Ask, company_id: UUID, phone_id: UUID) -> None:
    await _remove(ask, company_id, phone_id)


async def _add(ask: Ask, owner: ClientKind, owner_id: UUID, given: PhoneGiven) -> PhoneTold:
    added = await add_phone_number(
        ask.store, owner, owner_id, given.number, ask.actor, ask.now, kind=given.kind
    )
    return PhoneTold.model_validate(added)


async def _remove(ask: Ask, owner_id: UUID, phone_id: UUID) -> None:
    async with ask.store.read() as tx:
        number = await tx.clients.phone_number(phone_id)
    if number is None or owner_id not in {number.contact_id, number.company_id}:
        raise PhoneNumberNotFoundError
    await remove_phone_number(ask.store, phone_id, ask.actor, ask.now)
