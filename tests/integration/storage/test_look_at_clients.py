# SPDX-License-Identifier: Apache-2.0
"""Rules [[assign]] see of clients what the rules of calls see of them, and many at once as cheaply as one."""

from collections import Counter
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from crm_core.domain.deal import Deal, DealState
from crm_core.domain.directory import Directory
from crm_core.domain.ids import new_id
from crm_core.domain.lead import Lead, LeadStatus
from crm_core.domain.open_items import dues
from crm_core.domain.order import OrderStatus
from crm_core.domain.people import OwnNumber
from crm_core.domain.sharing import Owned
from crm_core.domain.task import Task
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases.assign_owner import load_assigner
from crm_core.usecases.look_at_clients import Came
from crm_core.usecases.publish_rules import publish_text
from crm_core.usecases.trail import Trail
from tests.support.builders import ANNA, NOW, a_company, a_contact, a_number, a_user, an_order

RULE = '[[rule]]\nid = "rest"\n[[rule.step]]\nto = "queue"\nqueue = "default"\nseconds = 20\n'
ASKS = """
[[assign]]
id = "asks"
when.tag = "vip"
when.debt = { at_least = 1 }
when.deal = { stage = "offer" }
when.task = "overdue"
when.last_operator_days = 7
when.language = "uk"
to = "nobody"
"""
NOBODY = '[[assign]]\nid = "rest"\nto = "nobody"\n'
TODAY = date(2026, 11, 20)
FIRMS = 8


