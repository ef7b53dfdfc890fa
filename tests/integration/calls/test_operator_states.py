# SPDX-License-Identifier: Apache-2.0
import asyncio

import pytest

from crm_core.domain.directory.people import OperatorState
from crm_core.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.ports.pbx import LinkState
from crm_core.usecases import set_operator_state as set_state
from crm_core.usecases.heed_phone import heed_phone
from crm_core.usecases.set_operator_state import set_operator_state, sync_states
from tests.support.calls import T0, a_world, at
from tests.support.fake_pbx import FakePbx

AVAILABLE, PAUSED, OFFLINE = OperatorState.AVAILABLE, OperatorState.PAUSED, OperatorState.OFFLINE
MEETING = OperatorState.MEETING


@pytest.fixture
async def world(store):
    return await a_world(store)


@pytest.fixture
def pbx():
    return FakePbx()


async def say(world, pbx, state, moment, *, user=None, whose=None, reason=None):
    who, whose = user or world.anna, whose or world.anna
    return await set_operator_state(
        world.store, world.feed, [pbx], who, whose.id, state=state, now=at(moment), reason=reason
    )


async def test_states_are_intervals_one_open_for_each(world, pbx):
    await say(world, pbx, AVAILABLE, 0)
    await say(world, pbx, PAUSED, 60, reason="lunch")
    await say(world, pbx, AVAILABLE, 90)
    async with world.store.read() as tx:
        assert (await tx.states.current())[world.anna.id].state is AVAILABLE
        assert (await tx.states.at(at(75)))[world.anna.id].reason == "lunch"
        assert await tx.states.at(at(-1)) == {}
        spans = await tx.states.between(world.anna.id, at(59), at(61))
        assert [(one.state, one.started_at, one.ended_at) for one in spans] == [
            (AVAILABLE, at(0), at(60)),
            (PAUSED, at(60), at(90)),
        ]
        assert len(await tx.audit.of("operator_state", world.anna.id)) == 3
    assert [frame["state"] for frame in world.feed.data("operator")] == ["available", "paused", "available"]
    assert pbx.available == {"101": True}


async def test_saying_the_same_again_changes_nothing(world, pbx):
    first = await say(world, pbx, PAUSED, 0, reason="lunch")
    assert await say(world, pbx, PAUSED, 60, reason="lunch") == first
    assert len(world.feed.sent) == 1


async def test_a_clock_set_back_makes_no_negative_interval(world, pbx):
    await say(world, pbx, AVAILABLE, 100)
    assert (await say(world, pbx, PAUSED, 0)).started_at == at(100)


async def test_only_supervisors_speak_for_others(world, pbx):
    await say(world, pbx, PAUSED, 0, user=world.sofia)
    with pytest.raises(ForbiddenError):
        await say(world, pbx, PAUSED, 1, user=world.boris)
    with pytest.raises(InvalidInputError):
        await say(world, pbx, PAUSED, 1, reason="x" * 201)
    with pytest.raises(NotFoundError):
        await set_operator_state(
            world.store, world.feed, [pbx], world.sofia, new_id(T0), state=PAUSED, now=at(1)
        )


async def test_a_pbx_out_of_reach_is_told_when_it_is_back(world, pbx):
    pbx.state = LinkState.DISCONNECTED
    await say(world, pbx, AVAILABLE, 0)
    assert pbx.available == {}
    pbx.state = LinkState.CONNECTED
    await sync_states(world.store, pbx, at(10))
    assert pbx.available == {"101": True, "102": False}


async def test_two_changes_at_once_leave_one_open_interval(world, pbx):
    states = [AVAILABLE, PAUSED, OFFLINE, AVAILABLE, PAUSED]
    await asyncio.gather(*(say(world, pbx, state, number) for number, state in enumerate(states)))
    async with world.store.read() as tx:
        every = await tx.states.between(world.anna.id, at(-1), at(1000))
        assert sum(one.ended_at is None for one in every) == 1


async def hear(world, pbx, moment, *, available, extension="101", reason=""):
    return await heed_phone(
        world.store,
        world.feed,
        [pbx],
        pbx="main",
        extension=extension,
        available=available,
        reason=reason,
        now=at(moment),
    )


async def test_do_not_disturb_on_the_phone_is_the_operators_own_word(world, pbx):
    await say(world, pbx, AVAILABLE, 0)
    paused = await hear(world, pbx, 10, available=False, reason="lunch\n\x00" + "x" * 500)
    assert (paused.state, paused.user_id) == (PAUSED, world.anna.id)
    assert paused.reason.startswith("lunch x")
    back = await hear(world, pbx, 20, available=True)
    assert (back.state, back.reason) == (AVAILABLE, None)
    async with world.store.read() as tx:
        trail = await tx.audit.of("operator_state", world.anna.id)
    assert {entry.actor.user_id for entry in trail} == {world.anna.id}
    assert [frame["state"] for frame in world.feed.data("operator")] == ["available", "paused", "available"]


