# SPDX-License-Identifier: Apache-2.0
"""`rolodial doctor` on a real Asterisk: all is well on a healthy site, and each link broken on purpose is named."""

import asyncio
import os
import re
import shutil
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config.asterisk.ports import free_port
from config.doctor.examine import examine
from config.doctor.finding import Level
from config.wiring import running
from crm_core.domain.ids import new_id
from crm_core.domain.people import Device, DeviceKind
from crm_core.storage.open_store import open_store
from tests.live.doctor_site import complaints, fill, http_server, is_noise, plan_site, the_complaint
from tests.live.fast_agi import StubAgi
from tests.support.until import until


@pytest.fixture(scope="module")
def site(asterisk_program, loop_thread, tmp_path_factory):
    planned = plan_site(asterisk_program, tmp_path_factory.mktemp("doctor"))
    loop_thread.run(fill(planned.settings.database_url))
    loop_thread.run(planned.pbx.start())
    yield planned
    loop_thread.run(planned.pbx.stop())


async def test_a_healthy_site_is_all_green_and_the_test_call_leaves_nothing_behind(site):
    async with running(site.settings) as parts:
        async with asyncio.timeout(60):
            while parts.syncs["main"].stats().version is None or parts.syncs["main"].stats().pending:
                await asyncio.sleep(0.05)
        findings = await examine(site.settings)
        assert [one for one in findings if one.level is not Level.OK and not is_noise(one)] == []
        assert {one.check for one in findings} == {
            "settings", "database", "web", "live", "fastagi", "ami", "rights", "clock", "dialplan", "phones", "routes",
            "events", "agi", "cel", "recordings", "disk",
        }  # fmt: skip
        await until(lambda: is_quiet(site))
        await asyncio.sleep(0.5)  # a call would be told by now
        await until(lambda: parts.bridges["main"].open_calls() == ())
        assert parts.bridges["main"].counters.recorded == 0
    assert list(site.pbx.recordings.iterdir()) == []


async def is_quiet(site):
    return "0 active channels" in await site.pbx.cli("core show channels")


async def test_without_a_server_it_is_said_and_the_pbx_is_looked_at_all_the_same(site):
    found = {one.check: one for one in await examine(site.settings)}
    assert found["server"].level is Level.BROKEN
    assert "in Rolodial's place" in found["agi"].says
    assert found["agi"].level is Level.OK


async def test_a_wrong_secret(site):
    finding = await the_complaint(site.with_ami(secret="wrong-secret"), "ami", Level.BROKEN)
    assert "refuses the AMI user 'rolodial'" in finding.says


async def test_a_wrong_ami_port_and_a_service_that_is_no_ami(site):
    finding = await the_complaint(site.with_ami(port=free_port()), "ami", Level.BROKEN)
    assert "nobody listens" in finding.says

    async def greet(_reader, writer):
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1") as server:
        settings = site.with_ami(port=server.sockets[0].getsockname()[1])
        finding = await the_complaint(settings, "ami", Level.BROKEN)
    assert "is not Asterisk's manager interface" in finding.says


async def test_an_asterisk_that_hangs(site):
    os.kill(site.pbx.pid, signal.SIGSTOP)
    try:
        finding = await the_complaint(site.settings, "ami", Level.BROKEN)
    finally:
        os.kill(site.pbx.pid, signal.SIGCONT)
    assert "does not speak" in finding.says


@pytest.mark.parametrize(
    ("write", "level", "words"),
    [
        ("call,agent,reporting", Level.BROKEN, "may not Originate"),
        ("call,originate,agent,reporting,command", Level.WARNING, "'command'"),
    ],
)
async def test_too_few_rights_and_too_many(site, write, level, words):
    async with site.edited(
        "manager.conf", "write = call,originate,agent,reporting", f"write = {write}", "manager reload"
    ):
        finding = await the_complaint(site.settings, "rights", level, quick=level is Level.WARNING)
    assert words in finding.says


async def test_without_reporting_each_loss_is_named(site):
    async with site.edited("manager.conf", "agent,reporting", "agent", "manager reload"):
        findings = await examine(site.settings)
    lost = [one.says for one in findings if one.check == "rights" and one.level is Level.BROKEN]
    assert any("CoreStatus" in says for says in lost)
    assert any("CoreShowChannels" in says for says in lost)
    assert next(one for one in findings if one.check == "agi").level is Level.OK