@pytest.fixture
async def house(store):
    """Contacts alone and at companies, some of which belong to others, with whatever may be open with them."""
    pick, anna = Random(7), a_user()
    firms: list = []
    for number in range(FIRMS):
        parent = firms[number // 2].id if number % 3 == 2 else None
        firms.append(a_company(f"Firm {number}", parent_id=parent, tags=_tags(pick)))
    people = [
        a_contact(f"P {n}", company_id=pick.choice([None, *firms[:5]]) and firms[n % 5].id, tags=_tags(pick))
        for n in range(40)
    ]
    async with store.begin() as tx:
        await tx.people.add_user(anna, "hash")
        await tx.clients.save_companies(firms)
        await tx.clients.save_contacts(people)
        owners = [{"contact_id": one.id} for one in people] + [{"company_id": one.id} for one in firms]
        await tx.clients.add_phone_numbers(
            [a_number(f"+7916100{n:04}", **owner) for n, owner in enumerate(owners)]
        )
        orders = [_order(n, pick, **_whose(pick, people, firms)) for n in range(80)]
        await tx.orders.save(orders, [])
        for _ in range(60):
            await tx.deals.save(_deal(pick, **_whose(pick, people, firms)))
        await tx.tasks.save(*[_task(pick, anna, **_whose(pick, people, firms)) for _ in range(60)])
    return people, firms


def _tags(pick):
    return tuple(sorted(pick.sample(["dealer", "late", "vip"], pick.choice([0, 0, 1, 2]))))


def _whose(pick, people, firms):
    """A person's, a company's, or a person's for a company that need not be theirs."""
    person, firm = {"contact_id": pick.choice(people).id}, {"company_id": pick.choice(firms).id}
    return pick.choice([person, person, firm, person | firm])


def _order(number, pick, **whose):
    status = pick.choice([OrderStatus.SHIPPED, OrderStatus.SHIPPED, OrderStatus.PAID])
    paid = None if pick.random() < 0.8 else NOW
    more = {
        "status": status,
        "paid_at": paid,
        "shipped_at": NOW,
        "currency": pick.choice(["RUB"] * 4 + ["EUR"]),
    }
    return an_order(
        f"A-{number}", str(pick.randint(1, 900)), returned=Decimal(pick.choice([0, 1])), **more, **whose
    )


def _deal(pick, **whose):
    return Deal(
        id=new_id(NOW),
        title="Lathes",
        amount=Decimal(pick.randint(1, 500)),
        currency=pick.choice(["RUB", "EUR"]),
        stage=pick.choice(["new", "offer"]),
        state=pick.choice([DealState.OPEN, DealState.OPEN, DealState.WON]),
        created_at=NOW,
        updated_at=NOW,
        **whose,
    )


def _task(pick, anna, **whose):
    days, done = pick.randint(-2, 2), pick.choice([None, None, NOW])
    hour = NOW + timedelta(days=days, hours=pick.choice([-1, 1])) if pick.random() < 0.5 else None
    born = {"created_at": NOW, "updated_at": NOW}
    day = {"due_on": TODAY + timedelta(days=days), "due_at": hour}
    return Task(id=new_id(NOW), text="Call", user_id=anna.id, done_at=done, **day, **born, **whose)


async def publish(store, assign):
    async with store.begin() as tx:
        await publish_text(tx, RULE + assign, "draft", Trail(ANNA, NOW))


async def looked(store, kind, ids, came=None):
    async with store.read() as tx:
        assigner = await load_assigner(tx, NOW)
        records = await tx.sharing.records(kind, ids)
        return await assigner.look.facts(tx, kind, records, came or dict.fromkeys(ids, Came()), NOW)


async def test_they_are_what_a_call_of_theirs_is_decided_by(store, house):
    """Each contact's and each company's, beside the directory in memory, which calls are decided by."""
    people, firms = house
    await publish(store, ASKS.replace('when.language = "uk"\n', ""))
    directory = Directory()
    await DirectorySource(store, directory, lambda: NOW).load()
    seen = Counter()
    for kind, clients in ((Owned.CONTACT, people), (Owned.COMPANY, firms)):
        facts = await looked(store, kind, [one.id for one in clients])
        async with store.read() as tx:
            numbers = await tx.clients.phone_numbers([one.id for one in clients])
        for one in clients:
            party, told = directory.identify(numbers[one.id][0].e164), facts[one.id]
            tasks = dues(party.tasks, NOW, directory.day(NOW))
            of_call = (party.tags, party.debt, party.deals, tasks)
            assert (told.tags, told.debt, told.deals, told.tasks) == of_call, one.name
            seen.update(
                name for name, value in zip(("tag", "debt", "deal", "task"), of_call, strict=True) if value
            )
    assert min(seen[name] for name in ("tag", "debt", "deal", "task")) > 20, "there is something to be seen"
    assert max(seen.values()) < 48, "and some have none"


async def test_what_no_rule_asks_nobody_looks_at(store, house):
    people, _ = house
    await publish(store, NOBODY)
    with queries() as asked:
        facts = await looked(store, Owned.CONTACT, [one.id for one in people])
    assert not [one for one in asked if "client_tag" in one or "FROM deal" in one or "FROM task" in one]
    assert {(one.tags, one.debt, one.deals, one.tasks) for one in facts.values()} == {(None,) * 4}


async def test_many_take_no_more_queries_than_one(store, house):
    people, firms = house
    await publish(store, ASKS)
    counts, of_firm = [], next(one for one in people if one.company_id)
    for some in ([of_firm], people):
        with queries() as asked:
            await looked(store, Owned.CONTACT, [one.id for one in some])
        counts.append(len(asked))
    assert counts[0] == counts[1]
    with queries() as asked:
        await looked(store, Owned.COMPANY, [one.id for one in firms])
    assert len(asked) <= counts[1]


@contextmanager
def queries():
    asked = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_a_lead_buys_nothing_and_its_number_is_known(store):
    lead = Lead(id=new_id(NOW), e164="+79161000099", status=LeadStatus.OPEN, created_at=NOW, updated_at=NOW)
    async with store.begin() as tx:
        await tx.leads.add(lead)
    await publish(store, ASKS)
    told = (await looked(store, Owned.LEAD, [lead.id]))[lead.id]
    assert (told.tags, told.debt, told.deals, told.tasks, told.band) == ((), 0, (), (), None)
    assert told.number == "+79161000099"


async def test_the_number_they_called_says_its_language(store, house):
    people, _ = house
    line = OwnNumber(id=new_id(NOW), e164="+380441112233", label="Kyiv", language="uk")
    async with store.begin() as tx:
        await tx.people.save_own_number(line)
    await publish(store, ASKS)
    came = {people[0].id: Came(did=line.e164), people[1].id: Came(did="600"), people[2].id: Came()}
    facts = await looked(store, Owned.CONTACT, list(came), came)
    assert [facts[one].language for one in came] == ["uk", None, None]
