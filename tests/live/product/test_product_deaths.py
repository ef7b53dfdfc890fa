# SPDX-License-Identifier: Apache-2.0
"""The product is killed or stopped while calls go on: callers notice nothing, and the history says what it knows."""

import asyncio
import signal

import pytest

from crm_core.domain.call import Disposition
from tests.live.product.asserts import legs, one_communication
from tests.live.product.floor import clock_of, finished, since

DATABASES = ["sqlite", "postgresql"]


async def test_killed_while_calls_ring_talk_hold_and_end(product, floor):
    """Four calls, each in another state at the moment of the kill; the process is back some seconds later."""
    numbers = {
        how: product.client(by)
        for how, by in (("ended", "101"), ("held", "102"), ("talking", "103"), ("ringing", "104"))
    }
    async with (
        floor.desk_phone("102") as boris, floor.desk_phone("103") as clara, floor.desk_phone("104") as dmitri,
    ):  # fmt: skip
        dmitri.ring = 1.5  # of the 3 s that the step has
        anna = await floor.phone("101")
        ended = await floor.client(caller=numbers["ended"], seconds=1.5)
        held, talking = await asyncio.gather(
            *(floor.client("call_until_bye", caller=numbers[how]) for how in ("held", "talking"))
        )
        call, talk = await boris.rung(), await clara.rung()
        await call.hold()
        ringing = await floor.client("call_until_bye", caller=numbers["ringing"])
        await floor.until(lambda: dmitri.dialogs)
        product.kill()
        late = await dmitri.rung()
        await finished(ended)
        product.start()
        await product.ready()
        await call.hold(on=False)
        await asyncio.gather(call.hang_up(), talk.hang_up(), late.hang_up())
        await finished(held, talking, ringing, anna)
    calls = await product.all_ended(numbers.values())
    for how, sipp in {"ended": ended, "held": held, "talking": talking, "ringing": ringing}.items():
        kept, heard = calls[numbers[how]], clock_of(sipp)
        assert kept.call.disposition is Disposition.ANSWERED, (how, kept.call)
        assert not kept.call.missed, how
        told = kept.call.talk_s + kept.call.hold_s
        assert told == pytest.approx(heard.talk_s, abs=1) or kept.call.uncertain, how
        assert len(legs(kept)) == 1, (how, kept.call)
        await one_communication(product, kept)
        print(how, kept.call.uncertain, kept.call.talk_s, kept.call.hold_s, heard.talk_s)
    await product.until(product.none_open)


async def test_stopped_before_calls_arrive(product, floor):
    """The first waits 300 ms for nothing, the next do not wait; a manager's client still reaches the manager."""
    await floor.until(lambda: _fallback_is_there(floor))
    managed, stranger, again = product.client("103"), product.client("unknown"), product.client("104")
    phones = await asyncio.gather(*(floor.phone(extension) for extension in ("103", "104", "102")))
    product.signal(signal.SIGSTOP)
    try:
        clients = [await floor.client(caller=managed, seconds=2)]
        await floor.until(lambda: "INVITE" in phones[0].messages())
        clients += await asyncio.gather(*(floor.client(caller=one, seconds=2) for one in (again, stranger)))
        await finished(*clients, *phones)
    finally:
        product.signal(signal.SIGCONT)
    delays = [
        since(client.sent_at(), phone.invited_at()) for client, phone in zip(clients, phones, strict=True)
    ]
    assert max(delays) < 0.5, delays
    calls = await product.all_ended([managed, again, stranger])
    told = zip((managed, again, stranger), ("103", "104", "102"), clients, phones, strict=True)
    for number, by, client, phone in told:
        call = calls[number].call
        assert (call.answered_by, call.disposition) == (by, Disposition.ANSWERED)
        talked_s = since(clock_of(phone).answered, clock_of(client).over)  # a phone is told of the end later
        assert call.talk_s == pytest.approx(talked_s, abs=1) or call.uncertain
    assert calls[stranger].call.queue == "default"
    await product.until(product.none_open)
    await product.ready()


async def _fallback_is_there(floor):
    return "rolodial/live" in await floor.pbx.cli("database show rolodial live")
