# SPDX-License-Identifier: Apache-2.0
"""The product is killed while people talk, and is away until long after: CEL tells what AMI could tell nobody."""

import asyncio
import time

import pytest

from crm_core.domain.call import Disposition, HangupBy, TransferKind
from crm_core.domain.recording import RecordingState
from crm_core.domain.witness import DifferenceKind, WitnessState
from tests.live.product.asserts import legs, one_communication, ready_recording
from tests.live.product.floor import clock_of, finished, since

NOBODY_COULD_KNOW = {"hold", "attempts"}
_LONG = 120.0


async def witness_of(product, kept):
    async def told():
        async with product.read() as tx:
            return (await tx.witnesses.of_calls([kept.call.id])).get(kept.call.id)

    (witness,) = await product.until(told, _LONG)
    return witness


async def corrected(product, number):
    """The one call of a number, once CEL has put it right."""

    async def over():
        ones = await product.calls(number)
        if len(ones) != 1:
            return None
        async with product.read() as tx:  # both as of one moment
            told = (await tx.witnesses.of_calls([ones[0].call.id])).get(ones[0].call.id)
            return (await tx.calls.get(ones[0].call.id), told[0]) if told else None

    kept, witness = await product.until(over, _LONG)
    assert witness.state is WitnessState.CORRECTED, witness
    assert set(kept.call.uncertain) <= NOBODY_COULD_KNOW, kept.call.uncertain
    return kept, {one.kind for one in witness.differences}


async def the_talk_is_recorded(product, kept):
    """The client's file, whole; a consultation inside has one of its own."""

    async def ready():
        found = await product.recordings(kept)
        return max(found, key=lambda one: one.duration_s or 0).state is RecordingState.READY

    await product.until(ready, _LONG)


async def test_a_call_without_trouble_is_told_alike_by_both(product, floor):
    number = product.client("101")
    anna, client = await floor.phone("101"), await floor.client(caller=number, seconds=2)
    await finished(client, anna)
    kept = await product.ended(number)
    witness = await witness_of(product, kept)
    assert (witness.state, witness.differences) == (WitnessState.AGREED, ())
    assert witness.said.call_id == kept.call.id
    assert witness.said.recordings == kept.call.recordings
    assert kept.call.uncertain == ()


async def test_killed_in_mid_talk_and_away_until_all_is_over(product, floor):
    """One talk goes on to its end, one is sent on, one is handed over after asking."""
    plain, blind, attended = (product.client(by) for by in ("102", "101", "103"))
    async with (
        floor.desk_phone("101") as anna, floor.desk_phone("105") as sofia,
        floor.desk_phone("103") as clara, floor.desk_phone("104") as dmitri,
        floor.desk_phone("102") as boris,
    ):  # fmt: skip
        clients = [await floor.client("call_until_bye", caller=one) for one in (plain, blind, attended)]
        talk, first, second = await boris.rung(), await anna.rung(), await clara.rung()
        await product.heard_answer(plain, blind, attended)
        product.kill()
        began = time.monotonic()
        await first.refer("105")
        taken = await sofia.rung()
        rang_s = time.monotonic() - began
        await first.let_go()
        await second.hold()
        consult = await clara.dial("104")
        handed = await dmitri.rung()
        await asyncio.sleep(1)
        await second.refer("104", consult)
        await second.let_go()
        await consult.hang_up()
        await handed.voice.speak(3)
        for call in (talk, taken, handed):
            await call.hang_up()
        await finished(*clients)
        await floor.until(floor.is_quiet)
    product.start()
    await product.ready()
    for number, sipp, by, to, kind in (
        (plain, clients[0], "102", "102", None),
        (blind, clients[1], "101", "105", TransferKind.BLIND),
        (attended, clients[2], "103", "104", TransferKind.ATTENDED),
    ):
        kept, kinds = await corrected(product, number)
        call, heard = kept.call, clock_of(sipp)
        assert kinds & {DifferenceKind.TALK, DifferenceKind.OPEN, DifferenceKind.END}, kinds
        assert (call.disposition, call.missed, call.hangup_by) == (
            Disposition.ANSWERED,
            False,
            HangupBy.CALLEE,
        )
        assert (call.answered_by, call.final_party) == (by, to)
        ringing = rang_s if kind is TransferKind.BLIND else 0
        assert call.talk_s + call.hold_s == pytest.approx(heard.talk_s - ringing, abs=1)
        assert [(one.kind, one.by, one.to, one.completed) for one in call.transfers] == (
            [(kind, by, to, True)] if kind else []
        )
        assert legs(kept)[to] == "hangup"
        await one_communication(product, kept)
        await the_talk_is_recorded(product, kept)
    await product.until(product.none_open)


async def test_calls_that_came_and_went_while_nobody_looked(product, floor):
    """The dialplan went on alone: to the manager by AstDB, to the default queue; one gave up, one was picked up."""
    await floor.until(lambda: _fallback_is_there(floor))
    managed, queued, missed, taken = (product.client(of) for of in ("101", "unknown", "103", "102"))
    product.kill()
    anna, boris = await floor.phone("101"), await floor.phone("102")
    clients = [await floor.client(caller=one, seconds=2) for one in (managed, queued)]
    await finished(*clients, anna, boris)
    async with floor.desk_phone("104") as dmitri:
        rung = [await floor.phone(extension, "no_answer") for extension in ("103", "102")]
        gone = await floor.client("cancel", caller=missed, seconds=1)
        await finished(gone)
        await floor.until(lambda: "CANCEL" in rung[0].messages())
        await floor.until(floor.is_quiet)
        caught = await floor.client("call_until_bye", caller=taken, seconds=8)
        await floor.until(lambda: "INVITE" in rung[1].messages())
        pickup = await dmitri.dial("*8")
        await asyncio.sleep(2)
        await pickup.hang_up()
        await finished(caught)
        await floor.until(floor.is_quiet)
    product.start()
    await product.ready()
    for number, answered, left, by in (
        (managed, anna, clients[0], "101"),
        (queued, boris, clients[1], "102"),  # whom the queue had answered before
        (taken, caught, caught, "104"),
    ):
        kept, kinds = await corrected(product, number)
        assert kinds == {DifferenceKind.MISSING_CALL}
        assert (kept.call.disposition, kept.call.answered_by) == (Disposition.ANSWERED, by)
        talked_s = since(clock_of(answered).answered, clock_of(left).over)
        assert kept.call.talk_s == pytest.approx(talked_s, abs=1)
        assert kept.answered_user_id
        await one_communication(product, kept, lead=number == queued)
        await ready_recording(product, kept)
    kept, _ = await corrected(product, missed)
    assert (kept.call.missed, kept.call.disposition) == (True, Disposition.CANCELLED)
    assert kept.call.talk_s == 0
    await one_communication(product, kept)


async def _fallback_is_there(floor):
    return "rolodial/live" in await floor.pbx.cli("database show rolodial live")
