# SPDX-License-Identifier: Apache-2.0
import asyncio
from dataclasses import replace

import pytest

from crm_core.domain.audit import Actor
from crm_core.domain.call import CallEnded
from crm_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.lead import LeadStatus
from crm_core.domain.task import TaskOrigin
from crm_core.usecases.complete_lead import complete_lead
from crm_core.usecases.mark_lead import mark_lead
from crm_core.usecases.merge_lead import merge_lead
from crm_core.usecases.move_communication import move_back, move_communication
from crm_core.usecases.record_call import record_call
from crm_core.usecases.reopen_lead import reopen_lead
from crm_core.usecases.save_deal import create_deal
from crm_core.usecases.save_task import create_task
from tests.support.calls import OLGA, T0, a_call, a_world, add_company, add_contact, at, ended, talking

STRANGER, VERA = "+79990001122", "+79161000077"


@pytest.fixture
async def world(store):
    return await a_world(store)


async def a_stranger_calls(world, linkedid="1795165200.1", caller=STRANGER):
    call = ended(talking(a_call(linkedid, caller=caller)))
    await record_call(CallEnded(call=call, at=at(65)), world.store, world.feed, world.directory)
    async with world.store.read() as tx:
        return await tx.communications.get(call.id)


async def test_completing_makes_a_contact_with_the_number_and_the_timeline(world):
    communication = await a_stranger_calls(world)
    company = await add_company(world.store)
    contact = await complete_lead(
        world.store, world.anna, communication.lead_id, name=" Ivan ", company_id=company.id, now=at(100)
    )
    async with world.store.read() as tx:
        lead = await tx.leads.get(communication.lead_id)
        assert (lead.status, lead.contact_id, contact.name) == (LeadStatus.COMPLETED, contact.id, "Ivan")
        timeline = await tx.communications.timeline(contact_id=contact.id)
        assert [item.communication.id for item in timeline] == [communication.id]
        assert timeline == await tx.communications.timeline(company_id=company.id)
        trail = await tx.audit.of("lead", lead.id)
        assert (trail[0].before["status"], trail[0].after["status"]) == ("open", "completed")
    again = await a_stranger_calls(world, "1795165300.2")
    assert (again.contact_id, again.lead_id) == (contact.id, None)
    with pytest.raises(ConflictError):
        await complete_lead(world.store, world.anna, communication.lead_id, name="Ivan", now=at(101))


async def test_merging_gives_the_contact_another_number(world):
    olga = await add_contact(world.store)
    communication = await a_stranger_calls(world)
    await merge_lead(world.store, world.anna, communication.lead_id, contact_id=olga.id, now=at(100))
    async with world.store.read() as tx:
        numbers = await tx.clients.phone_numbers([olga.id])
        assert {number.e164 for number in numbers[olga.id]} == {OLGA, STRANGER}
        assert len(await tx.communications.timeline(contact_id=olga.id)) == 1
    with pytest.raises(NotFoundError):
        await merge_lead(world.store, world.anna, new_id(T0), contact_id=olga.id, now=at(100))


@pytest.mark.parametrize("status", [LeadStatus.SPAM, LeadStatus.WRONG_NUMBER, LeadStatus.NOT_CLIENT])
async def test_marking_takes_it_out_of_statistics_and_back(world, status):
    communication = await a_stranger_calls(world)
    for told, counts in ((status, False), (LeadStatus.OPEN, True)):
        lead = await mark_lead(world.store, world.anna, communication.lead_id, status=told, now=at(100))
        assert lead.status is told
        async with world.store.read() as tx:
            assert (await tx.communications.get(communication.id)).in_statistics is counts
    with pytest.raises(InvalidInputError):
        await mark_lead(world.store, world.anna, lead.id, status=LeadStatus.MERGED, now=at(101))


