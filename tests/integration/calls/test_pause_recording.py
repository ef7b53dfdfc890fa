# SPDX-License-Identifier: Apache-2.0
"""Pausing a recording for card data: who may, what is written down, who is told."""

from dataclasses import replace

import pytest

from crm_core.domain.audit import Actor
from crm_core.domain.call import CallEnded, LegAnswered, Transfer, TransferKind
from crm_core.domain.errors import NotFoundError
from crm_core.ports.pbx import NotRecordedError, PbxUnavailableError
from crm_core.usecases.pause_recording import NotTalkingError, RecordingSwitch
from crm_core.usecases.record_call import record_call
from tests.support.calls import PBX, a_call, a_leg, a_world, at, talking
from tests.support.fake_pbx import FakePbx

NAME = "1795165200.1_1795165200.1.raw"


class Talk:
    """Anna talks with a client, recorded."""

    def __init__(self, world, pbx) -> None:
        self.world, self.pbx = world, pbx
        self.switch = RecordingSwitch(world.store, world.directory, [pbx], world.feed)
        self.call = replace(talking(a_call()), recordings=(NAME,))
        pbx.calls = [self.call]

    async def turn(self, seconds, *, paused, user=None, call=None):
        user = user or self.world.anna
        actor = Actor(user.login, user.id)
        await self.switch.turn(actor, (call or self.call).id, at(seconds), paused=paused)

    async def pauses(self):
        async with self.world.store.read() as tx:
            return (await tx.recordings.pauses([self.call.id])).get(self.call.id, [])


@pytest.fixture
async def talk(store):
    world = await a_world(store)
    made = Talk(world, FakePbx(PBX))
    event = LegAnswered(call=made.call, at=at(5), leg=made.call.legs[0])
    await record_call(event, store, world.feed, world.directory)
    return made


async def test_a_pause_and_its_end_are_written_down_and_told(talk):
    await talk.turn(10, paused=True)
    assert talk.pbx.muted == {talk.call.id: True}
    await talk.turn(12, paused=True)  # another tab: the same pause
    await talk.turn(20, paused=False)
    await talk.turn(21, paused=False)
    (pause,) = await talk.pauses()
    assert (pause.actor, pause.user_id) == ("anna", talk.world.anna.id)
    assert (pause.started_at, pause.ended_at) == (at(10), at(20))
    told = talk.world.feed.data("call.recording", talk.world.anna)
    assert [one["paused_at"] for one in told] == [at(10), at(12), None, None]
    async with talk.world.store.read() as tx:
        trail = await tx.audit.of("recording", talk.call.id, 10)
        row = await tx.calls.row(talk.call.id)
    assert sorted(entry.action for entry in trail) == ["pause", "resume"]
    assert row.recordings == ()  # its file is not there yet


async def test_two_pauses_are_two(talk):
    for seconds, paused in ((10, True), (12, False), (30, True)):
        await talk.turn(seconds, paused=paused)
    assert [one.ended_at for one in await talk.pauses()] == [at(12), None]


async def test_only_who_talks_may(talk):
    with pytest.raises(NotTalkingError):
        await talk.turn(10, paused=True, user=talk.world.boris)
    with pytest.raises(NotFoundError):
        await talk.turn(10, paused=True, call=a_call("9.9"))
    assert await talk.pauses() == []


async def test_what_the_pbx_refuses_is_not_written_down(talk):
    talk.pbx.calls = [replace(talk.call, recordings=())]
    with pytest.raises(NotRecordedError):
        await talk.turn(10, paused=True)
    talk.pbx.calls = [talk.call]
    talk.pbx.state = talk.pbx.state.DISCONNECTED
    with pytest.raises(PbxUnavailableError):
        await talk.turn(10, paused=True)
    assert await talk.pauses() == []


async def test_who_takes_the_call_over_sees_the_pause(talk):
    await talk.turn(10, paused=True)
    world = talk.world
    moved = Transfer(kind=TransferKind.BLIND, by="101", to="102", completed=True, at=at(20))
    legs = (replace(talk.call.legs[0], ended_at=at(20)), a_leg("102", rang=20, answered=22))
    call = replace(talk.call, legs=legs, transfers=(moved,))
    await talk.switch.follow(LegAnswered(call=call, at=at(22), leg=legs[1]))
    assert world.feed.data("call.recording", world.boris)[-1]["paused_at"] == at(10)
    await talk.switch.follow(CallEnded(call=call, at=at(30)))
    assert len(world.feed.data("call.recording", world.boris)) == 1


async def test_a_pause_goes_with_a_call_that_becomes_part_of_another(talk):
    await talk.turn(10, paused=True)
    async with talk.world.store.begin() as tx:
        elder = a_call("1795165100.1")
        from crm_core.usecases.keep_call import keep_call

        await keep_call(tx, elder, talk.world.directory)
        await tx.calls.merge(talk.call.id, elder.id)
        assert (await tx.recordings.pauses([elder.id]))[elder.id][0].started_at == at(10)
