# SPDX-License-Identifier: Apache-2.0
"""Hostile texts put into every field that people see, and on which page each must then be read."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from crm_core.domain.choice import Choice, ChoiceKind
from crm_core.domain.client import Company, Contact, PhoneNumber
from crm_core.domain.communication import Communication, CommunicationKind
from crm_core.domain.deal import Deal
from crm_core.domain.ids import new_id
from crm_core.domain.lead import Lead, LeadStatus
from crm_core.domain.listing import ListKind, SavedView
from crm_core.domain.order import Order, OrderStatus
from crm_core.domain.outbox import OutKind
from crm_core.domain.people import OwnNumber, Role, Team, User
from crm_core.domain.schedule import Schedule
from crm_core.domain.task import Task
from crm_core.domain.webhook import Delivery, Webhook
from tests.support.hostile import long_texts

CARDS = 6
CONTACTS, COLLEAGUES = 1473, 153  # so that, of 10 000, every text is used


async def furnish_hostile(store, texts: Iterator[str], admin: User, now: datetime) -> "Furnished":
    put = Furnished(now=now, texts=texts)
    async with store.begin() as tx:
        await clients(tx, put)
        await people_and_settings(tx, put, admin)
        await outgoing(tx, put)
    return put


@dataclass
class Furnished:
    """What stands where: the address of a page and the texts that must be on it."""

    now: datetime
    texts: Iterator[str]  # each is used once
    pages: dict[str, list[str]] = field(default_factory=dict)
    cards: list[tuple[Contact, str]] = field(default_factory=list)

    def next(self, page: str) -> str:
        self.pages.setdefault(page, []).append(text := next(self.texts))
        return text


def sorted_by(text: str) -> str:
    """What a list is sorted by stands in its addresses, where NUL is refused; no name of ours can hold one."""
    return text.replace("\0", "")


def contacts(put: Furnished, count: int) -> tuple[list[Contact], list[PhoneNumber]]:
    page, people, numbers = "/contacts?cols=position%2Cphone%2Cemail", [], []
    for i in range(count):
        made = put.now - timedelta(minutes=i)
        person = Contact(
            id=new_id(made),
            name=sorted_by(put.next(page)),
            position=put.next(page),
            email=put.next(page),
            created_at=made,
            updated_at=made,
        )
        text = put.next(page)
        numbers.append(
            PhoneNumber(id=new_id(made), e164=text, raw=text, contact_id=person.id, created_at=made)
        )
        people.append(person)
    return people, numbers


async def clients(tx, put: Furnished) -> None:
    people, numbers = contacts(put, CONTACTS)
    notes = long_texts(CARDS, 1)
    put.cards = [(replace(person, note=note), note) for person, note in zip(people, notes, strict=False)]
    await tx.clients.save_contacts([*(card for card, _ in put.cards), *people[CARDS:]])
    await tx.clients.add_phone_numbers(numbers)
    at = {"created_at": put.now, "updated_at": put.now}
    page = "/companies?cols=tax_id"
    companies = [
        Company(id=new_id(put.now), name=sorted_by(put.next(page)), tax_id=put.next(page), **at)
        for _ in range(500)
    ]
    await tx.clients.save_companies(companies)
    orders = [
        Order(
            id=new_id(put.now),
            number=put.next("/orders"),
            status=OrderStatus.NEW,
            amount=Decimal(10 + i),
            currency="EUR",
            ordered_at=put.now - timedelta(minutes=i),
            updated_at=put.now,
            contact_id=people[i % CARDS].id,
        )
        for i in range(700)
    ]
    await tx.orders.save(orders, [])
    await plans(tx, put, people[0])
    for i in range(500):
        born = {"created_at": put.now - timedelta(minutes=i), "updated_at": put.now}
        lead = Lead(id=new_id(put.now), e164=put.next("/leads"), status=LeadStatus.OPEN, **born)
        await tx.leads.add(lead)
        await tx.leads.save(replace(lead, name=put.next("/leads")))
    await timeline(tx, put, people[0])


async def plans(tx, put: Furnished, person: Contact) -> None:
    """On the list of deals, and among the tasks of a colleague."""
    at = {"contact_id": person.id, "created_at": put.now, "updated_at": put.now}
    for _ in range(50):
        title = put.next("/deals")
        deal = {"amount": Decimal(5), "currency": "EUR", "stage": "new"}
        await tx.deals.save(Deal(id=new_id(put.now), title=title, **deal, **at))
    nobody = User(id=new_id(put.now), login="u", name="U", role=Role.OPERATOR, created_at=put.now)
    await tx.people.add_user(nobody, "-")
    for _ in range(50):
        text, today = put.next(f"/tasks?who={nobody.id}"), put.now.date()
        await tx.tasks.save(Task(id=new_id(put.now), text=text, user_id=nobody.id, due_on=today, **at))


async def timeline(tx, put: Furnished, person: Contact) -> None:
    for i in range(200):
        at = put.now - timedelta(hours=i)
        await tx.communications.save(
            Communication(
                id=new_id(at),
                kind=CommunicationKind.MEETING,
                started_at=at,
                updated_at=at,
                contact_id=person.id,
                e164=put.next(f"/contacts/{person.id}"),
                note=put.next(f"/contacts/{person.id}"),
            )
        )


async def people_and_settings(tx, put: Furnished, admin: User) -> None:
    for i in range(COLLEAGUES):
        name = put.next("/settings/people")
        user = User(id=new_id(put.now), login=f"u{i}", name=name, role=Role.OPERATOR, created_at=put.now)
        await tx.people.add_user(user, "-")
    for i in range(60):
        await tx.people.add_team(Team(id=new_id(put.now), name=put.next("/settings/teams")))
        page = "/settings/numbers"
        number = OwnNumber(
            id=new_id(put.now), e164=put.next(page), label=put.next(page), source=put.next(page)
        )
        await tx.people.add_own_number(number)
        words = put.next("/settings/results")
        choice = Choice(
            id=new_id(put.now), kind=ChoiceKind.RESULT, code=f"h{i}", text=words, position=900 + i
        )
        await tx.choices.save(choice)
        week = ((),) * 7
        await tx.schedules.save(
            Schedule(id=new_id(put.now), name=put.next("/settings/hours"), zone="UTC", days=week)
        )
        view = {"user_id": admin.id, "list": ListKind.CALLS, "query": "missed=1", "created_at": put.now}
        await tx.lists.save_view(SavedView(id=new_id(put.now), name=put.next("/calls"), **view))


async def outgoing(tx, put: Furnished) -> None:
    hook = Webhook(
        id=new_id(put.now),
        url="https://example.com/hook",
        events=frozenset({"call.missed"}),
        secret="-",
        created_at=put.now,
        updated_at=put.now,
    )
    await tx.webhooks.add(hook)
    page = f"/settings/webhooks/{hook.id}"
    for _ in range(25):
        said = {"answer": put.next(page), "error": put.next(page), "body": put.next(page), "headers": {}}
        about = {"webhook_id": hook.id, "item_id": hook.id, "event": "call.missed", "at": put.now, "ms": 7}
        await tx.webhooks.log(Delivery(id=new_id(put.now), status=500, **about, **said))
    for i in range(25):
        address = put.next("/settings/outbox")
        await tx.outbox.add(OutKind.MAIL, address, {"values": {}}, key=str(i), now=put.now)
    for item in await tx.outbox.claim(OutKind.MAIL, put.now, put.now + timedelta(hours=1), 25):
        later = put.now + timedelta(days=1)
        await tx.outbox.failed(item.id, put.next("/settings/outbox"), later, put.now)
