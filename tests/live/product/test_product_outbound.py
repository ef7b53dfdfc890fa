# SPDX-License-Identifier: Apache-2.0
"""Calls that operators make: from the page (their own phone first), from the phone, to colleagues."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from crm_core.domain.call import Direction, Disposition, HangupBy, LegKind
from crm_core.domain.call_history import CallFilter
from tests.live.product.asserts import client_left_operator_right, one_communication, ready_recording
from tests.live.product.floor import clock_of, finished, since
from tests.live.product.screen import logged_in, seconds_of_day


async def test_a_double_click_is_one_call_operator_first(product, floor):
    number = product.client("102")
    async with logged_in(product, "boris") as browser, floor.desk_phone("102") as boris:
        boris.may_answer.clear()
        client = await floor.outside("answer_and_hang_up", seconds=3)
        answers = await asyncio.gather(*(browser.post("/calls/originate", number=number) for _ in range(2)))
        assert [status for status, _ in answers] == [200, 200]
        (call_id,) = {answer["call_id"] for _, answer in answers}
        await floor.until(lambda: boris.dialogs)
        rang_at = seconds_of_day()
        await asyncio.sleep(0.5)
        assert "INVITE" not in client.messages()  # his own phone rang first
        boris.may_answer.set()
        await boris.rung()
        await finished(client)
        assert boris.calls.empty()
    kept, heard = await product.ended(number), clock_of(client)
    call = kept.call
    assert str(call.id) == call_id
    assert (call.direction, call.disposition, call.missed) == (
        Direction.OUTBOUND,
        Disposition.ANSWERED,
        False,
    )
    assert (call.caller, call.answered_by, call.hangup_by) == ("102", number, HangupBy.CALLEE)
    assert call.talk_s == pytest.approx(heard.talk_s, abs=1)
    assert call.wait_s == pytest.approx(since(rang_at, heard.answered), abs=1)
    assert call.uncertain == ()
    kinds = {leg.kind: leg for leg in call.legs}
    assert kinds[LegKind.EXTERNAL].talk_s == pytest.approx(heard.talk_s, abs=1)
    assert kinds[LegKind.OPERATOR].party == "102"
    communication = await one_communication(product, kept)
    assert communication.user_id == (await product.user("boris")).id
    recording = await ready_recording(product, kept)
    async with logged_in(product, "boris") as browser:
        client_left_operator_right(*await browser.heard(recording), "102")


async def test_clients_who_cannot_be_reached(product, floor):
    """Three operators at once; the fourth gives up while it rings."""
    who = {"busy": "anna", "rejected": "boris", "no_answer": "clara", "cancelled": "dmitri"}
    extensions = dict(zip(who, ("101", "102", "103", "104"), strict=True))
    numbers = {how: product.client(extension) for how, extension in extensions.items()}
    said = {"busy": "486 Busy Here", "rejected": "603 Decline", "no_answer": "480 Temporarily Unavailable"}
    world = floor.world(*((numbers[how], status) for how, status in said.items()))
    world.ring = 60
    phones = [floor.desk_phone(extension) for extension in extensions.values()]
    async with world, phones[0], phones[1], phones[2], phones[3] as patient:
        for how, login in who.items():
            async with logged_in(product, login) as browser:
                status, _ = await browser.post("/calls/originate", number=numbers[how])
                assert status == 200
        call = await patient.rung()
        await floor.until(lambda: world.dialogs)
        await call.hang_up()
        calls = await product.all_ended(numbers.values())
    for how, number in numbers.items():
        call = calls[number].call
        assert (call.direction, call.disposition.value, call.missed) == (Direction.OUTBOUND, how, False), how
        assert (call.talk_s, call.answered_by) == (0, None), how
        assert call.uncertain == (), how
        await one_communication(product, calls[number])
        async with product.read() as tx:
            assert not (await tx.recordings.of_calls([call.id])).get(call.id), how


async def test_from_the_phone_to_a_client_and_to_a_colleague(product, floor):
    number, began = product.client("unknown"), datetime.now(UTC)
    client = await floor.outside("answer_and_hang_up", seconds=2)
    async with (
        floor.desk_phone("101") as anna,
        floor.desk_phone("103") as clara,
        floor.desk_phone("104") as dmitri,
    ):
        _, talked_s = await asyncio.gather(anna.dial("8" + number[2:]), _a_word_with(clara, dmitri))
        await finished(client)
    kept, heard = await product.ended(number), clock_of(client)
    assert (kept.call.direction, kept.call.disposition) == (Direction.OUTBOUND, Disposition.ANSWERED)
    assert kept.call.talk_s == pytest.approx(heard.talk_s, abs=1)
    assert kept.call.hangup_by is HangupBy.CALLEE
    assert kept.client_e164 == number
    assert await product.timeline(kept) == (None, [])  # only somebody who calls us becomes a lead
    internal = await product.until(
        lambda: product.calls_where(
            CallFilter(since=began, direction=Direction.INTERNAL), lambda row: row.ended_at
        )
    )
    assert len(internal) == 1
    call = internal[0].call
    assert (call.caller, call.dialled, call.answered_by) == ("103", "104", "104")
    assert (call.disposition, call.missed, call.hangup_by) == (Disposition.ANSWERED, False, HangupBy.CALLER)
    assert call.talk_s == pytest.approx(talked_s, abs=1)
    assert await product.timeline(internal[0]) == (None, [])


async def _a_word_with(clara, dmitri):
    """How long they talked, by their own clock."""
    talk = await clara.dial("104")
    began = time.monotonic()
    await dmitri.rung()
    await asyncio.sleep(1.5)
    talked_s = time.monotonic() - began
    await talk.hang_up()
    return talked_s
