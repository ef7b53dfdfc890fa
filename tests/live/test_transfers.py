# SPDX-License-Identifier: Apache-2.0
"""Transfers by a phone's own key (REFER) and hold: the client stays recorded, and never falls between two chairs."""

import asyncio
import re

import pytest

from tests.live.ami import Ami
from tests.live.lab import CLIENT_HZ, TONES, channels_of, has_music, strongest, voices


@pytest.fixture
def desk_phone(lab):
    return lab.desk_phone


@pytest.fixture
async def busy_at_one_call(lab):
    """As some sites have it: a phone with one call says BUSY."""
    path = lab.pbx.home / "etc/pjsip.conf"
    good = path.read_text()

    async def says(text, busy_at):
        path.write_text(text)
        await lab.pbx.cli("module reload res_pjsip.so")

        async def is_read():
            endpoint = await lab.pbx.cli("pjsip show endpoint 101")
            return re.search(rf"device_state_busy_at +: {busy_at}\s", endpoint)

        await lab.until(is_read)

    yield lambda: says(good.replace("[phone](!)\n", "[phone](!)\ndevice_state_busy_at = 1\n"), 1)
    await says(good, 0)


async def talks_to(lab, phone, client):
    """The client has been rung through there; whoever it is hangs up."""
    call = await phone.rung()
    await lab.until(lambda: lab.is_in_a_bridge(f"PJSIP/{phone.user}"))
    await call.hang_up()
    assert await client.done() == 0
    return call


async def test_a_blind_transfer_by_refer_keeps_the_recording(lab, agi, desk_phone):
    agi.steps = ["dial^15^101:PJSIP/101"]
    async with desk_phone("101") as anna, desk_phone("102") as boris:
        client = await lab.client("call_until_bye")
        call = await anna.rung()
        await lab.hears("101")
        await call.refer("102")
        taken = await boris.rung()
        await call.let_go()
        await lab.hears("102")
        await taken.hang_up()
        assert await client.done() == 0
    left, right = channels_of(await lab.recording())
    assert strongest(left[-8000:]) == pytest.approx(CLIENT_HZ, abs=5)
    assert voices(right) == ["101", "102"]
    assert strongest(right[-8000:]) == pytest.approx(TONES["102"], abs=5)


async def test_an_attended_transfer_by_refer_with_replaces_keeps_the_recording(lab, agi, desk_phone):
    agi.steps = ["dial^15^101:PJSIP/101"]
    async with desk_phone("101") as anna, desk_phone("102") as boris:
        client = await lab.client("call_until_bye")
        call = await anna.rung()
        await call.voice.speak(1.5)
        await call.hold()
        consult = await anna.dial("102")
        taken = await boris.rung()
        await taken.voice.speak(1)
        await call.refer("102", consult)
        await call.let_go()
        await consult.hang_up()
        await taken.voice.speak(4)  # longer than the consultation, whose file is the other one
        await taken.hang_up()
        assert await client.done() == 0
    longest = max(await lab.recordings(), key=lambda path: path.stat().st_size)
    left, right = channels_of(longest)
    assert strongest(left[-8000:]) == pytest.approx(CLIENT_HZ, abs=5)
    assert voices(right) == ["101", "102"]
    assert strongest(right[-8000:]) == pytest.approx(TONES["102"], abs=5)


async def test_a_held_client_hears_music_and_comes_back(lab, agi, desk_phone):
    agi.steps = ["dial^15^101:PJSIP/101"]
    async with desk_phone("101") as anna:
        client = await lab.client("call_until_bye")
        call = await anna.rung()
        await lab.hears("101")
        await call.hold()
        await call.voice.speak(3)  # nobody hears it
        await call.hold(on=False)
        await lab.hears("101")
        await call.hang_up()
        assert await client.done() == 0
    _, right = channels_of(await lab.recording())
    assert voices(right) == ["101"]
    assert strongest(right[-6000:]) == pytest.approx(TONES["101"], abs=5)
    assert has_music(right)