async def test_a_second_open_lead_of_a_number_is_a_conflict(world):
    communication = await a_stranger_calls(world)
    async with world.store.begin() as tx:
        lead = await tx.leads.get(communication.lead_id)
        await tx.leads.save(replace(lead, status=LeadStatus.SPAM))
        second = await tx.leads.add(replace(lead, id=new_id(at(5))))
        assert second.id != lead.id
        assert (await tx.leads.add(replace(lead, id=new_id(at(6))))).id == second.id
        assert (await tx.leads.of_number(STRANGER)).id == second.id
    with pytest.raises(ConflictError):
        await mark_lead(world.store, world.anna, lead.id, status=LeadStatus.OPEN, now=at(101))


async def test_two_first_calls_of_a_stranger_at_once_are_one_lead(world):
    calls = [a_stranger_calls(world, f"1795165200.{number}") for number in range(6)]
    found = await asyncio.gather(*calls)
    assert len({one.lead_id for one in found}) == 1


async def a_task_of(world, communication, **more):
    fields = {"text": "Send the price list", "due_on": T0.date()} | more
    actor = Actor(world.anna.name, world.anna.id)
    return await create_task(world.store, world.anna, fields, actor, at(70), call_id=communication.id)


async def whose_task(world, task):
    async with world.store.read() as tx:
        kept = await tx.tasks.get(task.id)
    return kept.contact_id, kept.company_id


async def test_tasks_of_a_strangers_call_go_with_them_and_come_back(world):
    olga = await add_contact(world.store)
    communication = await a_stranger_calls(world)
    task = await a_task_of(world, communication)
    other = await a_task_of(
        world, communication, contact_id=(await add_contact(world.store, "Vera", VERA)).id
    )
    assert (task.origin, task.call_id) == (TaskOrigin.CALL, communication.id)
    assert await whose_task(world, task) == (None, None)
    await merge_lead(world.store, world.anna, communication.lead_id, contact_id=olga.id, now=at(100))
    assert await whose_task(world, task) == (olga.id, None)
    assert await whose_task(world, other) == (other.contact_id, None), "somebody said whose it is"
    await reopen_lead(world.store, world.anna, communication.lead_id, now=at(110))
    assert await whose_task(world, task) == (None, None)


async def test_a_contact_with_a_deal_is_not_taken_back(world):
    communication = await a_stranger_calls(world)
    await a_task_of(world, communication)
    made = await complete_lead(world.store, world.anna, communication.lead_id, name="Ivan", now=at(100))
    await reopen_lead(world.store, world.anna, communication.lead_id, now=at(110))
    made = await complete_lead(world.store, world.anna, communication.lead_id, name="Ivan", now=at(120))
    actor = Actor(world.anna.name, world.anna.id)
    await create_deal(world.store, {"title": "Lathes", "contact_id": made.id}, actor, at(130))
    with pytest.raises(ConflictError):
        await reopen_lead(world.store, world.anna, communication.lead_id, now=at(140))


async def test_a_task_goes_where_its_call_goes(world):
    olga, vera = await add_contact(world.store), await add_contact(world.store, "Vera", VERA)
    call = ended(talking(a_call("1795165200.1", caller=OLGA)))
    await record_call(CallEnded(call=call, at=at(65)), world.store, world.feed, world.directory)
    async with world.store.read() as tx:
        communication = await tx.communications.get(call.id)
    task = await a_task_of(world, communication)
    assert await whose_task(world, task) == (olga.id, None)
    await move_communication(
        world.store, world.feed, world.anna, communication.id, contact_id=vera.id, now=at(100)
    )
    assert await whose_task(world, task) == (vera.id, None)
    await move_back(world.store, world.feed, world.anna, communication.id, now=at(110))
    assert await whose_task(world, task) == (olga.id, None)


async def test_a_name_is_made_fit_to_keep(world):
    """PostgreSQL keeps no NUL."""
    communication = await a_stranger_calls(world)
    contact = await complete_lead(
        world.store, world.anna, communication.lead_id, name="Ivan\0\n" + "x" * 5000, now=at(100)
    )
    async with world.store.read() as tx:
        kept = await tx.clients.contact(contact.id)
    assert kept.name == contact.name == "Ivan " + "x" * 195