async def test_a_phone_changes_nothing_that_is_so_already_and_nobody_elses_state(world, pbx):
    await say(world, pbx, OFFLINE, 0)
    assert await hear(world, pbx, 1, available=False) is None
    assert await hear(world, pbx, 2, available=True, extension="999") is None
    async with world.store.read() as tx:
        assert (await tx.states.current())[world.anna.id].state is OFFLINE


async def test_in_a_meeting_is_a_state_of_its_own_with_its_time_and_its_pause(world, pbx):
    await say(world, pbx, AVAILABLE, 0)
    await say(world, pbx, MEETING, 60)
    assert (pbx.available["101"], pbx.reasons["101"]) == (False, "meeting")
    await say(world, pbx, PAUSED, 90, reason="lunch")
    assert pbx.reasons["101"] == "lunch"
    async with world.store.read() as tx:
        spans = await tx.states.between(world.anna.id, at(0), at(100))
        assert [(one.state, one.ended_at) for one in spans] == [
            (AVAILABLE, at(60)),
            (MEETING, at(90)),
            (PAUSED, None),
        ]
    assert [frame["state"] for frame in world.feed.data("operator")] == ["available", "meeting", "paused"]


async def test_a_pbx_that_is_back_is_told_of_meetings_too(world, pbx):
    await say(world, pbx, MEETING, 0)
    pbx.reasons.clear()
    await sync_states(world.store, pbx, at(10))
    assert pbx.reasons == {"101": "meeting", "102": ""}


async def test_a_meeting_said_on_the_phone_and_its_end(world, pbx):
    await say(world, pbx, AVAILABLE, 0)
    said = await hear(world, pbx, 10, available=False, reason="meeting")
    assert (said.state, said.reason) == (MEETING, None)
    assert await hear(world, pbx, 11, available=False, reason="meeting") is None
    assert (await hear(world, pbx, 12, available=False)).state is PAUSED
    assert (await hear(world, pbx, 13, available=False, reason="meeting")).state is MEETING
    assert (await hear(world, pbx, 14, available=True)).state is AVAILABLE


async def test_who_is_offline_is_in_no_meeting_by_a_phone(world, pbx):
    await say(world, pbx, OFFLINE, 0)
    assert await hear(world, pbx, 1, available=False, reason="meeting") is None


class SlowPbx(FakePbx):
    """The first word of somebody is under way until `arrive` is set; what is said after it arrives before it."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way, self.arrive = asyncio.Event(), asyncio.Event()

    async def set_operator_available(self, extension, *, available, reason=""):
        if not self.under_way.is_set():
            self.under_way.set()
            await self.arrive.wait()
        await super().set_operator_available(extension, available=available, reason=reason)


async def after(pbx, slow, newer):
    """`newer` comes while what `slow` says is under way."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(slow)
        await pbx.under_way.wait()
        await newer
        pbx.arrive.set()


async def test_of_two_changes_the_pbx_and_screens_have_the_one_that_is_kept(world):
    pbx = SlowPbx()
    await after(pbx, say(world, pbx, PAUSED, 0, reason="lunch"), say(world, pbx, AVAILABLE, 1))
    async with world.store.read() as tx:
        assert (await tx.states.current())[world.anna.id].state is AVAILABLE
    assert (pbx.available["101"], pbx.reasons["101"]) == (True, "")
    assert world.feed.data("operator")[-1]["state"] == "available"


async def test_a_state_that_changes_while_a_pbx_is_greeted_is_not_undone_there(world):
    await say(world, FakePbx(), PAUSED, 0, reason="lunch")
    pbx = SlowPbx()
    await after(pbx, sync_states(world.store, pbx, at(10)), say(world, pbx, AVAILABLE, 11))
    assert (pbx.available["101"], pbx.reasons["101"]) == (True, "")


async def test_screens_that_hear_of_two_changes_in_the_wrong_order_end_with_the_right_one(world, monkeypatch):
    """As after two commits in the same moment: who was first tells last."""
    pbx, first = FakePbx(), []
    usual = set_state.tell_state

    def late(feed, interval):
        if first:
            usual(feed, interval)
        first.append(interval)

    monkeypatch.setattr(set_state, "tell_state", late)
    slow = SlowPbx()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(say(world, slow, PAUSED, 0))
        await slow.under_way.wait()
        await say(world, pbx, AVAILABLE, 1)
        usual(world.feed, first[0])
        slow.arrive.set()
    assert world.feed.data("operator")[-1]["state"] == "available"
