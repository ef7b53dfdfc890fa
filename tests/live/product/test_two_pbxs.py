# SPDX-License-Identifier: Apache-2.0
"""Two PBXs without a systemname give their calls the same ids; whose call, whose recording is whose all the same."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from config.demo.site import write_settings
from config.demo.telephony import DemoPorts, DemoTelephony
from crm_core.domain.call import Disposition
from crm_core.domain.recording import RecordingState
from crm_core.domain.witness import WitnessState
from pbx_bridge.cel.rows import parse
from tests.live.lab import addresses
from tests.live.product.floor import QUEUE_DID, Floor, clock_of, finished, make_pbx, make_plan, since
from tests.live.product.product import make_product
from tests.live.product.screen import seconds_of_day
from tests.live.wire import wired

_TRIES = 8


@pytest.fixture
async def house(asterisk_program, tmp_path):
    """One product, two PBXs with the same phones, 'main' and 'branch'."""
    main = make_plan()
    plans = {"main": main, "branch": replace(make_plan(), pbx="branch", agi=main.agi)}
    floors = {}
    async with AsyncExitStack() as stack:
        for name, plan in plans.items():
            pbx = make_pbx(asterisk_program, plan, tmp_path / name)
            await stack.enter_async_context(pbx)
            wires = stack.enter_context(wired(addresses(plan), (plan.sip_host, plan.sip_port)))
            floors[name] = Floor(pbx=pbx, plan=plan, wires=wires)
        product = await make_product(tmp_path / "product", main, floors["main"].pbx, "")
        _add(product, floors["branch"], tmp_path)
        product.start()
        stack.callback(product.stop)
        await product.ready()
        for name, floor in floors.items():
            await floor.clean(tmp_path / f"work-{name}")
            stack.push_async_callback(floor.finish)
        yield product, floors


def _add(product, floor, tmp_path):
    """The second PBX's part of the settings, as the first one's is written."""
    home = tmp_path / "second"
    home.mkdir()
    telephony = DemoTelephony(pbx=floor.pbx, world=floor.pbx, plan=floor.plan, control=home / "none")
    text = write_settings(home, telephony, DemoPorts(agi=1), 1, "").read_text()
    with product.settings_file.open("a") as file:
        file.write(text[text.index("[[pbx]]") :].replace('"main"', '"branch"', 1))


def rows(floor):
    text = floor.pbx.cel_file.read_text(errors="replace") if floor.pbx.cel_file.exists() else ""
    return [row for line in text.splitlines() if (row := parse(line))]


def youngest(floor) -> int:
    """The number of the channel that this PBX made last."""
    return max((int(row.uniqueid.rpartition(".")[2]) for row in rows(floor)), default=-1)


def linkedid(floor, number: str) -> str:
    return next(row.linkedid for row in rows(floor) if row.event == "CHAN_START" and row.number == number)


async def made_even(floors) -> None:
    """Whoever made fewer channels makes some, one by one: calls out that nobody takes."""
    for floor in floors.values():
        await floor.until(floor.is_quiet)
    for _ in range(60):
        counts = {name: youngest(floor) for name, floor in floors.items()}
        if counts["main"] == counts["branch"]:
            return
        behind = floors[min(counts, key=counts.__getitem__)]
        before = youngest(behind)
        await behind.pbx.cli("channel originate PJSIP/+79990000000@trunk application Wait 1")
        await behind.until(lambda floor=behind, had=before: youngest(floor) > had)
        await behind.pbx.cli("channel request hangup all")
        await behind.until(behind.is_quiet)
    raise AssertionError("two counters that do not meet")


async def both_call(product, floors):
    """In one second, to both; their numbers, and how long they talked by the phones' clocks."""
    await made_even(floors)
    numbers = {"main": product.client("retail"), "branch": product.client("wholesale")}
    phones = [await floor.phone("103") for floor in floors.values()]
    async with (
        floors["main"].caller(numbers["main"]) as one,
        floors["branch"].caller(numbers["branch"]) as two,
    ):
        await asyncio.sleep(1.05 - time.time() % 1)  # the ids begin with the second
        calls = await asyncio.gather(one.dial(QUEUE_DID), two.dial(QUEUE_DID))
        await product.heard_answer(*numbers.values())
        hung_up_at = []
        for call, seconds in zip(calls, (2, 3), strict=True):  # the one for two, the other for five
            await asyncio.sleep(seconds)
            hung_up_at.append(seconds_of_day())
            await call.hang_up()
        await finished(*phones)
    ends = zip(floors, phones, hung_up_at, strict=True)
    return numbers, {name: since(clock_of(phone).answered, at) for name, phone, at in ends}


async def test_calls_with_the_same_ids_at_the_same_moment(house):
    product, floors = house
    for _ in range(_TRIES):
        numbers, talks = await both_call(product, floors)
        ids = {linkedid(floor, numbers[name]) for name, floor in floors.items()}
        if len(ids) == 1:
            break
    assert len(ids) == 1, f"in {_TRIES} tries no two calls of the same id: {ids}"
    for name, talk_s in talks.items():
        kept = await product.ended(numbers[name])
        call = kept.call
        assert (call.pbx, set(call.linkedids), call.uncertain) == (name, ids, ())
        assert (call.disposition, call.answered_by) == (Disposition.ANSWERED, "103")
        assert call.talk_s == pytest.approx(talk_s, abs=1)
        (recording,) = await product.recordings(kept)
        assert (recording.pbx, recording.state) == (name, RecordingState.READY)
        assert recording.duration_s == pytest.approx(talk_s, abs=1.5)
        assert (await witness_of(product, kept)).state is WitnessState.AGREED


async def witness_of(product, kept):
    async def told():
        async with product.read() as tx:
            return (await tx.witnesses.of_calls([kept.call.id])).get(kept.call.id)

    (witness,) = await product.until(told, 120)
    assert witness.said.pbx == kept.call.pbx
    return witness