async def test_another_ami_user_with_a_shell(site):
    other = "[boss]\nsecret = another-secret\nwrite = system,call\n\n[rolodial]"
    async with site.edited("manager.conf", "[rolodial]", other, "manager reload"):
        finding = await the_complaint(site.settings, "users", Level.WARNING, quick=True)
    assert "boss (system)" in finding.says
    assert "another-secret" not in finding.says + finding.advice


async def test_no_event_filter(site):
    good = (site.pbx.home / "etc/manager.conf").read_text()
    filters = good[good.index("eventfilter(") :]
    async with (
        site.edited("manager.conf", filters, "\n", "manager reload"),
        site.edited("manager.conf", "read = call,agent", "read = call,agent,dialplan", "manager reload"),
    ):
        found = await complaints(site.settings)
    assert set(found) <= {"events", "rights"}
    assert "VarSet" in found["events"].says


async def test_events_without_a_time(site):
    async with site.edited("manager.conf", "timestampevents = yes", "timestampevents = no", "manager reload"):
        finding = await the_complaint(site.settings, "events", Level.WARNING)
    assert "timestampevents" in finding.advice


async def test_the_dialplan_asks_another_port(site):
    async with site.with_global("ROLODIAL_AGI", f"agi://127.0.0.1:{free_port()}"):
        finding = await the_complaint(site.settings, "agi", Level.BROKEN)
    assert f"Rolodial listens on port {site.settings.fastagi.port}" in finding.says


async def test_a_fastagi_server_that_is_silent(site):
    async with StubAgi(port=site.settings.fastagi.port, manner="silent"):
        found = await complaints(site.settings)
    assert {check: one.level for check, one in found.items()} == {
        "fastagi": Level.BROKEN, "agi": Level.BROKEN, "web": Level.BROKEN
    }  # fmt: skip
    assert "silent" in found["fastagi"].says
    assert "it is silent" in found["agi"].says


async def test_a_fastagi_server_that_is_not_ours(site):
    async with http_server(site.settings.fastagi.port):
        found = await complaints(site.settings)
    assert "another program" in found["fastagi"].says
    assert "something else answers" in found["agi"].says


async def test_cel_that_is_off(site):
    async with site.edited("cel.conf", "enable = yes", "enable = no", "module reload cel"):
        findings = [one.says for one in await examine(site.settings) if one.check == "cel"]
    assert "enable = no" in findings[0]
    assert "no CEL row of the test call" in findings[1]


async def test_cel_that_is_looked_for_in_another_file(site, tmp_path):
    finding = await the_complaint(site.with_pbx(cel_file=tmp_path / "cel.csv"), "cel", Level.BROKEN)
    assert "there is no such file" in finding.says


async def test_recordings_in_another_directory_and_in_none(site, tmp_path):
    finding = await the_complaint(site.with_pbx(spool=tmp_path), "recordings", Level.BROKEN)
    assert f"the PBX writes to {site.pbx.recordings}" in finding.says
    shutil.rmtree(tmp_path)
    finding = await the_complaint(site.with_pbx(spool=tmp_path), "recordings", Level.BROKEN, quick=True)
    assert "there is no directory" in finding.says


async def test_a_clock_that_is_five_seconds_off(site):
    late = timedelta(seconds=5)
    finding = await the_complaint(
        site.settings, "clock", Level.WARNING, quick=True, clock=lambda: datetime.now(UTC) - late
    )
    assert re.search(r"is (4\.9|5\.[0-4]) s ahead", finding.says), finding.says


async def test_a_foreign_program_at_the_web_address(site):
    async with http_server(site.settings.web.port):
        found = await complaints(site.settings, quick=True)
    assert "is not Rolodial" in found["web"].says


async def test_pages_under_a_name_that_the_settings_do_not_know(site):
    """Behind a proxy: what people type is not what public_url says."""
    settings = replace(site.settings, web=replace(site.settings.web, public_url="http://127.0.0.2:1"))
    async with running(settings):
        elsewhere = replace(settings, web=replace(settings.web, public_url=""))
        found = await complaints(elsewhere, quick=True)
    assert "refuses our own pages (403)" in found["live"].says


