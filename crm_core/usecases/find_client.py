# SPDX-License-Identifier: Apache-2.0
"""Whose number it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm_core.domain.client import Company, Contact, PhoneNumber
from crm_core.domain.communication import Owner, choose_owner
from crm_core.domain.phone import Phone, normalise
from crm_core.ports.store import Store, Tx


@dataclass(frozen=True, slots=True)
class FoundByNumber:
    """`contact` and its company, or a company alone; both None when nobody has the number, or several do."""

    phone: Phone
    contact: Contact | None = None
    company: Company | None = None
    sharers: Sequence[Contact | Company] = ()  # all who have it, where several do


async def find_client(store: Store, raw: str, region: str | None = None) -> FoundByNumber:
    """By number; our own numbers are nobody's. The region is the house's unless the PBX has one of its own."""
    async with store.read() as tx:
        phone = normalise(raw, region or (await tx.settings.house()).region)
        owners = (await tx.clients.owners_of([phone.key])).get(phone.key, [])
        contacts, companies = await _who(tx, owners)
        whose = choose_owner(
            [Owner(one.id, one.company_id) for one in contacts], [one.id for one in companies]
        )
        if whose is None:
            return FoundByNumber(phone)
        contact = await tx.clients.contact(whose.contact_id) if whose.contact_id else None
        company = await tx.clients.company(whose.company_id) if whose.company_id else None
        several: Sequence[Contact | Company] = (
            (*contacts, *companies) if contact is None and len(contacts) + len(companies) > 1 else ()
        )
        return FoundByNumber(phone, contact, company, several)


async def _who(tx: Tx, owners: Sequence[PhoneNumber]) -> tuple[list[Contact], list[Company]]:
    """Each once, in the order of their numbers."""
    contacts = await tx.clients.contacts([one.contact_id for one in owners if one.contact_id])
    companies = await tx.clients.companies([one.company_id for one in owners if one.company_id])
    ids = dict.fromkeys(one.contact_id or one.company_id for one in owners)
    return [contacts[one] for one in ids if one in contacts], [
        companies[one] for one in ids if one in companies
    ]
