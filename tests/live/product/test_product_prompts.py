# SPDX-License-Identifier: Apache-2.0
"""A sound of the house on a real Asterisk: uploaded, told to a caller; then spoken on a phone, and told to the next."""

import asyncio
import re

import aiohttp
import numpy as np
import pytest
import soundfile

from tests.live.product.floor import PROMPT_DID, TONES
from tests.live.product.screen import logged_in
from tests.support.audio import strongest
from tests.support.prompts import encoded, tone

UPLOADED_HZ = 1234.0
_HEARD = 0.02


async def location(browser, path, data):
    """Where a form of the settings leads to."""
    await browser.post("/preferences")  # so that the token is known
    headers = {"X-CSRF-Token": browser._csrf, "Origin": browser.product.url}
    url = browser.product.url + path
    async with browser.http.post(url, data=data, headers=headers, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        return answer.headers["Location"]


async def what_a_caller_hears(product, floor, browser):
    """For a second, from the first sound on."""
    number = product.client("unknown")
    async with floor.caller(number) as client:
        call = await client.dial(PROMPT_DID)
        await floor.until(lambda: floor.is_in("Queue", number))  # the next step
        await call.hang_up()
    (recording,) = await product.recordings(await product.ended(number))
    samples, rate = await browser.heard(recording)
    (loud,) = np.nonzero(np.abs(samples[:, 1]) > _HEARD)
    return strongest(samples[loud[0] : loud[0] + rate, 1], rate)


async def speak(floor, phone, spool):
    """As a person does: speak after the tone, #, hear what may be pressed, 1."""
    dialog = await phone.rung()
    take = await floor.until(lambda: next(spool.glob("prompt-rolodial-*.wav"), None))
    await floor.until(lambda: take.stat().st_size > 2 * 8000 * 2)
    dialog.voice.press("#")

    async def asked():
        return any("!Read!" in line for line in await floor.channels())

    await floor.until(asked)
    dialog.voice.press("1")
    await asyncio.wait_for(dialog.over.wait(), 60)


async def test_a_caller_hears_what_was_uploaded_and_then_what_was_spoken(product, floor):
    spool = floor.pbx.recordings
    told = spool / "prompts/closed.wav"

    def hertz():
        return strongest(*soundfile.read(told)) if told.exists() else None

    async with logged_in(product, "sofia") as browser:
        at = (await location(browser, "/settings/prompts", {"name": "closed", "version": ""})).split("?")[0]
        form = aiohttp.FormData()
        form.add_field(
            "sound", encoded(*tone(UPLOADED_HZ, seconds=2), "MP3", "MPEG_LAYER_III"), filename="a.mp3"
        )
        await location(browser, f"{at}/sound", form)
        assert hertz() == pytest.approx(UPLOADED_HZ, abs=5)
        assert await what_a_caller_hears(product, floor, browser) == pytest.approx(UPLOADED_HZ, abs=8)
        sofia = floor.desk_phone("105")
        sofia.has_keys = True
        async with sofia:
            await location(browser, f"{at}/ring", {})
            await speak(floor, sofia, spool)
        await product.until(lambda: hertz() == pytest.approx(TONES["105"], abs=5))
        await product.until(lambda: not list(spool.glob("prompt-rolodial-*.wav")))
        _, body, _ = await browser.get(at)
        assert len(set(re.findall(rb"/versions/([0-9a-f-]{36})", body))) == 2
        assert await what_a_caller_hears(product, floor, browser) == pytest.approx(TONES["105"], abs=8)
        await location(browser, f"{at}/back", {})
        assert hertz() == pytest.approx(UPLOADED_HZ, abs=5)