async def test_a_client_transferred_to_a_phone_that_is_off_comes_back(lab, agi, desk_phone):
    agi.steps = ["dial^15^101:PJSIP/101"]
    async with desk_phone("101") as anna:
        client = await lab.client("call_until_bye")
        call = await anna.rung()
        await call.voice.speak(1)
        await call.refer("104")
        again = await talks_to(lab, anna, client)
        assert again.call_id != call.call_id


@pytest.mark.parametrize("state", ["INUSE", "BUSY"])
async def test_a_client_who_comes_back_waits_for_the_line_that_is_being_closed(
    lab, agi, desk_phone, busy_at_one_call, state
):
    """Their own line is closed a moment after the transfer; here it is another one, so that the moment is long."""
    if state == "BUSY":
        await busy_at_one_call()
    agi.steps = ["dial^15^101:PJSIP/101"]
    async with desk_phone("101") as anna, desk_phone("102") as boris:
        client = await lab.client("call_until_bye")
        call = await anna.rung()
        await call.hold()
        other = await anna.dial("102")
        await boris.rung()
        await call.refer("104")
        await lab.until(lambda: lab.waits_in("rolodial-back"))
        await other.hang_up()
        await talks_to(lab, anna, client)


async def test_a_client_whose_operator_talks_on_does_not_wait_for_them(lab, agi, desk_phone):
    agi.steps = ["dial^15^101:PJSIP/101"]
    async with desk_phone("101") as anna, desk_phone("102") as boris, desk_phone("103") as clara:
        client = await lab.client("call_until_bye")
        call = await anna.rung()
        await call.hold()
        other = await anna.dial("102")
        await boris.rung()
        await call.refer("104")
        await talks_to(lab, clara, client)
        await other.hang_up()


async def test_a_client_transferred_where_nobody_will_have_it_ends_in_the_queue(lab, agi, desk_phone):
    agi.steps = ["dial^15^101:PJSIP/101"]
    async with desk_phone("101") as anna, desk_phone("103") as clara:
        client = await lab.client("call_until_bye")
        call = await anna.rung()
        await call.voice.speak(1)
        anna.refuses = "486 Busy Here"
        await call.refer("+19005551234")
        await lab.until(lambda: lab.walked()[-1].split("^")[1] == "queue")
        await talks_to(lab, clara, client)


async def test_a_transfer_to_a_queue_goes_on_in_the_queue(lab, agi, desk_phone):
    agi.steps = ["dial^15^101:PJSIP/101"]
    async with desk_phone("101") as anna, desk_phone("103") as clara:
        client = await lab.client("call_until_bye")
        call = await anna.rung()
        await call.voice.speak(1)
        await call.refer("600")
        await talks_to(lab, clara, client)


async def test_a_client_comes_back_to_a_phone_that_was_rung_a_moment_ago(lab, agi, desk_phone):
    """By the queue that they were transferred to; here a colleague rings it, so that the moment is long."""
    agi.steps = ["dial^15^101:PJSIP/101"]
    async with desk_phone("101") as anna, desk_phone("102") as boris:
        client = await lab.client("call_until_bye")
        call = await anna.rung()
        await lab.until(lambda: lab.is_in_a_bridge("PJSIP/101"))
        anna.may_answer.clear()
        dials = asyncio.create_task(boris.dial("101"))
        await lab.until(lambda: len(anna.dialogs) > 1)
        _, rung = anna.dialogs.values()
        await call.refer("104")
        await lab.until(lambda: lab.waits_in("rolodial-back"))
        await lab.hang_up("102")
        await lab.until(rung.over.is_set)
        anna.may_answer.set()
        await talks_to(lab, anna, client)
        await asyncio.gather(dials, return_exceptions=True)  # they were hung up


async def test_a_client_we_called_stays_recorded_after_a_blind_transfer(lab, desk_phone):
    async with desk_phone("101") as anna, desk_phone("102") as boris:
        client = await lab.outside()
        call = await anna.dial("89165554433")
        await lab.hears("101")
        await call.refer("102")
        taken = await boris.rung()
        await lab.hears("102")
        await taken.hang_up()
        assert await client.done() == 0
    left, right = channels_of(await lab.recording())
    assert strongest(left[-8000:]) == pytest.approx(CLIENT_HZ, abs=5)
    assert voices(right) == ["101", "102"]
    assert strongest(right[-8000:]) == pytest.approx(TONES["102"], abs=5)


