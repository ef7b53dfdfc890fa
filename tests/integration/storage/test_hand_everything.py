# SPDX-License-Identifier: Apache-2.0
"""All that one person has goes to a team in one batch: each with its client, and what changed meanwhile stays."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.domain.ids import new_id
from crm_core.domain.sharing import BatchState, Owned, ShareBatch, Way, Whole, everything_of
from crm_core.usecases import hand_everything, share_out
from crm_core.usecases.do_task import do_task
from crm_core.usecases.hand_everything import count_everything, plan_everything
from crm_core.usecases.save_deal import create_deal
from crm_core.usecases.save_task import create_task
from crm_core.usecases.share_out import begin_sharing, order, work_some
from crm_core.usecases.trail import Trail
from tests.support.builders import ANNA, NOW, a_company, a_contact, a_user


@pytest.fixture
async def people(store):
    people = {name: a_user(name) for name in ("anna", "boris", "clara")}
    async with store.begin() as tx:
        for user in people.values():
            await tx.people.add_user(user, "hash")
    return people


async def finish(store, batch, state, into):
    async with store.begin() as tx:
        trail = Trail(ANNA, NOW)
        batch = await order(tx, batch.id, state, into, trail)
        await trail.write(tx)
    while batch.state.is_at_work:
        batch = await work_some(store, batch, NOW)
    return batch


async def everything(store, people):
    async with store.read() as tx:
        return [await count_everything(tx, one.id) for one in people]


async def test_a_team_shares_all_of_it_and_one_undo_brings_all_of_it_back(store, people, monkeypatch):
    monkeypatch.setattr(hand_everything, "PLANNED_AT_ONCE", 2)
    monkeypatch.setattr(share_out, "AT_ONCE", 3)
    anna, boris, clara = people.values()
    firms = [a_company(name, manager_id=anna.id) for name in ("North", "South")]
    staff = [
        a_contact(f"Of {firm.name} {n}", company_id=firm.id, manager_id=anna.id)
        for firm in firms
        for n in "ab"
    ]
    others = [a_contact("Alone", manager_id=anna.id), a_contact("Clara's", manager_id=clara.id)]
    async with store.begin() as tx:
        await tx.clients.save_companies(firms)
        await tx.clients.save_contacts([*staff, *others])
    for title, client in (("A", staff[0]), ("B", staff[3]), ("C", others[1])):
        deal = {"title": title, "contact_id": client.id, "owner_id": anna.id}
        await create_deal(store, deal, ANNA, NOW)
    doing = {"text": "Call", "due_on": NOW.date()}
    tasks = [
        await create_task(store, anna, doing | {"company_id": firm.id}, ANNA, NOW)
        for firm in (*firms, *firms)
    ]
    before = await everything(store, (anna, boris, clara))
    batch = ShareBatch(
        id=new_id(NOW),
        user_id=clara.id,
        actor="Clara",
        list=Whole.EVERYTHING,
        query=everything_of(anna.id),
        way=Way.EVENLY,
        people=(boris.id, clara.id),
        made_at=NOW,
    )
    async with store.begin() as tx:
        await begin_sharing(tx, batch)
    for _ in range(2):  # as after a plan that was cut off
        planned = await plan_everything(store, batch, anna.id, NOW)
    async with store.read() as tx:
        assert await tx.sharing.batch(batch.id) == planned
        moved = await tx.sharing.moved_of(batch.id, batch.kinds)
    assert (planned.total, sum(one.count for one in moved)) == (14, 14)
    assert {one.kind for one in moved} == {Owned.COMPANY, Owned.CONTACT, Owned.DEAL, Owned.TASK}
    await do_task(store, anna, tasks[3].id, ANNA, NOW)
    given = await finish(store, planned, BatchState.PLANNED, BatchState.GIVING)
    assert (given.done, given.changed) == (14, 13), "what was done meanwhile stays"
    assert sum((await everything(store, [anna]))[0].values()) == 0
    async with store.read() as tx:
        whose = {firm.id: (await tx.clients.company(firm.id)).manager_id for firm in firms}
        assert set(whose.values()) == {boris.id, clara.id}
        for one in staff:
            assert (await tx.clients.contact(one.id)).manager_id == whose[one.company_id]
        for task in tasks[:3]:
            assert (await tx.tasks.get(task.id)).user_id == whose[task.company_id]
            assert "share_out" in [one.action for one in await tx.audit.of("task", task.id)]
    back = await finish(store, given, BatchState.GIVEN, BatchState.TAKING_BACK)
    assert back.changed == 13
    after = await everything(store, (anna, boris, clara))
    assert after == [before[0] | {Owned.TASK: 3}, *before[1:]]


async def test_who_left_since_gets_nothing_back(store, people):
    anna, boris, _ = people.values()
    async with store.begin() as tx:
        await tx.clients.save_contacts([a_contact(manager_id=anna.id)])
    query = everything_of(anna.id, [Owned.CONTACT])
    batch = ShareBatch(
        id=new_id(NOW),
        user_id=boris.id,
        actor="Boris",
        list=Whole.EVERYTHING,
        query=query,
        way=Way.EVENLY,
        people=[boris.id],
        made_at=NOW - timedelta(minutes=1),
    )
    async with store.begin() as tx:
        await begin_sharing(tx, batch)
    given = await finish(
        store, await plan_everything(store, batch, anna.id, NOW), BatchState.PLANNED, BatchState.GIVING
    )
    async with store.begin() as tx:
        await tx.people.save_user(replace(anna, archived_at=NOW))
    assert (await finish(store, given, BatchState.GIVEN, BatchState.TAKING_BACK)).changed == 0
