# SPDX-License-Identifier: Apache-2.0
"""Who waits in a queue presses 1, is told so, and is called back: one request, no abandoned call beside it."""

import asyncio
import wave
from datetime import timedelta

import numpy as np
import pytest

from crm_core.domain.callback import CallbackFilter, CallbackSource
from crm_core.domain.missed import AttemptKind, MissedState
from tests.live.product.asserts import tones
from tests.live.product.floor import QUEUE_DID, finished
from tests.live.product.screen import logged_in

_LONG = 20
_NOTED_HZ = 1700.0


async def all_requests(product):
    async with product.read() as tx:
        return await tx.callbacks.page(CallbackFilter(), None, 50)


async def the_request(product, number):
    async def made():
        return next((row for row in await all_requests(product) if row.request.e164 == number), None)

    return await product.until(made, _LONG)


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


async def test_with_the_crm_dead_who_presses_one_waits_on_and_is_answered(product, floor):
    number = product.client("104")
    client = await floor.client("press", caller=number, number=QUEUE_DID, seconds=4)
    await floor.until(lambda: waits(floor, "sales"))
    product.kill()
    try:
        await floor.until(lambda: again(floor), _LONG)
        async with floor.desk_phone("103") as clara:
            call = await asyncio.wait_for(clara.calls.get(), _LONG)
            await asyncio.sleep(1)
            await call.hang_up()
            await finished(client)
    finally:
        product.start()
        await product.ready()
    assert number not in {row.request.e164 for row in await all_requests(product)}


async def waits(floor, queue):
    return "PJSIP/trunk" in await floor.pbx.cli(f"queue show {queue}")


async def again(floor):
    """The second time in the queue, as CEL tells the steps."""
    walked = floor.walked()
    return "0^callback^0^sales" in walked and walked[-1].startswith("0^queue^")
