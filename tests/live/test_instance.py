# SPDX-License-Identifier: Apache-2.0
"""A private Asterisk starts, several at once, says what is wrong, and leaves nobody behind."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.asterisk.instance import AsteriskInstance, AsteriskStartError
from config.asterisk.plan import PbxPlan, pbx_files
from tests.support.until import until

ROOT = Path(__file__).resolve().parents[2]


def instance(program, home, plan=None):
    plan = plan or PbxPlan()
    return AsteriskInstance(program, home, lambda found, at, run: pbx_files(plan, found, at, run))


async def test_three_run_beside_one_another(asterisk_program, tmp_path):
    async with contextlib.AsyncExitStack() as stack:
        for name in "abc":
            pbx = await stack.enter_async_context(instance(asterisk_program, tmp_path / name))
            assert str(pbx.pid)
            assert "rolodial-inbound" in await pbx.cli("dialplan show rolodial-inbound")


async def test_stop_leaves_no_process_and_a_second_start_works(asterisk_program, tmp_path):
    pbx = instance(asterisk_program, tmp_path)
    for _ in range(2):
        await pbx.start()
        pid = pbx.pid
        await pbx.stop()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_long_path_is_no_obstacle(asterisk_program, tmp_path):
    async with instance(asterisk_program, tmp_path / ("long" * 30)) as pbx:
        assert "Asterisk" in await pbx.cli("core show version")


@pytest.mark.parametrize(
    ("kind", "given"), [(socket.SOCK_STREAM, "ami_port"), (socket.SOCK_DGRAM, "sip_port")]
)
async def test_a_taken_port_is_an_error_not_a_deaf_pbx(asterisk_program, tmp_path, kind, given):
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        pbx = instance(asterisk_program, tmp_path, PbxPlan(**{given: taken.getsockname()[1]}))
        with pytest.raises(AsteriskStartError, match="port"):
            await pbx.start()
        with pytest.raises(AsteriskStartError, match="not running"):
            pbx.pid  # noqa: B018


async def test_a_broken_configuration_says_why(asterisk_program, tmp_path):
    def no_files(program, at, run):
        return {"asterisk.conf": "[directories]\nastmoddir => /nowhere\n"} | {}

    with pytest.raises(AsteriskStartError):
        await AsteriskInstance(asterisk_program, tmp_path, no_files).start(timeout=3)


async def test_whoever_no_longer_waits_for_an_answer_leaves_no_console_behind(
    asterisk_program, tmp_path, monkeypatch
):
    consoles, create = [], asyncio.create_subprocess_exec

    async def seen(*argv, **words):
        consoles.append(await create(*argv, **words))
        return consoles[-1]

    async with instance(asterisk_program, tmp_path) as pbx:
        monkeypatch.setattr(asyncio, "create_subprocess_exec", seen)
        os.kill(pbx.pid, signal.SIGSTOP)
        try:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(pbx.cli("core show version"), 1)
        finally:
            os.kill(pbx.pid, signal.SIGCONT)
        (console,) = consoles
        assert console.returncode is not None


async def test_it_dies_with_a_parent_killed_with_sigkill(asterisk_program, tmp_path):
    code = (
        "import asyncio,sys\nfrom pathlib import Path\nfrom tests.live.test_instance import instance\n"
        "from config.asterisk.program import find_program\n"
        "async def main():\n"
        f"    async with instance(find_program(Path('.cache')), Path({str(tmp_path)!r})) as pbx:\n"
        "        print(pbx.pid, flush=True)\n        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    pid = int(await asyncio.to_thread(parent.stdout.readline))
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    await until(lambda: not lives(pid))


def lives(pid):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
