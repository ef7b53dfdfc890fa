# SPDX-License-Identifier: Apache-2.0
"""Who waits in a queue, or is offered it by a rule, presses 1 and is called back: one request, nothing abandoned."""

import asyncio
import wave
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from crm_core.domain.callback import CallbackFilter, CallbackSource
from crm_core.domain.missed import AttemptKind, MissedState
from tests.live.product.asserts import tones
from tests.live.product.floor import OFFER_DID, QUEUE_DID
from tests.live.product.screen import logged_in

_LONG = 120
_NOTED_HZ = 1700.0


async def all_requests(product):
    async with product.read() as tx:
        return await tx.callbacks.page(CallbackFilter(), None, 50)


async def the_request(product, number):
    async def made():
        return next((row for row in await all_requests(product) if row.request.e164 == number), None)

    return await product.until(made, _LONG)


@asynccontextmanager
async def waiting(floor, number, did=QUEUE_DID):
    """Their call, once they wait in the queue; or once they may choose, as a rule has it."""
    async with floor.caller(number) as client:
        call = await client.dial(did)
        await floor.until(lambda: floor.is_in("Read" if did == OFFER_DID else "Queue", number), _LONG)
        yield call


@asynccontextmanager
async def refusing(floor, *extensions):
    async with AsyncExitStack() as stack:
        for extension in extensions:
            phone = floor.desk_phone(extension)
            phone.refuses = "486 Busy Here"
            await stack.enter_async_context(phone)
        yield


async def sent_away(call):
    """Asterisk says goodbye, after the confirmation or the talk."""
    await asyncio.wait_for(call.over.wait(), _LONG)


async def confirmed_by_a_tone(floor):
    """A recording of the house's own: it can be told from the queue's music."""
    path = floor.work / "noted.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(
            (12_000 * np.sin(2 * np.pi * _NOTED_HZ * np.arange(12_000) / 8000)).astype("<i2").tobytes()
        )
    await floor.pbx.cli(f"dialplan set global ROLODIAL_CALLBACK_NOTED {path.with_suffix('')}")


async def test_a_caller_presses_one_keeps_the_place_and_nobody_abandoned(product, floor):
    number = product.client("103")
    await confirmed_by_a_tone(floor)
    async with waiting(floor, number) as call:
        arrived = datetime.now(UTC)
        await call.voice.speak(2)
        call.voice.press("1")
        row = await the_request(product, number)
        await sent_away(call)
    kept = await product.ended(number)
    request = row.request
    assert (request.source, request.queue, request.did) == (CallbackSource.QUEUE, "sales", QUEUE_DID)
    assert request.id == kept.call.id, "the call links to its request, and the request to its call"
    assert _whole(kept.call.started_at) <= request.arrived_at <= arrived
    assert request.made_at - request.arrived_at > timedelta(seconds=2)
    async with product.read() as tx:
        item = (await tx.callbacks.row(request.id)).item
        (attempt,) = await tx.missed.attempts(item.id)
    assert (item.state, item.kind, item.attempts) == (MissedState.MISSED, AttemptKind.CALLBACK_REQUEST, 1)
    assert (attempt.call_id, attempt.kind) == (kept.call.id, AttemptKind.CALLBACK_REQUEST)
    assert item.owner_id == (await product.user("clara")).id
    (recording,) = await product.recordings(kept)
    async with logged_in(product, "sofia") as sofia:
        samples, rate = await sofia.heard(recording)
    assert tones(samples, rate, -1.0, -0.2)[1] == pytest.approx(_NOTED_HZ, abs=8), (
        "they heard that it is noted"
    )


async def test_a_rule_offers_it_and_who_presses_one_has_a_request(product, floor):
    number = product.client("103")
    floor.mark_cel()
    async with waiting(floor, number, OFFER_DID) as call:
        arrived = datetime.now(UTC)
        call.voice.press("1")
        request = (await the_request(product, number)).request
        await sent_away(call)
    kept = await product.ended(number)
    assert (request.source, request.queue, request.did) == (CallbackSource.STEP, None, OFFER_DID)
    assert request.id == kept.call.id
    assert _whole(kept.call.started_at) <= request.arrived_at <= arrived
    assert floor.walked() == ["1^callback^6^beep"], "they have gone, and wait nowhere"
    async with product.read() as tx:
        item = (await tx.callbacks.row(request.id)).item
    assert (item.state, item.kind, item.attempts) == (MissedState.MISSED, AttemptKind.CALLBACK_REQUEST, 1)
    decision = await product.decision(kept)
    assert (decision.rule, [why["code"] for why in decision.trace][-2]) == ("offer", "chosen_callback")


