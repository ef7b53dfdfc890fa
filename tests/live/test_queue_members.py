# SPDX-License-Identifier: Apache-2.0
"""Members of queues that Rolodial adds with the rights its AMI user has: rung, kept over a restart, taken out."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from config.pbx_care import DoctorCare
from config.settings import PbxSettings, Settings
from crm_core.ports.pbx import LinkState, PbxUnavailableError
from crm_core.usecases.set_queues import queues_with
from pbx_bridge.bridge import Bridge
from pbx_bridge.profile import PbxProfile
from pbx_bridge.settings import AmiSettings, JournalSettings
from tests.live.test_phones import SECRET, ari_of, phone


async def ignore(_event):
    return None


def ami_of(lab):
    plan = lab.plan
    return AmiSettings(host=plan.ami_host, port=plan.ami_port, username=plan.ami_user, secret=plan.ami_secret)


@asynccontextmanager
async def connected(lab, directory):
    bridge = Bridge(
        "main", ami_of(lab), PbxProfile(), JournalSettings(directory=directory), on_call_event=ignore
    )
    running = asyncio.create_task(bridge.run())
    try:
        await lab.until(lambda: bridge.status().state is LinkState.CONNECTED, 20)
        yield bridge
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def eva_phone(lab):
    ari = ari_of(lab.plan)
    yield ari
    await ari.remove("201")


@pytest.fixture
async def bridge(lab, tmp_path):
    async with connected(lab, tmp_path / "journal") as opened:
        yield opened
        await opened.leave_queue("retail", "201")


async def queues_of(lab, extension):
    care = DoctorCare(Settings(pbx=(PbxSettings(name="main", ami=ami_of(lab)),)))
    found, silent = await care.queues()
    assert not silent
    return queues_with(found, "main", extension)


async def test_a_member_is_rung_unless_away_and_again_after_a_restart(
    lab,
    bridge,
    eva_phone,
    loop_thread,
    agi,
    tmp_path,
):
    await eva_phone.put("201", "Eva", SECRET)
    await bridge.join_queue("retail", "201")
    await bridge.join_queue("retail", "201")  # is so already
    assert await queues_of(lab, "201") == {"retail"}
    assert await queues_of(lab, "101") == {"retail"}, (
        "of queues.conf, by its phone though its state is a hint"
    )
    loop_thread.run(lab.pbx.stop())
    loop_thread.run(lab.pbx.start())
    await lab.clean(tmp_path)
    assert await queues_of(lab, "201") == {"retail"}
    agi.steps = ["queue^60^retail"]
    async with phone(lab) as eva:
        assert (await eva.register()).status == 200
        client = await lab.client("call_until_bye")
        call = await eva.rung()
        await lab.until(lambda: lab.is_in_a_bridge("PJSIP/201"))
        await call.hang_up()
        assert await client.done() == 0
        await lab.until(lab.is_quiet)
        await lab.pbx.cli("devstate change Custom:rolodial-201 BUSY")
        await lab.knows("retail", "201", "Busy")
        anna = await lab.phone("101", "answer_and_hang_up", seconds=0.3)
        client = await lab.client("call_until_bye")
        assert await client.done() == 0
        assert await anna.done() == 0
        assert eva.calls.empty(), "away in the CRM"
    await lab.pbx.cli("devstate change Custom:rolodial-201 NOT_INUSE")
    await lab.until(lambda: bridge.status().state is LinkState.CONNECTED, 30)
    await bridge.leave_queue("retail", "201")
    await bridge.leave_queue("retail", "201")
    assert await queues_of(lab, "201") == frozenset()


async def test_what_stands_in_the_pbxs_file_is_taken_out_there(lab, bridge):
    with pytest.raises(PbxUnavailableError):
        await bridge.leave_queue("retail", "101")
    with pytest.raises(PbxUnavailableError):
        await bridge.join_queue("no-such-queue", "201")
