# SPDX-License-Identifier: Apache-2.0
"""Contacts, companies, their phone numbers, and the search over them.

Reads and writes take many at once, so that an import of ten thousand rows is some statements, not fifty thousand.
"""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from crm_core.domain.client import ClientKind, Company, Contact, Found, PhoneNumber


class Clients(Protocol):
    async def serialise(self) -> None:
        """Wait for other transactions that said so, and keep later ones waiting until the commit.

        Say it before reading what decides a write (who has this number, what the contact was): else two of them at
        once make two contacts of one caller, or lose one of two edits.
        """
        ...

    async def contact(self, contact_id: UUID) -> Contact | None: ...

    async def company(self, company_id: UUID) -> Company | None: ...

    async def contacts(self, ids: Collection[UUID]) -> dict[UUID, Contact]: ...

    async def companies(self, ids: Collection[UUID]) -> dict[UUID, Company]: ...

    async def contacts_of_company(self, company_id: UUID) -> list[Contact]: ...

    async def page_of_contacts(self, after: tuple[str, UUID] | None, limit: int) -> list[Contact]:
        """Not archived, by (name, id); `after` is the last of the page before."""
        ...

    async def managed_by(self, user_id: UUID) -> tuple[list[UUID], list[UUID]]:
        """The contacts and the companies whose manager this is; archived ones are left out."""
        ...

    async def page_of_companies(self, after: tuple[str, UUID] | None, limit: int) -> list[Company]: ...

    async def contacts_by_external_ids(self, external_ids: Collection[str]) -> dict[str, Contact]: ...

    async def companies_by_external_ids(self, external_ids: Collection[str]) -> dict[str, Company]: ...

    async def companies_by_tax_ids(self, tax_ids: Collection[str]) -> dict[str, Company]: ...

    async def companies_by_names(self, names: Collection[str]) -> dict[str, Company]:
        """Not archived; written so, else in any case; the oldest where several share one. By the names asked for."""
        ...

    async def save_contacts(self, contacts: Sequence[Contact]) -> None:
        """Add or overwrite, by id."""
        ...

    async def save_companies(self, companies: Sequence[Company]) -> None:
        """Add or overwrite, by id."""
        ...

    async def heads_of(self, ids: Collection[UUID]) -> dict[UUID, UUID]:
        """The head of the group, only of companies that belong to others."""
        ...

    async def groups_of(self, ids: Collection[UUID]) -> list[Company]:
        """All companies of the groups of these, and these: heads first, then by name."""
        ...

    async def phone_number(self, phone_id: UUID) -> PhoneNumber | None: ...

    async def phone_numbers(self, owner_ids: Collection[UUID]) -> dict[UUID, list[PhoneNumber]]:
        """Of contacts and companies, oldest first; an owner without numbers is not in the answer."""
        ...

    async def owners_of(self, e164s: Collection[str]) -> dict[str, list[PhoneNumber]]:
        """Whose numbers these are. Archived owners and our own numbers are never matched; contacts come first."""
        ...

    async def add_phone_numbers(self, numbers: Sequence[PhoneNumber]) -> None: ...

    async def remove_phone_number(self, phone_id: UUID) -> None: ...

    async def search(self, text: str, limit: int = 20) -> list[Found]:
        """By parts of names, companies, e-mail, or by a number or its tail (3 digits or more), any alphabet's case."""
        ...

    async def tags(self) -> list[str]:
        """All that any client has, in the order of the alphabet; 500 at most."""
        ...

    async def count(self, kind: ClientKind) -> int:
        """How many are not archived."""
        ...