async def test_a_dialplan_that_is_not_whole_or_has_another_name(site):
    await site.pbx.cli("dialplan remove context rolodial-transfer")
    await site.pbx.cli("dialplan remove extension doctor@rolodial-sync")
    try:
        finding = await the_complaint(site.settings, "dialplan", Level.BROKEN)
    finally:
        await site.pbx.cli("dialplan reload")
    assert "rolodial-sync (doctor)" in finding.says
    assert "rolodial-transfer" in finding.says
    async with site.with_global("ROLODIAL_PBX", "other"):
        finding = await the_complaint(site.settings, "dialplan", Level.BROKEN, quick=True)
    assert "calls itself other" in finding.says


async def test_a_trunk_that_leads_past_us(site):
    changed = ("context = rolodial-inbound", "context = elsewhere")

    async def is_read(context):  # some time after the reload
        return f": {context}\n" in await site.pbx.cli("pjsip show endpoint trunk")

    async with site.edited("pjsip.conf", *changed, "module reload res_pjsip.so"):
        await until(lambda: is_read("elsewhere"))
        finding = await the_complaint(site.settings, "dialplan", Level.WARNING, quick=True)
    await until(lambda: is_read("rolodial-inbound"))
    assert "PJSIP/trunk (context elsewhere)" in finding.says


async def test_a_device_that_the_pbx_does_not_know(site):
    now, store = datetime.now(UTC), await open_store(site.settings.database_url)
    async with store.begin() as tx:
        anna = await tx.people.user_by_login("anna")
        device = Device(
            id=new_id(now), user_id=anna.id, pbx="main", device="PJSIP/199", kind=DeviceKind.DESK,
            valid_from=now - timedelta(seconds=1),
        )  # fmt: skip
        await tx.people.add_device(device)
    finding = await the_complaint(site.settings, "phones", Level.BROKEN, quick=True)
    async with store.begin() as tx:
        await tx.people.end_device(device.id, datetime.now(UTC))
    await store.close()
    assert "PJSIP/199 of anna (INVALID)" in finding.says


async def test_a_database_that_is_not_there(site, tmp_path):
    finding = await the_complaint(replace(site.settings, home=tmp_path), "database", Level.BROKEN, quick=True)
    assert "rolodial migrate" in finding.advice


async def test_fallback_routes_that_are_gone_or_say_something_else(site):
    async def routes():
        found = {one.check: one for one in await examine(site.settings, quick=True)}
        return found["routes"].says

    async with running(site.settings) as parts:
        async with asyncio.timeout(60):
            while parts.syncs["main"].stats().version is None or parts.syncs["main"].stats().pending:
                await asyncio.sleep(0.05)
    live = parts.syncs["main"].stats().version
    assert "agree with the rules" in await routes()
    await site.pbx.cli(f"database deltree rolodial/{live}/list")
    assert "would go elsewhere" in await routes()
    await site.pbx.cli("database put rolodial live v0-1")
    assert "older rules" in await routes()
    await site.pbx.cli("database deltree rolodial")
    assert "no fallback routes" in await routes()


async def test_on_the_command_line(site, tmp_path):
    pbx, path = site.settings.pbx[0], tmp_path / "rolodial.toml"
    path.write_text(
        f'home = "{site.settings.home}"\n[web]\nport = {site.settings.web.port}\n'
        f'[fastagi]\nport = {site.settings.fastagi.port}\n[[pbx]]\nname = "main"\nspool = "{pbx.spool}"\n'
        f'[pbx.ami]\nport = {pbx.ami.port}\nsecret = "{pbx.ami.secret}"\n'
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from config.cli import main; main()", "doctor", "--settings", path, stdout=asyncio.subprocess.PIPE
    )  # fmt: skip
    said = (await process.communicate())[0].decode()
    assert process.returncode == 1
    assert re.search(r"^broken +server +Rolodial does not run here", said, re.MULTILINE)
    assert re.search(r"^ok +main ami ", said, re.MULTILINE)
    assert pbx.ami.secret not in said
