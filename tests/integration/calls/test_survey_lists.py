# SPDX-License-Identifier: Apache-2.0
"""Answers stay with their call whatever becomes of it, narrow the list of calls, are counted by operator and queue."""

from datetime import timedelta

import pytest

from crm_core.domain.call import CallEnded, CallMerged
from crm_core.domain.call_history import CallFilter
from crm_core.domain.survey import ANY, AnswerCount, SurveyAnswer
from crm_core.storage import call_list
from crm_core.usecases.record_call import record_call
from tests.support.calls import T0, a_call, a_leg, a_world, at, ended, talking


@pytest.fixture
async def world(store):
    return await a_world(store)


async def a_talk(world, linkedid, *, extension="101", queue=None, minutes=0):
    began = T0 + timedelta(minutes=minutes)
    call = a_call(linkedid, queue=queue, started_at=began, legs=(a_leg(extension),))
    over = ended(talking(call, extension), extension=extension)
    await record_call(CallEnded(call=over, at=at(65)), world.store, world.feed, world.directory)
    return over


async def answers(world, call_id, keys, *, question="service", second=70):
    async with world.store.begin() as tx:
        await tx.surveys.save(SurveyAnswer(call_id=call_id, question=question, keys=keys, at=at(second)))


async def kept(world, call_id):
    async with world.store.read() as tx:
        row = (await tx.calls.rows([call_id])).get(call_id)
        assert row is None or row.answers == tuple(await tx.surveys.of_call(call_id))
        return [(one.question, one.keys) for one in await tx.surveys.of_call(call_id)]


async def merged(world, elder, younger):
    await record_call(
        CallMerged(call=elder, at=at(80), merged=younger.id), world.store, world.feed, world.directory
    )


async def test_answers_go_with_a_call_that_becomes_part_of_another(world):
    elder, younger = await a_talk(world, "1795165200.1"), await a_talk(world, "1795165202.9")
    await answers(world, younger.id, "5")
    await answers(world, younger.id, "1", question="again")
    await answers(world, elder.id, "2", question="again", second=75)
    await merged(world, elder, younger)
    assert await kept(world, elder.id) == [("service", "5"), ("again", "2")], "of two the later"
    assert await kept(world, younger.id) == []
    await answers(world, younger.id, "3", second=90)  # said with a late word of the younger
    assert await kept(world, elder.id) == [("again", "2"), ("service", "3")]
    await merged(world, elder, younger)
    assert await kept(world, elder.id) == [("again", "2"), ("service", "3")]


async def test_answers_stay_when_the_call_is_written_anew(world):
    call = await a_talk(world, "1795165200.1")
    await answers(world, call.id, "5")
    for anew in (call, ended(talking(call, "102"))):
        await record_call(CallEnded(call=anew, at=at(66)), world.store, world.feed, world.directory)
    assert await kept(world, call.id) == [("service", "5")]


@pytest.mark.parametrize("few", [2000, 1], ids=["few answers", "many"])
async def test_calls_are_found_by_what_was_answered(world, monkeypatch, few):
    monkeypatch.setattr(call_list, "FEW", few)
    calls = [await a_talk(world, f"179516520{n}.1", minutes=n) for n in range(4)]
    for call, keys in zip(calls, ("5", "1", "5", None), strict=True):
        if keys:
            await answers(world, call.id, keys)
    await answers(world, calls[0].id, "1", question="again")

    async def found(**asked):
        async with world.store.read() as tx:
            rows = await tx.calls.page(CallFilter(**asked), None, 10)
            assert await tx.lists.count_calls(CallFilter(**asked), 100) == len(rows)
            return [row.id for row in rows]

    assert await found(answer="5") == [calls[2].id, calls[0].id]
    assert await found(answer="1") == [calls[1].id, calls[0].id]
    assert await found(answer=ANY) == [one.id for one in calls[2::-1]]
    assert await found(answer="9") == []
    assert len(await found()) == 4
    assert await found(answer=ANY, only_users=frozenset({world.boris.id})) == []
    assert len(await found(answer=ANY, only_users=frozenset({world.anna.id}))) == 3


async def test_answers_are_counted_by_operator_and_queue(world):
    for n, (extension, queue, keys) in enumerate(
        [("101", "retail", "5"), ("101", "retail", "5"), ("102", None, "4"), ("102", "retail", "*")]
    ):
        call = await a_talk(world, f"179516520{n}.1", extension=extension, queue=queue, minutes=n)
        await answers(world, call.id, keys)
    async with world.store.read() as tx:
        counts = await tx.surveys.counts(T0, T0 + timedelta(minutes=10))
        none = await tx.surveys.counts(T0 + timedelta(minutes=10), T0 + timedelta(days=1))
    told = {(one.user_id, one.queue, one.keys): one.count for one in counts}
    assert told == {
        (world.anna.id, "retail", "5"): 2,
        (world.boris.id, None, "4"): 1,
        (world.boris.id, "retail", "*"): 1,
    }
    assert all(isinstance(one, AnswerCount) and one.question == "service" for one in counts)
    assert none == []


async def test_only_what_belongs_to_no_call_is_forgotten(world):
    call = await a_talk(world, "1795165200.1")
    stray = a_call("1795165999.1").id
    await answers(world, call.id, "5")
    await answers(world, stray, "1")
    async with world.store.begin() as tx:
        assert await tx.surveys.forget_strays(at(70)) == 0, "the PBX may tell of it yet"
        assert await tx.surveys.forget_strays(at(71)) == 1
    assert (await kept(world, call.id), await kept(world, stray)) == ([("service", "5")], [])
