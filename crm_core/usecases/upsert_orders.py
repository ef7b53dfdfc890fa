# SPDX-License-Identifier: Apache-2.0
"""Orders come in, from a file or a program: each is known by its number, so telling it twice changes nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.client import ClientKind
from crm_core.domain.errors import CrmError, InvalidInputError
from crm_core.domain.house import House
from crm_core.domain.ids import new_id
from crm_core.domain.merge_order import merge_order
from crm_core.domain.order import Order
from crm_core.domain.received import Outcome, ReceivedOrder, Verdict
from crm_core.domain.routing.assign_rules import Source
from crm_core.domain.turnover import entries
from crm_core.ports.store import Store, Tx
from crm_core.usecases.assign_owner import assign_made
from crm_core.usecases.client_book import ClientBook
from crm_core.usecases.load_client_book import load_client_book
from crm_core.usecases.step_bands import Account, step_accounts
from crm_core.usecases.trail import Trail


async def upsert_orders(
    store: Store,
    received: Sequence[ReceivedOrder],
    actor: Actor,
    now: datetime,
    source: Source = Source.IMPORT,
) -> list[Verdict]:
    """One transaction, one verdict for each; a refused one leaves nothing behind and does not disturb the others."""
    async with store.begin() as tx:
        return await upsert_orders_in(tx, received, actor, now, source)


async def upsert_orders_in(
    tx: Tx,
    received: Sequence[ReceivedOrder],
    actor: Actor,
    now: datetime,
    source: Source = Source.IMPORT,
) -> list[Verdict]:
    await tx.clients.serialise()
    house = await tx.settings.house()
    book = await load_client_book(tx, [one.client for one in received], house.region, now)
    batch = _Batch(book, await tx.orders.by_numbers({one.number.strip() for one in received}), house, now)
    verdicts = [batch.take(one) for one in received]
    await batch.save(tx, Trail(actor, now), source)
    return verdicts


class _Batch:
    def __init__(self, book: ClientBook, known: dict[str, Order], house: House, now: datetime) -> None:
        self._book = book
        self._orders = known
        self._before: dict[str, Order | None] = {}
        self._house = house
        self._now = now

    def take(self, received: ReceivedOrder) -> Verdict:
        try:
            return Verdict(self._take(received))
        except CrmError as error:
            return Verdict(Outcome.REFUSED, str(error))

    def _take(self, received: ReceivedOrder) -> Outcome:
        self._book.check(received.client)
        known = self._orders.get(received.number.strip())
        merged = merge_order(
            received, known, order_id=new_id(self._now), currency=self._house.currency, now=self._now
        )
        merged = self._with_client(merged, received)
        if merged == known:
            return Outcome.UNCHANGED
        self._before.setdefault(merged.number, known)
        self._orders[merged.number] = merged
        return Outcome.UPDATED if known else Outcome.CREATED

    def _with_client(self, order: Order, received: ReceivedOrder) -> Order:
        company = self._book.company_for(received.client, edit=False)
        contact = self._book.contact_for(received.client, company, edit=False)
        if company and not contact:  # the number stands for the company, unless it is somebody's already
            phones = self._book.phones(received.client)
            new = [phone for phone in phones if phone.key not in self._book.owners]
            self._book.add_numbers(None, company.id, new)
        if contact or company:
            owned = replace(
                order,
                contact_id=contact.id if contact else None,
                company_id=company.id if company else None,
            )
            return order if owned == order else replace(owned, updated_at=self._now)
        if not (order.contact_id or order.company_id):
            raise InvalidInputError(
                "it does not say whose order it is: no phone, name, company or external id"
            )
        return order

    async def _company_of(self, tx: Tx, order: Order) -> UUID | None:
        """What an order that names no company rolls up to."""
        if order.contact_id is None:
            return None
        contact = self._book.contacts.get(order.contact_id) or await tx.clients.contact(order.contact_id)
        return contact.company_id if contact else None

    async def save(self, tx: Tx, trail: Trail, source: Source) -> None:
        await self._book.save(tx, trail)
        changed = [self._orders[number] for number in self._before]
        zone, basis = self._house.tzinfo, self._house.turnover_basis
        await tx.orders.save(changed, [entry for order in changed for entry in entries(order, basis, zone)])
        bought: set[Account] = set()
        people: set[UUID] = set()
        for order in changed:
            before = self._before[order.number]
            trail.note("order", before, order)
            for side in (before, order):
                if side:
                    company_id = side.company_id or await self._company_of(tx, side)
                    trail.changed("contact_turnover", side.contact_id)
                    trail.changed("company_turnover", company_id)
                    bought |= {(ClientKind.COMPANY, company_id)} if company_id else set()
                    people |= {side.contact_id} if side.contact_id else set()
        await step_accounts(tx, bought | set((await tx.bands.accounts_of(people)).values()), trail)
        await assign_made(tx, self._book.made(), source, trail)
        await trail.write(tx)
