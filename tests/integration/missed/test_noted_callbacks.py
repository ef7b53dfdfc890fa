# SPDX-License-Identifier: Apache-2.0
"""Keys that were pressed while nobody answered the dialplan: read back, made requests once, struck out."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from crm_core.domain.call import Disposition, LegAnswered
from crm_core.domain.callback import CallbackFilter, CallbackSource
from crm_core.domain.errors import CrmError
from crm_core.domain.ids import call_id
from crm_core.domain.missed import AttemptKind, MissedState
from crm_core.usecases.record_call import record_call
from pbx_bridge.agi_lines import AgiRequest
from pbx_bridge.ami_errors import LinkBrokenError
from pbx_bridge.noted_callbacks import FAMILY, NotedCallbacks
from tests.integration.missed.test_callbacks import agi_of
from tests.support.calls import OLGA, PBX, T0, a_world, at
from tests.support.missed import answered_at, missed_at, record

LINKEDID = "1795165300.7"
CAME, PRESSED, BACK = at(10), at(40), at(4000)
DID = "+74951112233"


@dataclass
class AstDb:
    keys: list[str] = field(default_factory=list)
    away: bool = False
    longest: int = 1023

    async def ask(self, headers):
        if self.away:
            raise LinkBrokenError
        assert headers == {"Action": "Getvar", "Variable": f"DB_KEYS({FAMILY})"}
        return {"Value": ",".join(self.keys)[: self.longest]}

    def strike(self, family, key):
        assert family == FAMILY
        self.keys.remove(key)

    def note(self, linkedid=LINKEDID, *, call="", caller=OLGA, queue="retail", since=CAME, pressed=PRESSED):
        seconds = [str(int(since.timestamp())), str(int(pressed.timestamp()))]
        self.keys.append("^".join([linkedid, call, caller, DID, queue, *seconds]) + ".")


@pytest.fixture
async def world(store):
    return await a_world(store)


@pytest.fixture
def pbx():
    return AstDb()


def noted(world, pbx, *, going_on=(), now=lambda: BACK, patience=timedelta(0)):
    return NotedCallbacks(
        PBX,
        pbx.ask,
        lambda _at: "boot",
        lambda: going_on,
        pbx.strike,
        world.store,
        world.directory,
        now,
        patience,
    )


async def requests(world):
    async with world.store.read() as tx:
        rows = await tx.callbacks.page(CallbackFilter(), None, 50)
        return [(row, await tx.missed.attempts(row.item.id)) for row in rows]


async def test_a_key_pressed_while_we_were_away_is_a_request_with_its_place(world, pbx):
    pbx.note()
    assert await noted(world, pbx).look() == 1
    ((row, _),) = await requests(world)
    one = row.request
    assert (one.id, one.e164) == (call_id(PBX, "boot", LINKEDID), OLGA)
    assert (one.source, one.queue, one.did) == (CallbackSource.QUEUE, "retail", DID)
    assert (one.arrived_at, one.made_at) == (at(10), PRESSED)
    assert (row.item.state, row.item.first_at) == (MissedState.MISSED, at(10))
    assert pbx.keys == [], "it is struck out"
    assert await noted(world, pbx).look() == 0


async def test_of_a_step_there_is_no_queue(world, pbx):
    pbx.note(queue="")
    await noted(world, pbx).look()
    ((row, _),) = await requests(world)
    assert (row.request.source, row.request.queue) == (CallbackSource.STEP, None)


@pytest.mark.parametrize("order", ["call first", "note first"])
@pytest.mark.parametrize("how", [Disposition.ABANDONED, Disposition.VOICEMAIL])
async def test_the_call_and_the_note_are_one_attempt_in_either_order(world, pbx, order, how):
    pbx.note()
    call = replace(missed_at(0, LINKEDID), disposition=how)
    if order == "call first":
        await record(world, call)
    await noted(world, pbx).look()
    if order == "note first":
        await record(world, call)
    ((row, attempts),) = await requests(world)
    assert (row.item.state, row.item.kind, row.item.attempts) == (
        MissedState.MISSED,
        AttemptKind.CALLBACK_REQUEST,
        1,
    )
    assert [one.call_id for one in attempts] == [call_id(PBX, "boot", LINKEDID)]


async def test_made_by_the_live_way_too_or_struck_out_in_vain_it_stays_one(world, pbx):
    args = (PBX, LINKEDID, DID, "retail", str(int(at(10).timestamp())))
    env = {"agi_callerid": OLGA, "agi_callingpres": "0", "agi_uniqueid": LINKEDID}
    await agi_of(world)(AgiRequest(script="callback", args=args, env=env))
    for _ in range(2):
        pbx.note()
        await noted(world, pbx).look()
    assert len(await requests(world)) == 1


async def test_what_the_call_itself_told_of_its_id_counts_over_the_run_of_the_pbx(world, pbx):
    told = call_id(PBX, "boot", "1795165300.9")
    pbx.note(call=str(told))
    await noted(world, pbx).look()
    ((row, _),) = await requests(world)
    assert row.request.id == told


@pytest.mark.parametrize("order", ["call first", "note first"])
async def test_who_was_answered_in_the_same_call_waits_for_nobody(world, pbx, order):
    pbx.note()
    call = answered_at(0, LINKEDID)
    if order == "call first":
        await record(world, call)
    assert await noted(world, pbx).look() == 1
    if order == "note first":
        await record(world, call)
    assert await requests(world) == []


async def test_while_the_call_goes_on_it_may_yet_be_answered(world, pbx):
    pbx.note()
    over = missed_at(0, LINKEDID)
    going_on = replace(over, ended_at=None, disposition=None, missed=False)
    assert await noted(world, pbx, going_on=[going_on]).look() == 0
    talking = replace(answered_at(0, LINKEDID), ended_at=None, disposition=None)
    await record_call(
        LegAnswered(call=talking, at=at(5), leg=talking.legs[0]), world.store, world.feed, world.directory
    )
    assert await noted(world, pbx).look() == 0, "so the database says"
    assert await requests(world) == []
    assert pbx.keys
    await record(world, over)
    assert await noted(world, pbx).look() == 1
    assert len(await requests(world)) == 1


async def test_what_the_call_was_is_waited_for_as_long_as_amis_and_cels_word_takes(world, pbx):
    pbx.note()
    pbx.note("1795165301.9")
    clock = [BACK]
    ours = noted(world, pbx, now=lambda: clock[0], patience=timedelta(seconds=45))
    assert await ours.look() == 0
    await record(world, replace(missed_at(0, LINKEDID), uncertain=("end_not_seen",)))
    assert await ours.look() == 0, "CEL may know better"
    await record(world, answered_at(0, LINKEDID))
    assert await ours.look() == 1
    clock[0] += timedelta(seconds=46)
    assert await ours.look() == 1, "of this one nobody has told"
    assert [row.request.id for row, _ in await requests(world)] == [call_id(PBX, "boot", "1795165301.9")]


@pytest.mark.parametrize("caller", ["", "101", "+74951112233"])
async def test_nobody_who_can_be_called_back_is_struck_out_and_blocks_no_other(world, pbx, caller):
    world.directory.clients.set_own([DID])
    pbx.note("1.1", caller=caller)
    pbx.note("1795165301.9")
    await noted(world, pbx).look()
    assert [row.request.e164 for row, _ in await requests(world)] == [OLGA]
    assert pbx.keys == []


async def test_torn_rows_and_wrong_clocks_do_no_harm(world, pbx):
    pbx.keys.append("torn")
    pbx.note("1.2", since=T0.replace(year=2040), pressed=T0.replace(year=2040))
    await noted(world, pbx).look()
    ((row, _),) = await requests(world)
    assert row.request.made_at == row.request.arrived_at == BACK
    assert pbx.keys == ["torn"]


async def test_more_keys_than_ami_tells_at_once_come_in_parts(world, pbx):
    for n in range(30):
        pbx.note(f"1795165300.{n}", caller=f"+7916100{n:04}")
    looks = 0
    while pbx.keys:
        assert await noted(world, pbx).look() > 0
        looks += 1
    assert looks > 1
    assert len(await requests(world)) == 30


async def test_a_pbx_or_a_database_that_is_away_loses_nothing(world, pbx):
    pbx.note()
    pbx.away = True
    with pytest.raises(CrmError):
        await noted(world, pbx).look()
    pbx.away = False
    await noted(world, pbx).look()
    assert len(await requests(world)) == 1
