# SPDX-License-Identifier: Apache-2.0
"""Messages and the ledger of missed callers: what settles or opens the one does so to the other (docs/missed.md)."""

import random
from dataclasses import dataclass, field, replace

import pytest

from crm_core.domain.audit import Actor
from crm_core.domain.call import Disposition
from crm_core.domain.ids import call_id
from crm_core.domain.missed import MissedState
from crm_core.domain.missed_views import MissedView
from crm_core.usecases.claim_missed import claim_missed
from crm_core.usecases.close_voicemail import MESSAGE_CLOSED, close_voicemail
from crm_core.usecases.give_up_missed import give_up_missed, reopen_missed
from crm_core.usecases.reopen_voicemail import reopen_voicemail
from tests.support.calls import PBX, a_world, add_contact, at
from tests.support.missed import answered_at, called_back, listed, missed_at, record, the_item

OPEN, CLOSED = "open", "closed"
LEFT = "1795165200.1"


@pytest.fixture
async def world(store):
    world = await a_world(store)
    await add_contact(store, manager=world.anna)
    return world


def left_at(seconds, linkedid=LEFT):
    return replace(missed_at(seconds, linkedid), disposition=Disposition.VOICEMAIL)


def message_of(linkedid=LEFT):
    return call_id(PBX, "boot", linkedid)


async def state(world, linkedid=LEFT):
    async with world.store.read() as tx:
        return (await tx.voicemails.get(message_of(linkedid))).state.value


async def close(world, linkedid=LEFT, *, by=None, seconds=500):
    await close_voicemail(world.store, world.feed, by or world.anna, message_of(linkedid), now=at(seconds))


async def reopen(world, linkedid=LEFT, *, seconds=600):
    await reopen_voicemail(world.store, world.feed, world.anna, message_of(linkedid), now=at(seconds))


async def give_up(world, seconds=500):
    item = (await listed(world))[0]
    await give_up_missed(
        world.store, world.anna, item.id, "moved away", Actor("anna", world.anna.id), at(seconds)
    )


async def open_item_again(world, seconds=600):
    (item,) = await listed(world, MissedView.CLOSED)
    return await reopen_missed(world.store, world.anna, item.id, Actor("anna", world.anna.id), at(seconds))


async def test_closing_the_only_message_settles_its_caller(world):
    await record(world, missed_at(0, "1795165100.1"), left_at(100))
    await close(world)
    item = await the_item(world)
    assert (item.state, item.reason, item.closed_by) == (MissedState.GAVE_UP, MESSAGE_CLOSED, world.anna.id)
    async with world.store.read() as tx:
        assert [one.action for one in await tx.audit.of("missed", item.id)] == ["give_up"]


async def test_whoever_tried_again_since_still_waits(world):
    await record(world, left_at(0), missed_at(100, "1795165300.1"))
    await close(world)
    assert [item.attempts for item in await listed(world)] == [2]


async def test_of_two_messages_the_second_one_closed_settles_the_caller(world):
    await record(world, left_at(0), left_at(100, "1795165300.1"))
    await close(world)
    assert (await the_item(world)).is_open
    await close(world, "1795165300.1", seconds=510)
    assert (await the_item(world)).state is MissedState.GAVE_UP


async def test_a_colleague_who_calls_them_back_keeps_them(world):
    await record(world, left_at(0))
    (item,) = await listed(world)
    await claim_missed(world.store, world.sofia, item.id, Actor("sofia", world.sofia.id), at(50))
    await close(world)
    assert (await the_item(world)).state is MissedState.CLAIMED
    assert await state(world) == CLOSED
    await reopen(world)
    await close(world, by=world.sofia)
    assert (await the_item(world)).state is MissedState.GAVE_UP, "who has them, and supervisors, may"


@pytest.mark.parametrize(
    ("talk", "came_of_it"),
    [(called_back, MissedState.REACHED), (answered_at, MissedState.CAME_BACK)],
    ids=["called back", "called again"],
)
@pytest.mark.parametrize("order", ["talk last", "message last"])
async def test_a_talk_answers_the_message_whichever_is_told_first(world, talk, came_of_it, order):
    calls = [left_at(0), talk(200, "1795165400.1")]
    await record(world, *(calls if order == "talk last" else reversed(calls)))
    item = await the_item(world)
    assert (item.state, await state(world)) == (came_of_it, CLOSED)
    async with world.store.read() as tx:
        message = await tx.voicemails.get(message_of())
    assert (message.closed_at, message.closed_by) == (item.closed_at, world.anna.id)


async def test_a_call_of_ours_that_they_do_not_answer_closes_nothing(world):
    await record(world, left_at(0), called_back(200, "1795165400.1", answered=False))
    assert ((await the_item(world)).is_open, await state(world)) == (True, OPEN)


