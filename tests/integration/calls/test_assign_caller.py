# SPDX-License-Identifier: Apache-2.0
"""Who calls gets a manager by the rules [[assign]]: a new lead at once, anybody without one by the first talk."""

from dataclasses import replace

import pytest

from crm_core.domain.audit import Actor
from crm_core.domain.call import CallEnded, LegAnswered
from crm_core.domain.client import ClientKind
from crm_core.domain.ids import new_id
from crm_core.domain.listing import ListKind, ListQuery
from crm_core.domain.people import Team
from crm_core.domain.sharing import ShareBatch, Way
from crm_core.usecases.assign_manager import assign_manager
from crm_core.usecases.complete_lead import complete_lead
from crm_core.usecases.publish_rules import publish_text
from crm_core.usecases.record_call import record_call
from crm_core.usecases.share_out import begin_sharing, plan
from crm_core.usecases.trail import Trail
from tests.support.calls import OLGA, T0, a_call, a_leg, a_world, add_contact, at, ended, talking

STRANGER = "+79990001122"
RULE = '[[rule]]\nid = "rest"\n[[rule.step]]\nto = "queue"\nqueue = "default"\nseconds = 20\n'
FIRST_TALK = '[[assign]]\nid = "talks"\nwhen = { source = "call" }\nto = "first_talk"\n'
TALKED_OR_TEAM = """
[[assign]]
id = "talked"
when = { last_operator_days = 1 }
to = "first_talk"
[[assign]]
id = "missed"
when = { did = "+74951112233" }
to = "team"
team = "retail"
"""


@pytest.fixture
async def world(store):
    return await a_world(store)


async def publish(world, assign):
    async with world.store.begin() as tx:
        await tx.people.add_team(
            Team(id=new_id(T0), name="retail", members=frozenset({world.boris.id, world.sofia.id}))
        )
        await publish_text(tx, RULE + assign, "draft", Trail(Actor("anna"), T0))


async def tell(world, event):
    await record_call(event, world.store, world.feed, world.directory)


async def lead_of(world, number=STRANGER):
    async with world.store.read() as tx:
        return await tx.leads.of_number(number)


async def missed_then_talked(world, caller=STRANGER):
    await tell(world, CallEnded(at=at(65), call=ended(a_call("1.1", caller=caller))))
    before = await lead_of(world, caller)
    call = talking(a_call("1.2", caller=caller))
    await tell(world, LegAnswered(at=at(5), call=call, leg=call.legs[0]))
    await tell(world, CallEnded(at=at(65), call=ended(call)))
    return before, await lead_of(world, caller)


async def test_who_talks_first_keeps_the_lead(world):
    await publish(world, FIRST_TALK)
    before, after = await missed_then_talked(world)
    assert (before.manager_id, after.manager_id) == (None, world.anna.id)
    other = replace(a_call("1.3", caller=STRANGER), legs=(a_leg("102"),))
    await tell(world, CallEnded(at=at(65), call=ended(talking(other, "102"), extension="102")))
    assert (await lead_of(world)).manager_id == world.anna.id
    contact = await complete_lead(world.store, world.boris, after.id, name="Ivan", now=at(900))
    assert contact.manager_id == world.anna.id
    async with world.store.read() as tx:
        [entry] = [one for one in await tx.audit.of("lead", after.id) if one.action == "assign"]
    assert (entry.actor.name, entry.after["rule"]) == ("system", "talks")


async def test_a_missed_caller_may_go_to_a_team_at_once(world):
    await publish(world, TALKED_OR_TEAM)
    before, after = await missed_then_talked(world)
    assert before.manager_id in {world.boris.id, world.sofia.id}
    assert after.manager_id == before.manager_id


async def test_a_lead_that_is_answered_is_of_who_answered(world):
    await publish(world, TALKED_OR_TEAM)
    call = talking(a_call(caller=STRANGER))
    await tell(world, LegAnswered(at=at(5), call=call, leg=call.legs[0]))
    assert (await lead_of(world)).manager_id == world.anna.id


async def test_a_contact_without_a_manager_gets_one_by_the_first_talk(world):
    await publish(world, FIRST_TALK)
    contact = await add_contact(world.store)
    call = ended(talking(a_call(caller=OLGA)))
    await tell(world, CallEnded(at=at(65), call=call))

    async def manager():
        async with world.store.read() as tx:
            return (await tx.clients.contact(contact.id)).manager_id

    assert await manager() == world.anna.id
    # Told again, as a journal is after a restart, it gives nobody away again.
    await assign_manager(world.store, ClientKind.CONTACT, contact.id, None, Actor("anna"), at(900))
    await tell(world, CallEnded(at=at(65), call=call))
    assert await manager() is None


async def test_a_talk_gives_nobody_away_where_the_rule_says_a_team(world):
    await publish(world, TALKED_OR_TEAM.replace("last_operator_days = 1", 'did = "+74950000000"'))
    contact = await add_contact(world.store)
    await tell(world, CallEnded(at=at(65), call=ended(talking(a_call(caller=OLGA)))))
    async with world.store.read() as tx:
        assert (await tx.clients.contact(contact.id)).manager_id is None


async def test_a_completed_lead_without_a_manager_is_asked_about_again(world):
    _, lead = await missed_then_talked(world)
    await publish(world, FIRST_TALK)
    contact = await complete_lead(world.store, world.boris, lead.id, name="Ivan", now=at(900))
    async with world.store.read() as tx:
        kept = await tx.clients.contact(contact.id)
    assert contact.manager_id == kept.manager_id == world.anna.id


@pytest.mark.parametrize("asks", ["last_operator_days = 3", 'did = "+74951112233"'])
async def test_what_calls_told_before_is_known_later_too(world, asks):
    """Of a lead that is completed, and of many that are dealt out: when we talked, and which number they called."""
    _, lead = await missed_then_talked(world)
    rule = f'[[assign]]\nid = "known"\nwhen = {{ {asks} }}\nto = "first_talk"\n'
    await publish(world, rule)
    batch = ShareBatch(
        id=new_id(T0),
        user_id=world.anna.id,
        actor="Anna",
        list=ListKind.LEADS,
        query="",
        way=Way.RULES,
        people=[],
        made_at=T0,
    )
    async with world.store.begin() as tx:
        await begin_sharing(tx, batch)
    planned = await plan(world.store, batch, ListQuery(sort="created"), at(900))
    async with world.store.read() as tx:
        [item] = await tx.sharing.items(planned.id, 0, 10)
    assert (item.client_id, item.after_id) == (lead.id, world.anna.id)
    contact = await complete_lead(world.store, world.boris, lead.id, name="Ivan", now=at(900))
    assert contact.manager_id == world.anna.id
