# SPDX-License-Identifier: Apache-2.0
"""Inbound calls that no operator took: cancelled, busy, rejected, no answer, abandoned in a queue."""

import asyncio

import pytest

from crm_core.domain.call import Direction, Disposition, HangupBy, LegKind
from tests.live.product.asserts import legs, one_communication
from tests.live.product.floor import DIRECT_DID, MANAGER_DID, QUEUE_DID, clock_of, finished, since
from tests.live.product.screen import seconds_of_day


async def test_four_clients_are_not_answered_each_in_another_way(product, floor):
    who = {"cancelled": "101", "busy": "102", "rejected": "103", "no_answer": "104"}
    numbers = {how: product.client(extension) for how, extension in who.items()}
    await asyncio.gather(floor.phone("101", "no_answer"), floor.phone("104", "no_answer"))
    boris, clara = floor.desk_phone("102"), floor.desk_phone("103")
    boris.refuses, clara.refuses = "486 Busy Here", "603 Decline"  # whatever rings there, the queue too
    async with boris, clara:
        cancelled = await floor.client("cancel", caller=numbers["cancelled"], number=MANAGER_DID, seconds=1)
        queued = await asyncio.gather(
            *(
                floor.client(caller=numbers[how], number=DIRECT_DID, seconds=2)
                for how in who
                if how != "cancelled"
            )
        )
        await finished(cancelled, *queued)
    calls = {how: (await product.ended(number)).call for how, number in numbers.items()}
    for how, call in calls.items():
        assert (call.direction, call.missed) == (Direction.INBOUND, True), how
        assert (call.talk_s, call.answered_by, call.answered_at) == (0, None, None), how
        assert call.hangup_by is HangupBy.CALLER, how
        assert call.uncertain == (), how
        assert next(leg for leg in call.legs if leg.party == who[how]).end_reason == how
    assert calls["cancelled"].disposition is Disposition.CANCELLED
    assert {calls[how].disposition for how in who if how != "cancelled"} == {Disposition.ABANDONED}
    assert calls["cancelled"].wait_s == pytest.approx(clock_of(cancelled).wait_s, abs=1)
    for how, sipp in zip(("busy", "rejected", "no_answer"), queued, strict=True):
        heard = clock_of(sipp)
        assert calls[how].wait_s == pytest.approx(since(heard.invited, heard.over), abs=1), how
        assert calls[how].queue == "default"
    await one_communication(product, await product.ended(numbers["busy"]))


async def test_a_client_leaves_the_queue_and_another_is_answered_in_it(product, floor):
    first, second = product.client("retail"), product.client("retail")
    silent = await asyncio.gather(*(floor.phone(extension, "no_answer") for extension in ("103", "104")))
    async with floor.caller(first) as leaves:
        invited_at = seconds_of_day()
        call = await leaves.dial(QUEUE_DID)
        await floor.until(lambda: all("INVITE" in phone.messages() for phone in silent))
        await asyncio.sleep(1)
        left_s = since(invited_at, seconds_of_day())
        await call.hang_up()
        await finished(*silent)
    await product.ended(first)
    for extension in ("103", "104"):  # or the second is offered to one of them alone
        await floor.knows("sales", extension, "Not in use")
    phones = [await floor.phone("103", RING="800"), await floor.phone("104", "no_answer")]
    async with floor.caller(second) as stays:
        invited_at = seconds_of_day()
        call = await stays.dial(QUEUE_DID)
        await product.heard_answer(second)
        await asyncio.sleep(1.5)
        hung_up_at = seconds_of_day()
        await call.hang_up()
        await finished(*phones)
    calls = await product.all_ended([first, second])
    left, answered = calls[first].call, calls[second].call
    assert (left.disposition, left.missed, left.queue) == (Disposition.ABANDONED, True, "sales")
    assert left.wait_s == pytest.approx(left_s, abs=1)
    assert [leg.end_reason for leg in left.legs if leg.kind is LegKind.QUEUE] == ["abandoned"]
    heard = clock_of(phones[0])
    assert (answered.disposition, answered.missed, answered.queue) == (Disposition.ANSWERED, False, "sales")
    assert answered.talk_s == pytest.approx(since(heard.answered, hung_up_at), abs=1)
    assert answered.wait_s == pytest.approx(since(invited_at, heard.answered), abs=1)
    assert legs(calls[second]) == {"103": "hangup", "104": "answered_elsewhere"}
    assert answered.hangup_by is HangupBy.CALLER
    await one_communication(product, calls[second])
