# SPDX-License-Identifier: Apache-2.0
"""Whose number it is."""

from dataclasses import dataclass

from crm_core.domain.client import Company, Contact
from crm_core.domain.phone import Phone, normalise
from crm_core.ports.store import Store


@dataclass(frozen=True, slots=True)
class FoundByNumber:
    """`contact` and its company, or a company alone; both None when nobody has the number."""

    phone: Phone
    contact: Contact | None = None
    company: Company | None = None


async def find_client(store: Store, raw: str, region: str | None = None) -> FoundByNumber:
    """By number; our own numbers are nobody's. The region is the house's unless the PBX has one of its own."""
    async with store.read() as tx:
        phone = normalise(raw, region or (await tx.settings.house()).region)
        owners = (await tx.clients.owners_of([phone.key])).get(phone.key)
        if not owners:
            return FoundByNumber(phone)
        contact = await tx.clients.contact(owners[0].contact_id) if owners[0].contact_id else None
        company_id = contact.company_id if contact else owners[0].company_id
        company = await tx.clients.company(company_id) if company_id else None
        return FoundByNumber(phone, contact, company)
