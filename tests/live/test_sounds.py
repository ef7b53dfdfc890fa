# SPDX-License-Identifier: Apache-2.0
"""Sounds of the house on a real Asterisk, as the CRM lays them down: in a step, before all steps, as a greeting."""

import wave
from contextlib import asynccontextmanager

import numpy as np
import pytest

from tests.live.lab import DID, channels_of, voices

HELLO_HZ = 1500.0


@pytest.fixture
def hello(lab):
    """Where the CRM puts them (recordings.prompt_shelf), two seconds of a tone."""
    folder = lab.pbx.recordings / "prompts"
    folder.mkdir()
    samples = (8000 * np.sin(2 * np.pi * HELLO_HZ * np.arange(16000) / 8000)).astype("<i2")
    with wave.open(str(folder / "hello.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())
    return "rolodial/hello"


@asynccontextmanager
async def told(lab, name, value):
    await lab.pbx.cli(f"dialplan set global {name} {value}")
    try:
        yield
    finally:
        await lab.pbx.cli(f'dialplan set global {name} ""')


async def heard(lab):
    _, right = channels_of(await lab.recording())
    return voices(right, hello=HELLO_HZ)


async def test_a_step_plays_it_and_one_that_is_not_there_is_passed_over(lab, agi, hello):
    agi.steps = [f"announce^1^{hello}", "announce^1^rolodial/gone", "dial^15^101:PJSIP/101"]
    await lab.phone("101")
    client = await lab.client("call_until_bye")
    await lab.hears("101")
    await lab.hang_up("101")
    assert await client.done() == 0
    assert await heard(lab) == ["hello", "101"]


async def test_nothing_leads_out_of_the_folder(lab, agi, hello):
    agi.steps = ["announce^1^rolodial/../../prompts/hello", "dial^15^101:PJSIP/101"]
    await lab.phone("101")
    client = await lab.client(seconds=2)
    assert await client.done() == 0
    played = [line for line in (await lab.log()).splitlines() if "] Playback(" in line]
    assert played
    assert not [line for line in played if "/.." in line]


async def test_the_notice_comes_before_the_first_step(lab, agi, hello):
    agi.steps = ["dial^15^101:PJSIP/101"]
    await lab.phone("101")
    async with told(lab, "ROLODIAL_NOTICE", hello):
        client = await lab.client("call_until_bye")
        await lab.hears("101")
        await lab.hang_up("101")
        assert await client.done() == 0
    assert await heard(lab) == ["hello", "101"]


@pytest.mark.parametrize(("greeting", "is_ours"), [("rolodial/hello", True), ("rolodial/gone", False)])
async def test_the_greeting_of_voicemail_or_the_usual_one(lab, agi, hello, greeting, is_ours):
    agi.steps = ["voicemail^30^nobody"]
    async with told(lab, "ROLODIAL_GREETING", greeting), lab.client_with_keys() as client:
        call = await client.dial(DID)
        await lab.asks_for_a_message()
        await call.hang_up()
    assert await heard(lab) == (["hello"] if is_ours else [])
    _, right = channels_of(await lab.recording())
    assert np.abs(right).max() > 1000, "somebody greets"


async def test_who_is_in_a_meeting_by_their_phone_is_not_rung(lab, agi):
    async def state():
        return await lab.pbx.cli("devstate list")

    async with lab.desk_phone("101") as anna:
        await anna.dial("*77")
        await lab.until(lambda: _says(state, "INUSE"))
    agi.steps = ["dial^15^101:PJSIP/101", "dial^15^102:PJSIP/102"]
    anna_phone = await lab.phone("101")
    await lab.phone("102")
    client = await lab.client(seconds=1)
    assert await client.done() == 0
    assert "INVITE" not in anna_phone.messages()


async def _says(state, word):
    lines = (await state()).splitlines()
    at = next((number for number, line in enumerate(lines) if "Custom:rolodial-101" in line), None)
    return at is not None and any(
        f"State: {word}" in line or f"'{word}'" in line for line in lines[at : at + 2]
    )
