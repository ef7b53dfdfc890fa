# SPDX-License-Identifier: Apache-2.0
"""Sounds with the names of a queue's, uploaded: who waits hears their place by them, and nothing once they are gone."""

from contextlib import AsyncExitStack

import aiohttp
import numpy as np

from tests.live.product.floor import QUEUE_DID
from tests.live.product.screen import logged_in
from tests.live.product.test_product_prompts import location
from tests.support.prompts import encoded, tone

SOUNDS = {"queue-youarenext": 1234.0, "queue-thereare": 1478.0, "queue-callswaiting": 1766.0}
_PIECE_S = 0.25


async def uploaded(browser, name, hertz):
    at = (await location(browser, "/settings/prompts", {"name": name, "version": ""})).split("?")[0]
    form = aiohttp.FormData()
    form.add_field("sound", encoded(*tone(hertz, seconds=1)), filename=f"{name}.wav")
    await location(browser, f"{at}/sound", form)
    return at


async def two_wait(product, floor):
    """The numbers of the first and the second in the queue, once both have given up."""
    numbers, calls = [product.client("unknown") for _ in range(2)], []

    async def all_wait():
        return f"has {len(calls)} calls" in await floor.pbx.cli("queue show sales")

    async with AsyncExitStack() as stack:
        for number in numbers:
            client = await stack.enter_async_context(floor.caller(number))
            calls.append(await client.dial(QUEUE_DID))
            await floor.until(all_wait)
        await calls[1].voice.speak(4)  # what is said takes two seconds
        for call in reversed(calls):
            await call.hang_up()
    return numbers


async def told(product, browser, number):
    """The names of the sounds that they heard, in order."""
    (recording,) = await product.recordings(await product.ended(number))
    samples, rate = await browser.heard(recording)
    piece = int(_PIECE_S * rate)
    names = [_name(samples[at : at + piece, 1], rate) for at in range(0, len(samples) - piece, piece)]
    return [one for one, before in zip(names, ["", *names], strict=False) if one and one != before]


def _name(samples, rate):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    hertz = spectrum.argmax() * rate / len(samples)
    return next((name for name, its in SOUNDS.items() if abs(its - hertz) < 10), "")


async def test_who_waits_hears_their_place_by_the_sounds_of_the_house(product, floor):
    async with logged_in(product, "sofia") as browser:
        _, second = await two_wait(product, floor)
        assert await told(product, browser, second) == []
        made = [await uploaded(browser, name, hertz) for name, hertz in SOUNDS.items()]
        try:
            first, second = await two_wait(product, floor)
            assert await told(product, browser, second) == ["queue-thereare", "queue-callswaiting"]
            assert await told(product, browser, first) == ["queue-youarenext"]
        finally:
            for at in made:
                await location(browser, f"{at}/remove", {})
        said = (floor.pbx.recordings / "prompts/queue-sounds.conf").read_text()
        assert "announce-position" not in said
        _, second = await two_wait(product, floor)
        assert await told(product, browser, second) == []
