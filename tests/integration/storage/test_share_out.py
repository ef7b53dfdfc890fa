# SPDX-License-Identifier: Apache-2.0
"""Many are dealt out at once: the plan, what is given, what changed meanwhile, and taking it back."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.domain.client import ClientKind
from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.lead import Lead, LeadStatus
from crm_core.domain.listing import ListKind, ListQuery
from crm_core.domain.sharing import BatchState, ShareBatch, Way
from crm_core.usecases.add_phone_number import add_phone_number
from crm_core.usecases.assign_manager import assign_manager
from crm_core.usecases.publish_rules import publish_text
from crm_core.usecases.save_company import create_company
from crm_core.usecases.save_contact import create_contact
from crm_core.usecases.share_out import begin_sharing, order, plan, work_some
from crm_core.usecases.trail import Trail
from crm_core.usecases.upsert_orders import upsert_orders
from tests.support.builders import ANNA, NOW, a_contact, a_received_order, a_user

ALL = ListQuery(sort="name", filters={"archived": False})
RULES = """
[[rule]]
id = "rest"
[[rule.step]]
to = "queue"
queue = "default"
seconds = 20
[[assign]]
id = "leads"
when = { caller = "lead", number_begins = "+7495" }
to = "person"
login = "anna"
"""


@pytest.fixture
async def people(store):
    people = {name: a_user(name) for name in ("anna", "boris", "clara")}
    async with store.begin() as tx:
        for user in people.values():
            await tx.people.add_user(user, "hash")
    return people


async def contacts(store, many, **more):
    made = [a_contact(f"Client {number}", **more) for number in range(many)]
    async with store.begin() as tx:
        await tx.clients.save_contacts(made)
    return made


def a_batch(*people, way=Way.EVENLY, kind=ListKind.CONTACTS):
    return ShareBatch(
        id=new_id(NOW),
        user_id=people[0].id,
        actor="Anna",
        list=kind,
        query="",
        way=way,
        people=[one.id for one in people],
        made_at=NOW,
    )


async def planned(store, batch, query=ALL):
    async with store.begin() as tx:
        await begin_sharing(tx, batch)
    return await plan(store, batch, query, NOW)


async def finish(store, batch, state=BatchState.PLANNED, into=BatchState.GIVING):
    async with store.begin() as tx:
        trail = Trail(ANNA, NOW)
        batch = await order(tx, batch.id, state, into, trail)
        await trail.write(tx)
    while batch.state.is_at_work:
        batch = await work_some(store, batch, NOW)
    async with store.read() as tx:
        assert await tx.sharing.batch(batch.id) == batch
    return batch


def take_back(store, batch):
    return finish(store, batch, BatchState.GIVEN, BatchState.TAKING_BACK)


async def owners(store):
    async with store.read() as tx:
        return Counter(one.manager_id for one in await tx.clients.page_of_contacts(None, 10_000))


async def test_evenly_in_several_steps_and_back(store, people):
    anna, boris, clara = people.values()
    await contacts(store, 900, manager_id=anna.id)
    await contacts(store, 301)
    batch = await planned(store, a_batch(anna, boris, clara))
    assert (batch.state, batch.total) == (BatchState.PLANNED, 1201)
    assert await owners(store) == {anna.id: 900, None: 301}
    async with store.read() as tx:
        moved = await tx.sharing.moved(batch.id)
    to = Counter()
    for one in moved:
        to[one.after_id] += one.count
    assert sorted(to.values()) == [400, 400, 401]
    given = await finish(store, batch)
    assert (given.state, given.done) == (BatchState.GIVEN, 1201)
    assert await owners(store) == to
    back = await take_back(store, given)
    assert (back.state, back.changed) == (BatchState.TAKEN_BACK, given.changed)
    assert await owners(store) == {anna.id: 900, None: 301}


async def test_the_fewest_catch_up(store, people):
    anna, boris, clara = people.values()
    await contacts(store, 10, manager_id=anna.id)
    await contacts(store, 1, manager_id=boris.id)
    await contacts(store, 9)
    only = replace(ALL, filters={**ALL.filters, "manager_id": None})
    await finish(store, await planned(store, a_batch(*people.values(), way=Way.FEWEST_CLIENTS), only))
    assert await owners(store) == {anna.id: 10, boris.id: 5, clara.id: 5}
    # Dealt out anew, all of them, it is as even as can be.
    await finish(store, await planned(store, a_batch(*people.values(), way=Way.FEWEST_CLIENTS)))
    assert sorted((await owners(store)).values()) == [6, 7, 7]


async def test_what_somebody_changed_since_stays(store, people):
    anna, boris, clara = people.values()
    first, second, third = await contacts(store, 3)
    batch = await planned(store, a_batch(boris))
    await assign_manager(store, ClientKind.CONTACT, first.id, clara.id, ANNA, NOW)
    given = await finish(store, batch)
    assert (given.done, given.changed) == (3, 2)
    await assign_manager(store, ClientKind.CONTACT, second.id, anna.id, ANNA, NOW)
    back = await take_back(store, given)
    assert back.changed == 1
    async with store.read() as tx:
        kept = await tx.clients.contacts([first.id, second.id, third.id])
        entries = await tx.audit.of("contact", third.id)
        told = await tx.audit.of("share_batch", batch.id)
    assert [kept[one.id].manager_id for one in (first, second, third)] == [clara.id, anna.id, None]
    assert [entry.action for entry in entries] == ["share_out", "share_out"]
    assert {entry.action for entry in told} == {"giving", "given", "taking_back", "taken_back"}


async def test_leads_go_by_the_rules_and_the_rest_stay(store, people):
    async with store.begin() as tx:
        await publish_text(tx, RULES, "draft", Trail(ANNA, NOW))
        for number in ("+74951000001", "+78121000001"):
            born = {"created_at": NOW, "updated_at": NOW}
            await tx.leads.add(Lead(id=new_id(NOW), e164=number, status=LeadStatus.OPEN, **born))
    batch = replace(a_batch(people["boris"], way=Way.RULES, kind=ListKind.LEADS), people=())
    given = await finish(store, await planned(store, batch, ListQuery(sort="created")))
    assert (given.total, given.changed) == (2, 1)
    async with store.read() as tx:
        assert (await tx.leads.of_number("+74951000001")).manager_id == people["anna"].id
        assert (await tx.leads.of_number("+78121000001")).manager_id is None
        assert await tx.sharing.without_owner(batch.kinds[0], 100) == 1


async def test_two_who_say_so_at_once_do_it_once(store, people):
    await contacts(store, 2)
    batch = await planned(store, a_batch(people["boris"]))

    async def say():
        async with store.begin() as tx:
            await order(tx, batch.id, BatchState.PLANNED, BatchState.GIVING, Trail(ANNA, NOW))

    outcomes = await asyncio.gather(say(), say(), return_exceptions=True)
    assert [type(one) for one in outcomes if one] == [ConflictError]


async def test_what_cannot_be_dealt_out_is_refused(store, people):
    anna = people["anna"]
    left = replace(a_user("gone"), archived_at=NOW)
    async with store.begin() as tx:
        await tx.people.add_user(left, "hash")
    for batch in (a_batch(anna, left), replace(a_batch(anna), people=()), a_batch(anna, way=Way.RULES)):
        with pytest.raises(InvalidInputError):
            async with store.begin() as tx:
                await begin_sharing(tx, batch)


async def test_who_leaves_between_the_plan_and_the_deed_gets_nothing(store, people):
    await contacts(store, 4)
    batch = await planned(store, a_batch(people["boris"], people["clara"]))
    async with store.begin() as tx:
        await tx.people.save_user(replace(people["boris"], archived_at=NOW))
    given = await finish(store, batch)
    assert given.changed == 2
    assert await owners(store) == {people["clara"].id: 2, None: 2}


async def test_old_batches_are_forgotten(store, people):
    await contacts(store, 1)
    only_planned = await planned(store, a_batch(people["boris"]))
    given = await finish(store, await planned(store, a_batch(people["clara"])))
    async with store.begin() as tx:
        await tx.sharing.forget(NOW - timedelta(days=1), planned_before=NOW + timedelta(seconds=1))
        assert [one.id for one in await tx.sharing.batches(10)] == [given.id]
        assert not await tx.sharing.items(only_planned.id, 0, 10)


async def test_by_turnover_a_contact_counts_as_their_company(store, people):
    """In both months, whichever is larger; what a colleague bought is the company's too."""
    await upsert_orders(store, [a_received_order("A-1", "900")], ANNA, NOW)
    north = await create_company(store, {"name": "North"}, ANNA, NOW)
    asks = await create_contact(store, {"name": "Asks", "company_id": north.id}, ANNA, NOW)
    buys = await create_contact(store, {"name": "Buys", "company_id": north.id}, ANNA, NOW)
    await add_phone_number(store, ClientKind.CONTACT, buys.id, "+79161000005", ANNA, NOW)
    at = NOW.replace(month=10)
    more = a_received_order("A-2", "5000", phone="+79161000005", ordered_at=at)
    await upsert_orders(store, [more], ANNA, NOW)
    large = """
[[assign]]
id = "large"
when = { turnover = { window = "larger_month", at_least = 5000 } }
to = "person"
login = "anna"
[[assign]]
id = "small"
when = { turnover = { window = "30d", below = 1000 } }
to = "person"
login = "boris"
"""
    async with store.begin() as tx:
        await publish_text(tx, RULES + large, "draft", Trail(ANNA, NOW))
    await finish(store, await planned(store, a_batch(people["anna"], way=Way.RULES)))
    async with store.read() as tx:
        found = await tx.clients.page_of_contacts(None, 10)
    anna, boris = people["anna"].id, people["boris"].id
    assert {one.id: one.manager_id for one in found if one.company_id} == {asks.id: anna, buys.id: anna}
    assert [one.manager_id for one in found if not one.company_id] == [boris]