@pytest.mark.parametrize("forwarded", ["102", "+74951234567"])
async def test_a_phone_that_forwards_its_calls_by_itself(lab, agi, desk_phone, forwarded):
    agi.steps = ["dial^15^101:PJSIP/101"]
    mobile = await lab.outside()
    async with desk_phone("101") as anna, desk_phone("102") as boris:
        anna.refuses = f"302 {forwarded}"
        client = await lab.client(seconds=2)
        assert await client.done() == 0
        assert boris.calls.qsize() == (1 if forwarded == "102" else 0)
        assert ("INVITE" in mobile.messages()) == (forwarded != "102")
    assert len(await lab.recordings()) == 1


async def test_a_phone_forwards_no_further_than_the_class_of_service(lab, agi, desk_phone):
    agi.steps = ["dial^15^101:PJSIP/101", "dial^15^102:PJSIP/102"]
    mobile = await lab.outside()
    async with desk_phone("101") as anna, desk_phone("102") as boris:
        anna.refuses = "302 +19005551234"
        client = await lab.client(seconds=2)
        assert await client.done() == 0
        assert boris.calls.qsize() == 1
    assert "INVITE" not in mobile.messages()


async def test_a_phone_with_a_wrong_secret_dials_nobody(lab, desk_phone):
    world = await lab.outside()
    phone = desk_phone("101")
    phone.secret = "wrong"
    async with phone as anna:
        with pytest.raises(AssertionError, match="401"):
            await anna.dial("89165554433")
    assert "INVITE" not in world.messages()


async def test_a_blind_transfer_by_feature_code_keeps_the_recording(lab, agi):
    agi.steps = ["dial^15^101:PJSIP/101"]
    await lab.phone("101")
    await lab.phone("102")
    client = await lab.client("call_until_bye")
    await lab.hears("101")
    await press(lab, "PJSIP/101", "##", "102")
    await lab.hears("102")
    await lab.hang_up("102")
    assert await client.done() == 0
    left, right = channels_of(await lab.recording())
    assert voices(right) == ["101", "102"]
    assert strongest(left[-8000:]) == pytest.approx(CLIENT_HZ, abs=5)
    assert strongest(right[-8000:]) == pytest.approx(TONES["102"], abs=5)


async def test_an_attended_transfer_by_feature_code_keeps_the_recording(lab, agi):
    agi.steps = ["dial^15^101:PJSIP/101"]
    anna = await lab.phone("101")
    await lab.phone("102")
    client = await lab.client("call_until_bye")
    await lab.hears("101")
    await press(lab, "PJSIP/101", "*2", "102")
    await lab.until(lambda: lab.is_in_a_bridge("PJSIP/102"))
    await asyncio.sleep(1)  # they talk
    await lab.hang_up("101")
    assert await anna.done() == 0
    await lab.hears("102")
    await lab.hang_up("102")
    assert await client.done() == 0
    left, right = channels_of(await lab.recording())
    assert voices(right) == ["101", "102"]
    assert strongest(left[-8000:]) == pytest.approx(CLIENT_HZ, abs=5)
    assert strongest(right[-8000:]) == pytest.approx(TONES["102"], abs=5)


async def press(lab, device, code, number):
    """As if the person at the device pressed the keys: the number once they are asked for it."""
    channel, before = await lab.channel(device), len(await lab.log())

    async def asked():
        return "Playing 'pbx-transfer" in (await lab.log())[before:]

    async with Ami(lab.plan) as ami:
        for keys in (code, number):
            for digit in keys:
                await ami.act({"Action": "PlayDTMF", "Channel": channel, "Digit": digit, "Receive": "true"})
                await asyncio.sleep(0.15)
            await lab.until(asked)