async def test_a_talk_that_was_none_opens_both_again(world):
    await record(world, left_at(0), answered_at(200, "1795165400.1"))
    await record(world, missed_at(200, "1795165400.1"))
    assert ((await the_item(world)).is_open, await state(world)) == (True, OPEN)


async def test_a_message_after_the_talk_waits_for_another(world):
    await record(world, answered_at(0, "1795165100.1"), left_at(200))
    assert ((await the_item(world)).is_open, await state(world)) == (True, OPEN)


async def test_whom_nobody_will_call_back_has_no_message_left_to_answer_until_opened_again(world):
    await record(world, left_at(0, "1795165100.1"), left_at(100))
    await close(world, "1795165100.1", seconds=300)
    await give_up(world)
    assert await state(world) == CLOSED
    await open_item_again(world)
    assert await state(world) == OPEN
    assert await state(world, "1795165100.1") == CLOSED, "somebody had closed it before, on its own"
    assert (await the_item(world)).is_open


async def test_opening_the_message_again_opens_the_caller_who_was_given_up(world):
    await record(world, left_at(0))
    await close(world)
    await reopen(world)
    item = await the_item(world)
    assert (item.state, item.reason, await state(world)) == (MissedState.MISSED, None, OPEN)


async def test_opening_a_message_that_a_talk_had_answered_opens_it_alone_and_nothing_closes_it_again(world):
    await record(world, left_at(0), called_back(200, "1795165400.1"))
    await reopen(world)
    assert ((await the_item(world)).state, await state(world)) == (MissedState.REACHED, OPEN)
    await record(world, left_at(0), called_back(200, "1795165400.1"))
    assert await state(world) == OPEN, "a replay is no second talk"


async def test_what_they_have_open_since_takes_the_one_that_is_opened_again(world):
    await record(world, left_at(0))
    await close(world, seconds=100)
    await record(world, missed_at(200, "1795165400.1"))
    await reopen(world)
    (item,) = await listed(world)
    assert (item.attempts, await listed(world, MissedView.CLOSED)) == (2, [])


@dataclass
class History:
    """Any order of what may happen; after each step both say the same."""

    world: object
    dice: random.Random
    second: int = 0
    messages: list[str] = field(default_factory=list)
    opened_alone: set[str] = field(default_factory=set)

    async def step(self):
        self.second += 100
        acts = [self.miss, self.leave, self.talk, self.give_up, self.open_item, self.close, self.reopen]
        await self.dice.choice(acts)()

    def linkedid(self):
        return f"{1795165200 + self.second}.1"

    async def miss(self):
        await record(self.world, missed_at(self.second, self.linkedid()))

    async def leave(self):
        self.messages.append(self.linkedid())
        await record(self.world, left_at(self.second, self.linkedid()))

    async def talk(self):
        talk = self.dice.choice([called_back, answered_at])
        await record(self.world, talk(self.second, self.linkedid()))

    async def give_up(self):
        if await listed(self.world):
            await give_up(self.world, self.second)

    async def open_item(self):
        given_up = [
            one for one in await listed(self.world, MissedView.CLOSED) if one.state is MissedState.GAVE_UP
        ]
        if given_up:
            actor = Actor("anna", self.world.anna.id)
            await reopen_missed(self.world.store, self.world.anna, given_up[0].id, actor, at(self.second))

    async def close(self):
        if self.messages:
            await close(self.world, self.dice.choice(self.messages), seconds=self.second)

    async def reopen(self):
        closed = [one for one in self.messages if await state(self.world, one) == CLOSED]
        if closed:
            one = self.dice.choice(closed)
            await reopen(self.world, one, seconds=self.second)
            self.opened_alone.add(one)

    async def agree(self):
        items = [*await listed(self.world), *await listed(self.world, MissedView.CLOSED)]
        assert len([one for one in items if one.is_open]) <= 1
        seen = set()
        for item in items:
            async with self.world.store.read() as tx:
                ids = {one.id for one in await tx.missed.attempts(item.id)}
            of_it = [one for one in self.messages if message_of(one) in ids]
            states = {one: await state(self.world, one) for one in of_it}
            seen |= set(of_it)
            if item.state is MissedState.GAVE_UP:
                assert set(states.values()) <= {CLOSED}
            elif not item.is_open:
                assert {one for one, said in states.items() if said == OPEN} <= self.opened_alone
        assert seen == set(self.messages), "each belongs to an item"


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_happens_in_whichever_order_both_agree(world, seed):
    history = History(world, random.Random(seed))
    for _ in range(25):
        await history.step()
        await history.agree()
