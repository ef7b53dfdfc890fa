# SPDX-License-Identifier: Apache-2.0
"""Read, in a few statements, all that a batch of received rows may speak of."""

from collections.abc import Collection
from datetime import datetime
from itertools import chain

from crm_core.domain import clean
from crm_core.domain.phone import normalise
from crm_core.domain.received import ReceivedClient
from crm_core.domain.search import fold
from crm_core.ports.store import Tx
from crm_core.usecases.client_book import ClientBook


async def load_client_book(
    tx: Tx, told: Collection[ReceivedClient], region: str, now: datetime
) -> ClientBook:
    book = ClientBook(region=region, now=now)
    if any(one.fields for one in told):
        book.fields = tuple(await tx.client_fields.all())
    book.own = frozenset(number.e164 for number in await tx.people.own_numbers())
    book.users = {user.login: user.id for user in await tx.people.users()}
    await _companies(tx, book, told)
    await _contacts(tx, book, told)
    if any(one.parent for one in told):  # whom they belong to may be anybody of their groups
        book.companies |= {one.id: one for one in await tx.clients.groups_of(list(book.companies))}
    book.numbers = {
        owner: {number.e164 for number in numbers}
        for owner, numbers in (await tx.clients.phone_numbers([*book.contacts, *book.companies])).items()
    }
    return book


async def _companies(tx: Tx, book: ClientBook, told: Collection[ReceivedClient]) -> None:
    by_external = await tx.clients.companies_by_external_ids(
        {one.company_external_id for one in told if one.company_external_id}
    )
    by_tax = await tx.clients.companies_by_tax_ids({one.tax_id for one in told if one.tax_id})
    named = {name for one in told for said in (one.company, one.parent) if (name := clean.line(said))}
    by_name = await tx.clients.companies_by_names(named)
    for company in chain(by_external.values(), by_tax.values(), by_name.values()):
        book.companies[company.id] = company
    book.company_by_external = {key: company.id for key, company in by_external.items()}
    book.company_by_tax = {key: company.id for key, company in by_tax.items()}
    oldest_last = sorted(by_name.items(), key=lambda item: item[1].created_at, reverse=True)
    book.company_by_name = {fold(name): company.id for name, company in oldest_last}


async def _contacts(tx: Tx, book: ClientBook, told: Collection[ReceivedClient]) -> None:
    by_external = await tx.clients.contacts_by_external_ids(
        {one.external_id for one in told if one.external_id}
    )
    keys = {normalise(raw, book.region).key for one in told for raw in one.phones if raw.strip()}
    book.owners = await tx.clients.owners_of(keys)
    numbers = list(chain.from_iterable(book.owners.values()))
    contact_ids = {number.contact_id for number in numbers if number.contact_id}
    company_ids = {number.company_id for number in numbers if number.company_id}
    book.contacts = {contact.id: contact for contact in by_external.values()}
    book.contacts |= await tx.clients.contacts(contact_ids)
    book.companies |= await tx.clients.companies(company_ids - set(book.companies))
    book.contact_by_external = {key: contact.id for key, contact in by_external.items()}
