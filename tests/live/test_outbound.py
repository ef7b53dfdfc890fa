# SPDX-License-Identifier: Apache-2.0
"""Click-to-call, calls between colleagues and the class of service, on a real Asterisk."""

import pytest

from tests.live.ami import originate
from tests.live.lab import CLIENT_HZ, TONES, channels_of, strongest

CALL = "018f6c3e-5a00-7000-8000-000000000007"


async def test_click_to_call_rings_the_operator_then_the_client_and_records_the_client(lab):
    anna = await lab.phone("101")
    client = await lab.outside("answer_and_hang_up", seconds=2)
    await originate(lab.plan, "PJSIP/101", "89165554433", f"rolodial-{CALL}")
    assert await client.done() == 0
    assert await anna.done() == 0
    path = await lab.recording()
    assert path.name.startswith(f"rolodial-{CALL}_")
    left, right = channels_of(path)
    assert strongest(left[-8000:]) == pytest.approx(CLIENT_HZ, abs=5)
    assert strongest(right[-8000:]) == pytest.approx(TONES["101"], abs=5)
    invite = client.messages()
    assert "INVITE sip:+79165554433@" in invite
    assert '"Rolodial" <sip:+74951112233@' in invite
    assert "89165554433" in anna.messages()  # on the display of Anna's phone


async def test_a_service_code_works_by_a_click_and_an_unknown_one_goes_nowhere(lab):
    anna = await lab.phone("101")
    world = await lab.outside()
    await originate(lab.plan, "PJSIP/101", "*12345", f"rolodial-{CALL}")
    assert await anna.done() == 0
    assert "INVITE" not in world.messages()


async def test_a_busy_client_leaves_no_sound_behind(lab):
    anna = await lab.phone("101")
    client = await lab.outside("refuse", STATUS="486 Busy Here")
    await originate(lab.plan, "PJSIP/101", "+79165554433", f"rolodial-{CALL}")
    assert await client.done() == 0
    assert await anna.done() == 0
    await lab.until(lab.is_quiet)
    assert not list(lab.pbx.recordings.glob("*.raw"))


@pytest.mark.parametrize("number", ["+19005551234", "810442071838750", "0900", "1234567"])
async def test_what_the_class_of_service_does_not_know_is_not_dialled(lab, number):
    anna = await lab.phone("101")
    world = await lab.outside()
    await originate(lab.plan, "PJSIP/101", number, f"rolodial-{CALL}")
    assert await anna.done() == 0
    assert "INVITE" not in world.messages()


async def test_a_colleague_is_rung_inside(lab):
    anna = await lab.phone("101")
    boris = await lab.phone("102", "answer_and_hang_up", seconds=1)
    await originate(lab.plan, "PJSIP/101", "102", f"rolodial-{CALL}")
    assert await boris.done() == 0
    assert await anna.done() == 0


async def test_the_emergency_number_goes_out_as_it_is(lab):
    anna = await lab.phone("101")
    world = await lab.outside("answer_and_hang_up", seconds=1)
    await originate(lab.plan, "PJSIP/101", "112", f"rolodial-{CALL}", context="rolodial-internal")
    assert await world.done() == 0
    assert await anna.done() == 0
    assert "INVITE sip:112@" in world.messages()
