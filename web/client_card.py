# SPDX-License-Identifier: Apache-2.0
"""The head of a client's card: who it is, their numbers, turnover, manager and what is open with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from aiohttp import web

from crm_core.domain.band_history import BandChange, KnownBand, Look
from crm_core.domain.client import ClientKind, Company, Contact, PhoneNumber
from crm_core.domain.deal import Deal
from crm_core.domain.directory import PartyKind
from crm_core.domain.house import House
from crm_core.domain.money import from_minor
from crm_core.domain.order import Order, OrderStatus
from crm_core.domain.people import User
from crm_core.domain.task import TaskRow
from crm_core.domain.turnover import Window
from crm_core.ports.store import Tx
from web import keys
from web.company_group import GroupCard, read_group

_OPEN = frozenset({OrderStatus.NEW, OrderStatus.SHIPPED})
_SHOWN = (Window.DAYS_30, Window.THIS_MONTH, Window.LAST_MONTH, Window.MONTHS_12, Window.ALL)


@dataclass(frozen=True, slots=True)
class Sharer:
    """Another who has a number of this client."""

    kind: ClientKind
    id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCard:
    kind: ClientKind
    contact: Contact | None
    company: Company | None
    people: Sequence[Contact]  # of a company
    numbers: Mapping[UUID, Sequence[PhoneNumber]]  # by owner
    manager: User | None
    turnover: Mapping[Window, Decimal]
    turnover_of: str  # whose it is: a contact's is their company's, as routing counts it
    currency: str
    orders: Sequence[Order]
    deals: Sequence[Deal]
    deal_sums: Mapping[str, Decimal]  # of the open ones, by currency
    tasks: Sequence[TaskRow]
    band: str
    known_band: KnownBand | None
    band_changes: Sequence[BandChange]
    look: Look | None
    shared: Mapping[str, Sequence[Sharer]]  # by number, who else has it
    pinned: bool
    group: GroupCard | None  # of the company
    group_pinned: bool  # its head is pinned
    users: Mapping[UUID, str]  # of the band's changes

    @property
    def name(self) -> str:
        if self.contact:
            return self.contact.name
        return self.company.name if self.company else ""

    @property
    def open_orders(self) -> Sequence[Order]:
        return [order for order in self.orders if order.status in _OPEN]


async def read_contact(tx: Tx, contact: Contact, now: datetime) -> ClientCard:
    company = await tx.clients.company(contact.company_id) if contact.company_id else None
    return await _read(tx, ClientKind.CONTACT, contact, company, now)


async def read_company(tx: Tx, company: Company, now: datetime) -> ClientCard:
    return await _read(tx, ClientKind.COMPANY, None, company, now)


async def _read(
    tx: Tx, kind: ClientKind, contact: Contact | None, company: Company | None, now: datetime
) -> ClientCard:
    house = await tx.settings.house()
    at = company.id if company and kind is ClientKind.COMPANY else None
    people = await tx.clients.contacts_of_company(at) if at else []
    owners = [each.id for each in (contact, company, *people) if each]
    own_id = owners[0] if owners else None
    manager_id = (contact.manager_id if contact else None) or (company.manager_id if company else None)
    client = company or contact
    today = now.astimezone(house.tzinfo).date()
    group = await read_group(tx, company, house, today) if company else None
    as_group = group if group and group.counted else None
    standing = as_group.head.id if as_group else client.id if client else None
    known = (await tx.bands.known([standing])).get(standing) if standing else None
    pins = await tx.bands.pins([one for one in {standing, client.id if client else None} if one])
    return ClientCard(
        kind=kind,
        contact=contact,
        company=company,
        people=people,
        numbers=await tx.clients.phone_numbers(owners),
        manager=await tx.people.user(manager_id) if manager_id else None,
        turnover=await _turnover(tx, client, as_group, house, today),
        turnover_of=as_group.head.name if as_group else client.name if client else "",
        currency=house.currency,
        orders=await tx.orders.of_client(kind, own_id, limit=30) if own_id else [],
        deals=await tx.deals.of_client(kind, own_id, limit=8) if own_id else [],
        deal_sums=await tx.deals.open_sums(kind, own_id) if own_id else {},
        tasks=await tx.tasks.of_client(kind, own_id, limit=8) if own_id else [],
        band=known.state.band if known else (await tx.bands.settings()).base,
        known_band=known,
        band_changes=await tx.bands.changes_of(standing, 8) if standing else (),
        look=await tx.bands.look(),
        shared=await _shared(tx, contact or company),
        pinned=bool(client and client.id in pins),
        group=group,
        group_pinned=bool(as_group and standing in pins),
        users={user.id: user.name for user in await tx.people.users(archived=True)},
    )


async def _shared(tx: Tx, client: Contact | Company | None) -> dict[str, list[Sharer]]:
    """A contact and the company they work at are not two."""
    if client is None:
        return {}
    numbers = (await tx.clients.phone_numbers([client.id])).get(client.id, [])
    owners = await tx.clients.owners_of([one.e164 for one in numbers])
    several = [one for found in owners.values() if len(found) > 1 for one in found]
    contacts = await tx.clients.contacts([one.contact_id for one in several if one.contact_id])
    companies = await tx.clients.companies([one.company_id for one in several if one.company_id])
    found: dict[str, list[Sharer]] = {}
    for one in several:
        other = contacts[one.contact_id] if one.contact_id else companies[one.company_id]  # type: ignore[index]
        if not _same(client, other):
            kind = ClientKind.CONTACT if one.contact_id else ClientKind.COMPANY
            found.setdefault(one.e164, []).append(Sharer(kind, other.id, other.name))
    return found


def _same(one: Contact | Company, other: Contact | Company) -> bool:
    firms = {getattr(side, "company_id", None) for side in (one, other)}
    return one.id == other.id or (type(one) is not type(other) and bool({one.id, other.id} & firms))


def debt_of(request: web.Request, card: ClientCard) -> Decimal:
    """As routing knows it: the company's, where there is one."""
    directory, client = request.app[keys.DIRECTORY], card.contact or card.company
    if client is None:
        return Decimal(0)
    party = directory.clients.party_of(PartyKind(card.kind.value), client.id, "")
    return from_minor(party.debt or 0, directory.currency) if party else Decimal(0)


async def _turnover(
    tx: Tx, client: Contact | Company | None, group: GroupCard | None, house: House, today: date
) -> dict[Window, Decimal]:
    if client is None:
        return {}
    if group:
        return {window: group.turnover.get(window, Decimal(0)) for window in _SHOWN}
    kind = ClientKind.COMPANY if isinstance(client, Company) else ClientKind.CONTACT
    return {
        window: await tx.orders.turnover(kind, client.id, window, today, house.currency) for window in _SHOWN
    }
