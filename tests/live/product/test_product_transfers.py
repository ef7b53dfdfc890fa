# SPDX-License-Identifier: Apache-2.0
"""Transfers by the phone's own key and hold, in the record and on the screens."""

import asyncio
import time

import pytest

from crm_core.domain.call import Disposition, HangupBy, TransferKind
from tests.live.product.asserts import legs, one_communication, ready_recording, tones
from tests.live.product.floor import TONES, clock_of, finished
from tests.live.product.screen import logged_in


async def test_a_blind_and_an_attended_transfer_side_by_side(product, floor):
    blind, attended = product.client("101"), product.client("103")
    async with (
        floor.desk_phone("101") as anna, floor.desk_phone("102") as boris,
        floor.desk_phone("103") as clara, floor.desk_phone("104") as dmitri,
    ):  # fmt: skip
        clients = await asyncio.gather(
            *(floor.client("call_until_bye", caller=one) for one in (blind, attended))
        )
        rang_s, held_s = await asyncio.gather(_blindly(anna, boris), _attended(clara, dmitri))
        await finished(*clients)
    calls = await product.all_ended([blind, attended])
    for number, sipp, first, last, kind in (
        (blind, clients[0], "101", "102", TransferKind.BLIND),
        (attended, clients[1], "103", "104", TransferKind.ATTENDED),
    ):
        call, heard = calls[number].call, clock_of(sipp)
        assert call.disposition is Disposition.ANSWERED
        assert (call.answered_by, call.final_party, call.hangup_by) == (first, last, HangupBy.CALLEE)
        assert call.uncertain == ()
        assert [(t.kind, t.by, t.to, t.completed) for t in call.transfers] == [(kind, first, last, True)]
        ringing = rang_s if kind is TransferKind.BLIND else 0
        assert call.talk_s + call.hold_s == pytest.approx(heard.talk_s - ringing, abs=1)
        assert legs(calls[number])[last] == "hangup"
        assert legs(calls[number])[first] == "transferred"
        await one_communication(product, calls[number])
        # What was said before an attended transfer, inside, is recorded too and is now a part of this call.
        recording = await ready_recording(product, calls[number], of=1 if kind is TransferKind.BLIND else 2)
        async with logged_in(product, "sofia") as browser:
            samples, rate = await browser.heard(recording)
        assert tones(samples, rate, 0.6, 1.2)[1] == pytest.approx(TONES[first], abs=8)
        assert tones(samples, rate, -1.2, -0.2) == pytest.approx((440, TONES[last]), abs=8)
    assert calls[attended].call.hold_s == pytest.approx(held_s, abs=1)


async def _blindly(anna, boris):
    """How long the second phone rang."""
    call = await anna.rung()
    await call.voice.speak(1.5)
    began = time.monotonic()
    await call.refer("102")
    taken = await boris.rung()
    rang_s = time.monotonic() - began
    await call.let_go()
    await taken.voice.speak(2.5)
    await taken.hang_up()
    return rang_s


async def _attended(clara, dmitri):
    """How long the client was held."""
    call = await clara.rung()
    await call.voice.speak(1.3)
    began = time.monotonic()
    await call.hold()
    consult = await clara.dial("104")
    taken = await dmitri.rung()
    await taken.voice.speak(1.5)
    await call.refer("104", consult)
    held_s = time.monotonic() - began
    await call.let_go()
    await consult.hang_up()
    await taken.voice.speak(2.5)
    await taken.hang_up()
    return held_s


async def test_hold_is_apart_from_talk_and_a_transferred_card_says_from_whom(product, floor):
    number = product.client("101")
    async with (
        logged_in(product, "anna") as one, one.screen() as annas,
        logged_in(product, "boris") as two, two.screen() as boriss,
        floor.desk_phone("101") as anna, floor.desk_phone("102") as boris,
    ):  # fmt: skip
        client = await floor.client("call_until_bye", caller=number)
        call = await anna.rung()
        await asyncio.sleep(0.7)
        began = time.monotonic()
        await call.hold()
        await annas.frame("call", state="held")
        await asyncio.sleep(1.5)
        await call.hold(on=False)
        held_s = time.monotonic() - began
        await asyncio.sleep(0.7)
        began = time.monotonic()
        await call.refer("102")
        taken = await boris.rung()
        rang_s = time.monotonic() - began
        await call.let_go()
        await boriss.frame("call", state="talking")
        await asyncio.sleep(1)
        await taken.hang_up()
        await finished(client)
        await boriss.frame("call", state="ended")
        pops = boriss.of("pop")
    assert [pop["from"]["name"] for _, pop in pops if pop.get("from")] == ["Anna Smirnova"]
    kept = (await product.ended(number)).call
    assert kept.hold_s == pytest.approx(held_s, abs=0.7)
    assert kept.talk_s == pytest.approx(clock_of(client).talk_s - held_s - rang_s, abs=1)
    assert [(t.kind, t.to, t.completed) for t in kept.transfers] == [(TransferKind.BLIND, "102", True)]
