# SPDX-License-Identifier: Apache-2.0
"""The demo: clients with recorded speech, phones that answer by themselves, and make way for real ones."""

import asyncio

import numpy as np
import pytest

from config.demo.calls import place_demo_call
from config.demo.telephony import DemoPorts, plan_telephony
from tests.live.ami import originate
from tests.live.fast_agi import StubAgi
from tests.live.lab import Lab, channels_of
from tests.live.sip_phone import SipPhone


@pytest.fixture(scope="module")
def demo(asterisk_program, loop_thread, tmp_path_factory):
    home = tmp_path_factory.mktemp("demo")
    parts = plan_telephony(asterisk_program, home, DemoPorts(agi=_agi_port(), sip=_free()))
    loop_thread.run(parts.pbx.start())
    loop_thread.run(parts.world.start())
    yield parts
    loop_thread.run(parts.world.stop())
    loop_thread.run(parts.pbx.stop())


def _free():
    from config.asterisk.ports import free_port

    return free_port()


_agi_port = _free


@pytest.fixture
async def lab(demo, tmp_path):
    lab = Lab(pbx=demo.pbx, plan=demo.plan, wires={})
    await lab.clean(tmp_path)
    yield lab
    await lab.finish()


@pytest.fixture
async def agi(demo):
    async with StubAgi(port=int(demo.plan.agi.rsplit(":", 1)[1])) as stub:
        yield stub


def speaks(samples):
    return np.abs(samples).max() > 1000 and np.abs(samples[samples != 0]).mean() > 50


async def test_a_demo_client_calls_and_the_demo_phone_answers_and_both_speak(demo, lab, agi):
    agi.steps = ["dial^20^101:PJSIP/101"]
    await place_demo_call(demo.control, "+79161000001", talk_s=9)
    await lab.until(lambda: agi.asked)
    assert agi.asked[0]["agi_callerid"] == "+79161000001"
    await lab.until(lambda: lab.state_is("PJSIP/101", "Ringing|InUse"))
    await lab.until(lambda: lab.state_is("PJSIP/101", "InUse"))
    await lab.until(lab.is_quiet, 60)
    left, right = channels_of(await lab.recording())
    assert len(left) / 8000 > 4
    assert speaks(left)
    assert speaks(right)


async def test_a_registered_phone_is_rung_instead_of_the_demo_phone(demo, lab, agi):
    agi.steps = ["dial^20^101:PJSIP/101"]
    secret = next(phone.secret for phone in demo.plan.phones if phone.extension == "101")
    pbx = (demo.plan.sip_host, demo.plan.sip_port)
    async with SipPhone("101", secret, ("127.0.0.9", _free()), pbx, 700.0) as phone:
        assert (await phone.register()).status == 200
        await place_demo_call(demo.control, "+79161000002", talk_s=2)
        call = await phone.rung()
        await asyncio.wait_for(call.over.wait(), 30)
        assert (await phone.register(expires=0)).status == 200


async def test_an_operator_calls_out_and_somebody_out_there_answers(demo, lab):
    await originate(demo.plan, "PJSIP/102", "89165554433", "rolodial-018f6c3e-5a00-7000-8000-00000000000a")
    path = (await lab.until(lambda: list(lab.pbx.recordings.glob("*.raw"))))[0]
    await lab.until(lambda: path.stat().st_size > 64_000)


async def test_two_clients_call_at_once(demo, lab, agi):
    agi.steps = ["dial^20^101:PJSIP/101&102:PJSIP/102"]
    await asyncio.gather(*(place_demo_call(demo.control, f"+7916100000{n}", talk_s=60) for n in (1, 2)))
    await lab.until(lambda: len(agi.asked) == 2)
    await lab.until(lambda: both_talk(lab))


async def both_talk(lab):
    return sum("!Up!" in line for line in await lab.channels()) == 4
