# SPDX-License-Identifier: Apache-2.0
"""Who waits in a queue, or is offered it by a rule, presses 1 and is called back: one request, nothing abandoned."""

import asyncio
import wave
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from crm_core.domain.callback import CallbackFilter, CallbackSource
from crm_core.domain.missed import AttemptKind, MissedState
from tests.live.product.asserts import tones
from tests.live.product.floor import OFFER_DID, QUEUE_DID, finished
from tests.live.product.screen import logged_in

_LONG = 20
_NOTED_HZ = 1700.0


async def all_requests(product):
    async with product.read() as tx:
        return await tx.callbacks.page(CallbackFilter(), None, 50)


async def the_request(product, number, within=_LONG):
    async def made():
        return next((row for row in await all_requests(product) if row.request.e164 == number), None)

    return await product.until(made, within)


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
    client = await floor.client("press", caller=number, number=QUEUE_DID, seconds=3)
    row = await the_request(product, number)
    await finished(client)  # Asterisk says goodbye after the confirmation
    kept = await product.ended(number, _LONG)
    request = row.request
    assert (request.source, request.queue, request.did) == (CallbackSource.QUEUE, "sales", QUEUE_DID)
    assert request.id == kept.call.id, "the call links to its request, and the request to its call"
    assert abs(request.arrived_at - kept.call.started_at) < timedelta(seconds=2.5)
    assert request.made_at - request.arrived_at > timedelta(seconds=2)
    async with product.read() as tx:
        item = (await tx.callbacks.row(request.id)).item
        (attempt,) = await tx.missed.attempts(item.id)
    assert (item.state, item.kind, item.attempts) == (MissedState.MISSED, AttemptKind.CALLBACK_REQUEST, 1)
    assert (attempt.call_id, attempt.kind) == (kept.call.id, AttemptKind.CALLBACK_REQUEST)
    assert item.owner_id == (await product.user("clara")).id
    (recording,) = await product.recordings(kept, 60)
    async with logged_in(product, "sofia") as sofia:
        samples, rate = await sofia.heard(recording)
    assert tones(samples, rate, -1.0, -0.2)[1] == pytest.approx(_NOTED_HZ, abs=8), (
        "they heard that it is noted"
    )


async def test_a_rule_offers_it_and_who_presses_one_has_a_request(product, floor):
    number = product.client("103")
    floor.mark_cel()
    client = await floor.client("press", caller=number, number=OFFER_DID, seconds=1)
    request = (await the_request(product, number)).request
    await finished(client)
    kept = await product.ended(number, _LONG)
    assert (request.source, request.queue, request.did) == (CallbackSource.STEP, None, OFFER_DID)
    assert request.id == kept.call.id
    assert abs(request.arrived_at - kept.call.started_at) < timedelta(seconds=2.5)
    assert floor.walked() == ["1^callback^4^beep"], "they have gone, and wait nowhere"
    async with product.read() as tx:
        item = (await tx.callbacks.row(request.id)).item
    assert (item.state, item.kind, item.attempts) == (MissedState.MISSED, AttemptKind.CALLBACK_REQUEST, 1)
    decision = await product.decision(kept)
    assert (decision.rule, [why["code"] for why in decision.trace][-2]) == ("offer", "chosen_callback")


async def test_who_presses_nothing_or_another_key_goes_on_with_the_next_step(product, floor):
    for key in ("", "7"):
        number = product.client("103")
        floor.mark_cel()
        scenario, words = ("press", {"KEY": key, "seconds": 1}) if key else ("call_until_bye", {})
        client = await floor.client(scenario, caller=number, number=OFFER_DID, **words)
        async with floor.desk_phone("103") as clara:
            call = await clara.rung()
            await asyncio.sleep(1)
            await call.hang_up()
            await finished(client)
        assert [step.split("^")[1] for step in floor.walked()] == ["callback", "queue"]
        assert number not in {row.request.e164 for row in await all_requests(product)}


async def test_with_the_crm_dead_who_presses_one_waits_on_and_is_answered(product, floor):
    number = product.client("104")
    client = await floor.client("press", caller=number, number=QUEUE_DID, seconds=4)
    await floor.until(lambda: waits(floor, "sales"))
    product.kill()
    try:
        await floor.until(lambda: again(floor), _LONG)
        async with floor.desk_phone("103") as clara:
            call = await clara.rung()
            await asyncio.sleep(1)
            await call.hang_up()
            await finished(client)
    finally:
        product.start()
        await product.ready()
    await floor.until(lambda: noted(floor, []), 90)
    assert number not in {row.request.e164 for row in await all_requests(product)}, "they were answered"


async def test_a_key_pressed_while_the_crm_is_dead_is_one_request_once_it_is_back(product, floor):
    """At a rule's step, in the queue, and in a call that the CRM never heard of; nobody talks with them."""
    asked, waited, unheard = (product.client("103") for _ in range(3))
    first = await floor.client("press", caller=asked, number=OFFER_DID, seconds=3)
    second = await floor.client("press", caller=waited, number=QUEUE_DID, seconds=3)
    await floor.until(lambda: waits(floor, "sales"))
    product.kill()
    pressed = datetime.now(UTC)
    try:
        third = await floor.client("press", caller=unheard, number=QUEUE_DID, seconds=2)
        await floor.until(lambda: noted(floor, [asked, waited, unheard]), _LONG)
        await floor.pbx.cli("channel request hangup all")
        await finished(first, second, third)
        assert await noted(floor, [asked, waited, unheard])
    finally:
        product.start()
        await product.ready()
    queue, step = CallbackSource.QUEUE, CallbackSource.STEP
    for number, source in ((asked, step), (waited, queue), (unheard, queue)):
        row = await the_request(product, number, 90)
        kept = await product.ended(number, 60)
        assert (row.request.source, row.request.id) == (source, kept.call.id)
        assert abs(row.request.made_at - pressed) < timedelta(seconds=20)
        assert row.request.arrived_at <= row.request.made_at
        async with product.read() as tx:
            item = (await tx.callbacks.row(row.request.id)).item
        assert (item.state, item.kind, item.attempts) == (MissedState.MISSED, AttemptKind.CALLBACK_REQUEST, 1)
    await floor.until(lambda: noted(floor, []), 40)
    numbers = [row.request.e164 for row in await all_requests(product)]
    assert [numbers.count(one) for one in (asked, waited, unheard)] == [1, 1, 1]


async def waits(floor, queue):
    return "PJSIP/trunk" in await floor.pbx.cli(f"queue show {queue}")


async def again(floor):
    """The second time in the queue, as CEL tells the steps."""
    walked = floor.walked()
    return "0^callback^0^sales" in walked and walked[-1].startswith("0^queue^")


async def noted(floor, numbers):
    """Whether AstDB holds the wishes of these, and no other."""
    rows = (await floor.pbx.cli("database show rolodial-callback")).splitlines()
    told = sorted(line.split("^")[2] for line in rows if line.startswith("/rolodial-callback/"))
    return told == sorted(numbers)
