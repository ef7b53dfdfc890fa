# SPDX-License-Identifier: Apache-2.0
"""Contacts and companies come in from a file: found by external id, number, tax id or name, else made."""

from collections.abc import Sequence
from datetime import datetime

from crm_core.domain.audit import Actor
from crm_core.domain.errors import CrmError, InvalidInputError
from crm_core.domain.received import Outcome, ReceivedClient, Verdict
from crm_core.domain.routing.assign_rules import Source
from crm_core.ports.store import Store, Tx
from crm_core.usecases.assign_owner import assign_made
from crm_core.usecases.client_book import ClientBook
from crm_core.usecases.load_client_book import load_client_book
from crm_core.usecases.trail import Trail


async def upsert_clients(
    store: Store,
    received: Sequence[ReceivedClient],
    actor: Actor,
    now: datetime,
    source: Source = Source.IMPORT,
) -> list[Verdict]:
    """One transaction, one verdict for each; a refused one leaves nothing behind and does not disturb the others."""
    async with store.begin() as tx:
        return await upsert_clients_in(tx, received, actor, now, source)


async def upsert_clients_in(
    tx: Tx,
    received: Sequence[ReceivedClient],
    actor: Actor,
    now: datetime,
    source: Source = Source.IMPORT,
) -> list[Verdict]:
    await tx.clients.serialise()
    house = await tx.settings.house()
    book = await load_client_book(tx, received, house.region, now)
    verdicts = [_take(book, one) for one in received]
    trail = Trail(actor, now)
    await book.save(tx, trail)
    await assign_made(tx, book.made(), source, trail)
    await trail.write(tx)
    return verdicts


def _take(book: ClientBook, told: ReceivedClient) -> Verdict:
    before = book.version
    try:
        book.check(told)
        known_contact, known_company = book.find_contact(told), book.find_company(told)
        for known in (known_contact, known_company):
            if known and known.archived_at:  # a list sent every night must not bring back who was put away
                raise InvalidInputError(f"{known.name} is archived here; restore them first")
        company = book.company_for(told, edit=True)
        contact = book.contact_for(told, company, edit=True)
        if contact is None and company is None:
            raise InvalidInputError("neither a name nor a phone number nor a company")
        if contact is None:
            book.add_numbers(None, company.id if company else None, book.phones(told))
    except CrmError as error:
        return Verdict(Outcome.REFUSED, str(error))
    if book.version == before:
        return Verdict(Outcome.UNCHANGED)
    return Verdict(
        Outcome.CREATED if (known_contact if contact else known_company) is None else Outcome.UPDATED
    )
