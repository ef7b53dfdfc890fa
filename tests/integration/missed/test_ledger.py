# SPDX-License-Identifier: Apache-2.0
"""What calls do to the ledger of missed callers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.domain.call import CallMerged, Disposition, LegAnswered
from crm_core.domain.missed import AttemptKind, MissedState
from crm_core.domain.missed_views import MissedView
from crm_core.usecases.keep_call import keep_call
from crm_core.usecases.record_call import record_call
from tests.support.calls import OLGA, T0, a_call, a_leg, a_world, add_company, add_contact, at, ended, talking
from tests.support.missed import OTHER, answered_at, called_back, listed, missed_at, record, the_item


@pytest.fixture
async def world(store):
    return await a_world(store)


async def test_however_often_and_wherever_they_call_it_is_one_item(world):
    olga = await add_contact(world.store, manager=world.boris)
    await record(
        world,
        missed_at(0, "1795165200.1", queue="sales"),
        missed_at(100, "1795165300.1", queue="support", dialled="+74951112244"),
        missed_at(200, "1795165400.1"),
    )
    item = await the_item(world)
    assert (item.state, item.attempts, item.contact_id) == (MissedState.MISSED, 3, olga.id)
    assert (item.first_at, item.last_at, item.owner_id) == (at(0), at(200), world.boris.id)
    assert item.due_at == at(0) + timedelta(minutes=30)


async def test_who_is_not_known_is_their_number(world):
    await record(
        world, missed_at(0, "1795165200.1", caller="8 (999) 000-11-22"), missed_at(9, "1795165209.1")
    )
    assert {item.key for item in await listed(world)} == {"+79990001122", OLGA}


async def test_a_withheld_number_cannot_be_called_back(world):
    await record(world, missed_at(0, "1795165200.1", caller="anonymous"))
    assert await listed(world) == []


async def test_they_come_back(world):
    await add_contact(world.store)
    await record(world, missed_at(0, "1795165200.1"), answered_at(100, "1795165300.1"))
    item = await the_item(world)
    assert (item.state, item.closed_at, item.closed_by) == (MissedState.CAME_BACK, at(105), world.anna.id)


async def test_they_are_reached_at_another_number_of_theirs(world):
    olga = await add_contact(world.store)
    async with world.store.begin() as tx:
        (number,) = (await tx.clients.phone_numbers([olga.id]))[olga.id]
        second = replace(number, id=a_call("1.1").id, e164=OTHER, raw=OTHER)
        await tx.clients.add_phone_numbers([second])
    await record(world, missed_at(0, "1795165200.1"), called_back(100, "1795165300.1", OTHER))
    assert (await the_item(world)).state is MissedState.REACHED


async def test_it_is_settled_as_soon_as_somebody_answers(world):
    await add_contact(world.store)
    await record(world, missed_at(0, "1795165200.1"))
    now = talking(a_call("1795165300.1", started_at=at(100), legs=(a_leg(rang=102),)), since=105)
    await record_call(
        LegAnswered(call=now, at=at(105), leg=now.legs[0]), world.store, world.feed, world.directory
    )
    assert (await the_item(world)).state is MissedState.CAME_BACK


async def test_who_does_not_answer_us_waits_on(world):
    await add_contact(world.store)
    tried = called_back(100, "1795165300.1", answered=False)
    await record(world, missed_at(0, "1795165200.1"), tried, tried)
    item = await the_item(world)
    assert (item.state, item.attempts, item.tries, item.tried_at) == (MissedState.MISSED, 1, 1, at(100))


async def test_a_call_of_ours_in_vain_opens_nothing(world):
    await add_contact(world.store)
    await record(world, called_back(100, "1795165300.1", answered=False))
    assert await listed(world) == []


async def test_after_a_talk_a_new_miss_is_a_new_item(world):
    await add_contact(world.store)
    await record(
        world, missed_at(0, "1795165200.1"), answered_at(100, "1795165300.1"), missed_at(200, "1795165400.1")
    )
    assert [item.first_at for item in await listed(world)] == [at(200)]
    assert [item.state for item in await listed(world, MissedView.CLOSED)] == [MissedState.CAME_BACK]


async def test_replaying_everything_changes_nothing(world):
    await add_contact(world.store)
    calls = [
        missed_at(0, "1795165200.1"),
        missed_at(50, "1795165250.1"),
        answered_at(100, "1795165300.1"),
        missed_at(200, "1795165400.1"),
    ]
    await record(world, *calls)
    before = await listed(world), await listed(world, MissedView.CLOSED)
    await record(world, *calls, *reversed(calls))
    assert [
        [replace(item, updated_at=T0) for item in items]
        for items in (await listed(world), await listed(world, MissedView.CLOSED))
    ] == [[replace(item, updated_at=T0) for item in items] for items in before]


async def test_a_miss_that_is_told_after_the_talk_is_settled_already(world):
    await add_contact(world.store)
    await record(world, answered_at(100, "1795165300.1"), missed_at(0, "1795165200.1"))
    item = await the_item(world)
    assert (item.state, item.closed_at) == (MissedState.CAME_BACK, at(105))


async def test_a_missed_call_that_was_answered_after_all_is_withdrawn(world):
    await add_contact(world.store)
    call = missed_at(0, "1795165200.1")
    await record(world, call, answered_at(0, "1795165200.1"))
    assert await listed(world) == await listed(world, MissedView.CLOSED) == []
    await record(world, call)
    assert [item.attempts for item in await listed(world)] == [1]


async def test_an_answered_call_that_was_none_opens_what_it_had_settled(world):
    await add_contact(world.store)
    await record(world, missed_at(0, "1795165200.1"), answered_at(100, "1795165300.1"))
    await record(world, missed_at(100, "1795165300.1"))
    item = await the_item(world)
    assert (item.state, item.attempts, item.closed_call_id) == (MissedState.MISSED, 2, None)


async def test_a_call_that_becomes_part_of_another_takes_its_attempt_with_it(world):
    await add_contact(world.store)
    elder, younger = missed_at(0, "1795165200.1"), missed_at(1, "1795165201.1")
    await record(world, elder, younger)
    assert (await the_item(world)).attempts == 2
    event = CallMerged(call=elder, at=elder.ended_at, merged=younger.id)
    await record_call(event, world.store, world.feed, world.directory)
    item = await the_item(world)
    assert (item.attempts, item.first_at, item.last_at) == (1, at(0), at(0))


async def test_a_voicemail_counts_as_missed_and_says_so(world):
    await add_contact(world.store)
    left = replace(missed_at(0, "1795165200.1"), disposition=Disposition.VOICEMAIL)
    await record(world, left)
    assert (await the_item(world)).kind is AttemptKind.VOICEMAIL


async def test_a_number_that_several_of_a_company_share_is_the_companys(world):
    company = await add_company(world.store, manager=world.boris)
    await add_contact(world.store, "Ivan", company=company)
    await add_contact(world.store, "Petr", company=company)
    olga = await add_contact(world.store, "Olga", OTHER, company=company)
    await record(world, missed_at(0, "1795165200.1"))
    item = await the_item(world)
    assert (item.contact_id, item.company_id, item.owner_id) == (None, company.id, world.boris.id)
    await record(world, called_back(100, "1795165300.1", OTHER))
    assert (await the_item(world)).state is MissedState.REACHED
    assert olga.company_id == company.id


async def test_who_has_become_known_keeps_their_item(world):
    await record(world, missed_at(0, "1795165200.1"))
    olga = await add_contact(world.store)
    await record(world, missed_at(100, "1795165300.1"))
    # The second call belongs to the contact now, and so does what the number had open.
    item = await the_item(world)
    assert (item.contact_id, item.attempts) == (olga.id, 2)


async def test_an_item_of_last_month_is_still_there(world):
    await record(world, missed_at(-86400 * 35, "1792000000.1"))
    assert len(await listed(world)) == 1


async def test_the_last_one_rung_is_asked_when_nobody_manages_the_client(world):
    await add_contact(world.store)
    legs = (a_leg("102", rang=2), a_leg("101", rang=22))
    call = ended(a_call("1795165200.1", legs=legs), after=40)
    await record(world, call)
    assert (await the_item(world)).owner_id == world.anna.id


async def test_nothing_is_written_when_the_call_is_not(world):
    await add_contact(world.store)
    with pytest.raises(RuntimeError):
        async with world.store.begin() as tx:
            await keep_call(tx, missed_at(0, "1795165200.1"), world.directory)
            raise RuntimeError
    assert await listed(world) == []


async def test_a_stranger_whom_we_reached_before_anybody_told_that_they_had_called(world):
    """Of a call of ours to a number that is nobody's there is no communication; the miss is told late, as by CEL."""
    stranger = "+79161000055"
    await record(world, called_back(600, "1795165800.1", stranger))
    await record(world, missed_at(200, "1795165400.1", caller=stranger))
    item = await the_item(world)
    assert (item.state, item.closed_at) == (MissedState.REACHED, at(605))
