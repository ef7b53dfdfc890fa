# SPDX-License-Identifier: Apache-2.0
"""The clients a batch of received rows speaks of: found together, made where missing, saved together."""
# longer: what is found, made and saved is one book.

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.ambiguous import ambiguous, called
from crm_core.domain.client import ClientKind, Company, Contact, PhoneKind, PhoneNumber
from crm_core.domain.client_field import ClientField
from crm_core.domain.company_group import check_parent
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.phone import Phone, normalise
from crm_core.domain.received import ReceivedClient
from crm_core.domain.search import fold
from crm_core.domain.tags import tags
from crm_core.ports.store import Tx
from crm_core.usecases.fill_fields import check_told, told_of
from crm_core.usecases.meet_owners import changing_hands
from crm_core.usecases.regroup import regroup, step_movers
from crm_core.usecases.trail import Trail

_NEW = UUID(int=0)  # a company that is not made yet


@dataclass(slots=True)
class ClientBook:
    region: str
    now: datetime
    contacts: dict[UUID, Contact] = field(default_factory=dict)
    companies: dict[UUID, Company] = field(default_factory=dict)
    contact_by_external: dict[str, UUID] = field(default_factory=dict)
    company_by_external: dict[str, UUID] = field(default_factory=dict)
    company_by_tax: dict[str, UUID] = field(default_factory=dict)
    company_by_name: dict[str, UUID] = field(default_factory=dict)  # folded
    owners: dict[str, list[PhoneNumber]] = field(default_factory=dict)  # all of each number
    numbers: dict[UUID, set[str]] = field(default_factory=dict)  # of each client
    own: frozenset[str] = frozenset()
    fields: tuple[ClientField, ...] = ()  # that the house has added
    users: dict[str, UUID] = field(default_factory=dict)
    _before: dict[UUID, Contact | Company | None] = field(default_factory=dict)
    _new_numbers: list[PhoneNumber] = field(default_factory=list)
    _version: int = 0

    def find_contact(self, told: ReceivedClient) -> Contact | None:
        if told.external_id and (known := self.contact_by_external.get(told.external_id)):
            return self.contacts[known]
        shared: list[tuple[str, list[Contact]]] = []
        for phone in self.phones(told):
            owners = list(
                dict.fromkeys(one.contact_id for one in self.owners.get(phone.key, ()) if one.contact_id)
            )
            able = [
                one
                for one in map(self.contacts.__getitem__, owners)
                if not (told.external_id and one.external_id)  # another's id: another person
            ]
            found = able if len(owners) == 1 else called(able, told.name)
            if len(found) == 1:
                return found[0]
            if able:
                shared.append((phone.key, able))
        for number, able in shared:
            raise ambiguous(number, able)
        return None

    def find_company(self, told: ReceivedClient) -> Company | None:
        name = clean.line(told.company)
        ways = (
            (self.company_by_external, told.company_external_id),
            (self.company_by_tax, told.tax_id),
            (self.company_by_name, fold(name or "")),
        )
        known = next((book[key] for book, key in ways if key and key in book), None)
        if known is None and not name:
            known = self._company_by_number(told)
        return self.companies[known] if known else None

    def _company_by_number(self, told: ReceivedClient) -> UUID | None:
        for phone in self.phones(told):
            owners = self.owners.get(phone.key, ())
            if any(one.contact_id for one in owners):  # they, and so their company, are found first
                continue
            found = list(dict.fromkeys(one.company_id for one in owners if one.company_id))
            if len(found) > 1:
                raise ambiguous(phone.key, [self.companies[one] for one in found])
            if found:
                return found[0]
        return None

    def check(self, told: ReceivedClient) -> None:
        """Raise for whatever could be refused later: after this, nothing half-done is left behind."""
        self.phones(told)
        self.find_contact(told)
        self._check_parent(told)
        self._user(told.manager)
        clean.email(told.email)
        tags(told.tags)
        self._check_fields(told)

    def company_for(self, told: ReceivedClient, *, edit: bool) -> Company | None:
        """Found or made; None when none is named. With `edit`, what was told is written to the one found."""
        if found := self.find_company(told):
            fresh = replace(
                found,
                external_id=told.company_external_id or found.external_id,
                tax_id=told.tax_id or found.tax_id,
                parent_id=self._parent_for(told) or found.parent_id,
                tags=found.tags if self._names_a_person(told) else tags((*found.tags, *told.tags)),
                fields=told_of(self.fields, ClientKind.COMPANY, found.fields, told),
            )
            return self._put_company(fresh, found) if edit else found
        name = clean.line(told.company) or told.company_external_id or told.tax_id
        if not name:
            return None
        made = Company(
            id=new_id(self.now),
            name=name,
            external_id=told.company_external_id,
            tax_id=told.tax_id,
            parent_id=self._parent_for(told),
            tags=() if self._names_a_person(told) else tags(told.tags),
            fields=told_of(self.fields, ClientKind.COMPANY, (), told),
            created_at=self.now,
            updated_at=self.now,
        )
        return self._put_company(made, None)

    def contact_for(self, told: ReceivedClient, company: Company | None, *, edit: bool) -> Contact | None:
        """Found or made; None when it is a company's own affair. With `edit`, as told is written to the one found."""
        found = self.find_contact(told)
        if found is not None and not edit:
            return found
        phones = self.phones(told)
        name = clean.line(told.name) or (found.name if found else told.external_id)
        if name is None and (company or not phones):
            return None
        news: dict[str, Any] = {
            "name": name or phones[0].key,
            "external_id": told.external_id,
            "email": clean.email(told.email),
            "position": clean.line(told.position),
            "note": clean.note(told.note),
            "manager_id": self._user(told.manager),
            "company_id": company.id if company else None,
            "tags": tags((*found.tags, *told.tags)) if found else tags(told.tags),
            "fields": told_of(self.fields, ClientKind.CONTACT, found.fields if found else (), told),
        }
        kept = found or Contact(id=new_id(self.now), name="", created_at=self.now, updated_at=self.now)
        fresh = replace(kept, **{field: value for field, value in news.items() if value is not None})
        contact = self._put_contact(fresh, found)
        self.add_numbers(contact.id, None, phones)
        return contact

    def add_numbers(self, contact_id: UUID | None, company_id: UUID | None, phones: Iterable[Phone]) -> None:
        owner = contact_id or company_id
        if owner is None:
            raise InvalidInputError("a number needs an owner")
        known = self.numbers.setdefault(owner, set())
        for phone in phones:
            if phone.key in known:
                continue
            known.add(phone.key)
            number = PhoneNumber(
                id=new_id(self.now),
                e164=phone.key,
                raw=phone.raw,
                extension=phone.extension,
                kind=PhoneKind.OTHER,
                contact_id=contact_id,
                company_id=None if contact_id else company_id,
                created_at=self.now,
            )
            self._new_numbers.append(number)
            self._version += 1
            self.owners.setdefault(phone.key, []).append(number)

    def phones(self, told: ReceivedClient) -> list[Phone]:
        """Those of the client: what is no number at all, or ours, is an error to be told."""
        phones = [normalise(raw, self.region) for raw in told.phones if raw.strip()]
        for phone in phones:
            if phone.e164 is None:
                raise InvalidInputError(f"not a phone number: {phone.raw!r}")
            if phone.e164 in self.own:
                raise InvalidInputError(f"{phone.e164} is a number of our own, not a client's")
        return phones

    @property
    def version(self) -> int:
        """Grows with everything that is found out to be new."""
        return self._version

    def made(self) -> tuple[list[UUID], list[UUID]]:
        """Contacts and companies that are new."""
        new = [one for one, before in self._before.items() if before is None]
        return [one for one in new if one in self.contacts], [one for one in new if one in self.companies]

    async def save(self, tx: Tx, trail: Trail) -> None:
        touched = list(self._before)
        async with changing_hands(tx, await self._changing(tx), trail.now):
            await tx.clients.save_companies([self.companies[i] for i in touched if i in self.companies])
            await tx.clients.save_contacts([self.contacts[i] for i in touched if i in self.contacts])
            await tx.clients.add_phone_numbers(self._new_numbers)
        for client_id, before in self._before.items():
            if client_id in self.contacts:
                trail.note("contact", before, self.contacts[client_id])
            else:
                trail.note("company", before, self.companies[client_id])
        for number in self._new_numbers:
            trail.note("phone_number", None, number)
        await self._step(tx, trail)

    async def _changing(self, tx: Tx) -> set[str]:
        """Numbers that will stand for somebody else than before: new ones, and of who goes to another company."""
        theirs = await tx.clients.phone_numbers([after.id for _, after in self._movers()])
        return {one.e164 for each in (self._new_numbers, *theirs.values()) for one in each}

    def _movers(self) -> list[tuple[Contact, Contact]]:
        known = [(one, self.contacts[one.id]) for one in self._before.values() if isinstance(one, Contact)]
        return [(before, after) for before, after in known if before.company_id != after.company_id]

    async def _step(self, tx: Tx, trail: Trail) -> None:
        """Bands, of whom a company or a group now counts in."""
        companies = [(self.companies[one], old) for one, old in self._before.items() if one in self.companies]
        firms = [(old if isinstance(old, Company) else None, new) for new, old in companies]
        if people := self._movers():
            for old, new in people:
                trail.changed("company_turnover", old.company_id)
                trail.changed("company_turnover", new.company_id)
            await step_movers(tx, people, trail)
        await regroup(tx, firms, trail)

    def _check_parent(self, told: ReceivedClient) -> None:
        name = clean.line(told.parent)
        if not name:
            return
        company = self.find_company(told)
        if company is None and not (clean.line(told.company) or told.company_external_id or told.tax_id):
            raise InvalidInputError("it says whom a company belongs to, but names no company")
        parent = self._company_named(name)
        if parent and parent.archived_at:
            raise InvalidInputError(f"{parent.name} is archived here; restore them first")
        itself = fold(clean.line(told.company) or "") == fold(name)
        child = company.id if company else _NEW
        parents = {one.id: one.parent_id for one in self.companies.values()}
        if itself or parent:
            check_parent(child, child if itself or parent is None else parent.id, parents)

    def _check_fields(self, told: ReceivedClient) -> None:
        named = clean.line(told.company) or told.company_external_id or told.tax_id
        is_company = bool(named) or self.find_company(told) is not None
        is_person = self._names_a_person(told) or (bool(told.phones) and not is_company)
        check_told(self.fields, told, {ClientKind.CONTACT: is_person, ClientKind.COMPANY: is_company})

    def _parent_for(self, told: ReceivedClient) -> UUID | None:
        """Found or made."""
        name = clean.line(told.parent)
        if not name:
            return None
        known = self._company_named(name)
        if known is None:
            made = Company(id=new_id(self.now), name=name, created_at=self.now, updated_at=self.now)
            known = self._put_company(made, None)
        return known.id

    def _company_named(self, name: str) -> Company | None:
        known = self.company_by_name.get(fold(name))
        return self.companies[known] if known else None

    def _names_a_person(self, told: ReceivedClient) -> bool:
        """Else it is a company's own row, and so are its tags."""
        return bool(clean.line(told.name) or told.external_id or self.find_contact(told))

    def _user(self, login: str | None) -> UUID | None:
        if not login:
            return None
        if login not in self.users:
            raise InvalidInputError(f"there is no user {login!r}")
        return self.users[login]

    def _put_company(self, company: Company, before: Company | None) -> Company:
        if company == before:
            return before
        company = replace(company, updated_at=self.now)
        self._version += 1
        self._before.setdefault(company.id, before)
        self.companies[company.id] = company
        self._index_company(company)
        return company

    def _put_contact(self, contact: Contact, before: Contact | None) -> Contact:
        if contact == before:
            return before
        contact = replace(contact, updated_at=self.now)
        self._version += 1
        self._before.setdefault(contact.id, before)
        self.contacts[contact.id] = contact
        if contact.external_id:
            self.contact_by_external[contact.external_id] = contact.id
        return contact

    def _index_company(self, company: Company) -> None:
        self.company_by_name.setdefault(fold(company.name), company.id)
        if company.external_id:
            self.company_by_external[company.external_id] = company.id
        if company.tax_id:
            self.company_by_tax[company.tax_id] = company.id