async def test_who_presses_nothing_or_another_key_goes_on_with_the_next_step(product, floor):
    for key in ("", "7"):
        number = product.client("103")
        floor.mark_cel()
        async with floor.desk_phone("103") as clara, waiting(floor, number, OFFER_DID) as call:
            if key:
                call.voice.press(key)
            await talked(clara, call)
        assert [step.split("^")[1] for step in floor.walked()] == ["callback", "queue"]
        assert number not in {row.request.e164 for row in await all_requests(product)}


async def test_with_the_crm_dead_who_presses_one_waits_on_and_is_answered(product, floor):
    number = product.client("104")
    floor.mark_cel()
    clara = floor.desk_phone("103")
    clara.refuses = "486 Busy Here"  # until they wait again
    async with clara, waiting(floor, number) as call:
        product.kill()
        try:
            call.voice.press("1")
            await floor.until(lambda: again(floor), _LONG)
            clara.refuses = ""
            await talked(clara, call)
        finally:
            product.start()
            await product.ready()
    await floor.until(lambda: noted(floor, []), _LONG)
    assert number not in {row.request.e164 for row in await all_requests(product)}, "they were answered"


async def test_a_key_pressed_while_the_crm_is_dead_is_one_request_once_it_is_back(product, floor):
    """At a rule's step, in the queue, and in a call that the CRM never heard of; nobody talks with them."""
    asked, waited, unheard = (product.client("103") for _ in range(3))
    pressed = {}

    async def presses(number, call):
        """And between which moments that was."""
        began = _whole(datetime.now(UTC))
        call.voice.press("1")
        await floor.until(lambda: noted(floor, [*pressed, number]), _LONG)
        pressed[number] = began, datetime.now(UTC)

    async with waiting(floor, waited) as second, waiting(floor, asked, OFFER_DID) as first:
        product.kill()
        try:
            await presses(asked, first)
            await presses(waited, second)
            # Their manager and the team do not want them, so that they wait as the others do.
            async with refusing(floor, "101", "102", "103"), waiting(floor, unheard) as third:
                await presses(unheard, third)
                await floor.pbx.cli("channel request hangup all")
                for call in (first, second, third):
                    await sent_away(call)
            assert await noted(floor, pressed)
        finally:
            product.start()
            await product.ready()
    queue, step = CallbackSource.QUEUE, CallbackSource.STEP
    for number, source in ((asked, step), (waited, queue), (unheard, queue)):
        row = await the_request(product, number)
        kept = await product.ended(number, _LONG)
        assert (row.request.source, row.request.id) == (source, kept.call.id)
        assert pressed[number][0] <= row.request.made_at <= pressed[number][1]
        assert row.request.arrived_at <= row.request.made_at
        async with product.read() as tx:
            item = (await tx.callbacks.row(row.request.id)).item
        assert (item.state, item.kind, item.attempts) == (MissedState.MISSED, AttemptKind.CALLBACK_REQUEST, 1)
    await floor.until(lambda: noted(floor, []), _LONG)
    numbers = [row.request.e164 for row in await all_requests(product)]
    assert [numbers.count(one) for one in (asked, waited, unheard)] == [1, 1, 1]


def _whole(moment):
    """Asterisk tells it in whole seconds."""
    return moment.replace(microsecond=0)


async def talked(phone, call):
    """Somebody takes the call and ends it."""
    answered = await phone.rung()
    await answered.voice.speak(0.5)
    await answered.hang_up()
    await sent_away(call)


async def again(floor):
    """The second time in the queue, as CEL tells the steps."""
    walked = floor.walked()
    return "0^callback^0^sales" in walked and walked[-1].startswith("0^queue^")


async def noted(floor, numbers):
    """Whether AstDB holds the wishes of these, and no other."""
    rows = (await floor.pbx.cli("database show rolodial-callback")).splitlines()
    told = sorted(line.split("^")[2] for line in rows if line.startswith("/rolodial-callback/"))
    return told == sorted(numbers)
