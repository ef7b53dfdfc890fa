# SPDX-License-Identifier: Apache-2.0
"""The product is stopped, killed, started twice, cut off from power; and a call comes while it is not there."""

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

from config.asterisk.ports import free_port
from tests.chaos.disk import run
from tests.chaos.fault import CannotRunError, fault
from tests.chaos.stage import Stage, pause
from tests.chaos.truth import kept

KILLS = int(os.environ.get("CHAOS_KILLS", "20"))


@fault(14, "product stopped 60 s (SIGSTOP)", "after CONT as 1")
async def stopped(stage: Stage) -> str:
    """What Asterisk says meanwhile waits in buffers on the way."""
    before = stage.proxy.connections
    async with _stopped(stage):
        await pause(60)
    back = await stage.ready_within(15)
    await pause(4)
    held = "the same connection" if stage.proxy.connections == before else "a new connection"
    return f"ready {back:.1f} s after CONT, {held}"


@fault(14, "product stopped 60 s, cut off by AMI after 10 s", "after CONT as 1")
async def stopped_and_cut_off(stage: Stage) -> str:
    """As Asterisk does on a busier day: whoever does not read for so long is closed (RELIABILITY F16)."""
    before = stage.proxy.connections
    async with _stopped(stage):
        await pause(10)
        stage.proxy.pipe.close()
        await pause(50)
    back = await stage.ready_within(30)
    await pause(4)
    assert stage.proxy.connections > before, "it was not cut off"
    return f"ready {back:.1f} s after CONT, on a new connection"


@asynccontextmanager
async def _stopped(stage: Stage):
    """Asterisk knows by then which manager is whose: else calls end in a queue, and that is another truth."""
    await stage.floor.until(lambda: _fallback_is_there(stage), 30)
    await stage.talking()
    stage.product.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        stage.product.signal(signal.SIGCONT)


async def _second(stage: Stage) -> str:
    """Another `serve` with the same database and other ports: what it says when it refuses."""
    text = stage.product.settings_file.read_text()
    for port in (stage.product.web_port, int(stage.plan.agi.rsplit(":", 1)[1])):
        text = text.replace(f"port = {port}", f"port = {free_port()}")
    settings = stage.product.home / "second.toml"
    settings.write_text(text)
    program = str(Path(sys.executable).parent / "rolodial")
    process = await asyncio.create_subprocess_exec(
        "setpriv", "--pdeathsig", "KILL", program, "serve", "--settings", str(settings),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(20):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
        raise AssertionError("the second serves beside the first") from None
    assert process.returncode, "the second ended as if all were well"
    return said.decode(errors="replace").strip().splitlines()[-1][:120]


@fault(20, "two product instances at one database", "the second refuses or stands by")
async def twice(stage: Stage) -> str:
    return f"refuses: {await _second(stage)}"


@fault(20, "two product instances at one database", "the second refuses or stands by", database="postgresql")
async def twice_at_postgresql(stage: Stage) -> str:
    return f"refuses: {await _second(stage)}"


async def _killed_again_and_again(stage: Stage) -> str:
    slowest = 0.0
    for _ in range(KILLS):
        await pause(random.uniform(0.2, 3))
        stage.product.kill()
        stage.product.start()
        slowest = max(slowest, await stage.ready_within(30))
    assert slowest <= 10, f"the slowest start took {slowest:.1f} s"
    await pause(3)
    return f"{KILLS} kills, slowest start {slowest:.1f} s"


@fault(
    21,
    f"product killed (-9) {KILLS} times",
    "starts <= 10 s, integrity_check ok, nothing lost, nothing doubled",
)
async def killed(stage: Stage) -> str:
    said = await _killed_again_and_again(stage)
    _whole(stage.product.home / "rolodial.db")
    return f"{said}, integrity ok"


@fault(
    21,
    f"product killed (-9) {KILLS} times",
    "starts <= 10 s, nothing lost, nothing doubled",
    database="postgresql",
)
async def killed_at_postgresql(stage: Stage) -> str:
    return await _killed_again_and_again(stage)


@fault(
    21,
    "product killed (-9), away 20 s: calls end, come and go meanwhile",
    "nothing lost, nothing doubled, none open, each in doubt or right",
)
async def killed_and_away(stage: Stage) -> str:
    await stage.floor.until(lambda: _fallback_is_there(stage), 30)
    await stage.talking()
    stage.product.kill()
    began = stage.witness.told().cel
    await pause(20)
    stage.product.start()
    back = await stage.ready_within(30)
    unheard = stage.witness.told().cel - began
    await pause(3)
    assert len(began) >= 1, "no call went on when it was killed"
    assert len(unheard) >= 8, f"only {len(unheard)} calls came while it was away"
    return f"ready {back:.1f} s after its start, {len(unheard)} calls came and went while it was away"


def _whole(file: Path) -> None:
    with sqlite3.connect(file, timeout=20) as database:
        (said,) = database.execute("PRAGMA integrity_check").fetchone()
    database.close()
    assert said == "ok", said


@fault(22, "power cut (20 times)", "no corruption; committed calls are there")
async def power_cut(stage: Stage) -> str:
    """The image of the disk is taken as it is, without what was not synced, and looked at as after a reboot."""
    stage.disk.need()
    copy, at = stage.home / "cut.img", stage.home / "cut"
    at.mkdir(exist_ok=True)
    seen = 0
    for _ in range(20):
        await pause(random.uniform(0.2, 1.5))
        told = stage.witness.told()
        before = {
            one for one, calls in (await kept(stage.product, told.cel)).calls.items() if calls[0].ended_at
        }
        await asyncio.to_thread(stage.disk.as_a_power_cut_leaves_it, copy)
        if not await asyncio.to_thread(run, "mount", "-o", "loop", str(copy), str(at)):
            raise CannotRunError("the copy of the disk cannot be mounted")
        try:
            lost = before - await asyncio.to_thread(_ended_in, at)
        finally:
            run("umount", str(at))
        assert not lost, f"committed, and gone: {sorted(lost)[:3]}"
        seen += len(before)
    shutil.rmtree(at, ignore_errors=True)
    assert seen, "no call was committed before a cut"
    return f"20 cuts, database whole each time, none of {seen} committed calls gone"


def _ended_in(at: Path) -> set[str]:
    _whole(at / "rolodial.db")
    with sqlite3.connect(at / "rolodial.db") as database:
        rows = database.execute(
            "SELECT linkedid FROM call_linkedid JOIN call ON call.id = call_id WHERE ended_at IS NOT NULL"
        ).fetchall()
    database.close()
    return {linkedid for (linkedid,) in rows}


@fault(
    45,
    "CRM down (stopped, then killed) while calls come",
    "the dialplan goes on in <= 500 ms without it",
    load=2,
)
async def down(stage: Stage) -> str:
    await stage.floor.until(lambda: _fallback_is_there(stage), 20)
    stage.product.signal(signal.SIGSTOP)
    delays = [await _delay(stage, "101"), await _delay(stage, "102")]
    stage.product.kill()
    delays += [await _delay(stage, "101"), await _delay(stage, "102")]
    stage.product.start()
    await stage.product.ready()
    assert max(delays) <= 0.5, f"INVITE to phone {[round(one, 3) for one in delays]} s after the client's"
    return f"phones invited after {', '.join(f'{one * 1000:.0f}' for one in delays)} ms"


async def _delay(stage: Stage, extension: str) -> float:
    phone = await stage.floor.phone(extension)
    client = await stage.floor.client(caller=stage.product.client(extension), seconds=0.5)
    await stage.floor.until(lambda: "INVITE" in phone.messages(), 10)
    await asyncio.gather(client.done(20), phone.done(20))
    return phone.invited_at() - client.sent_at()


async def _fallback_is_there(stage: Stage) -> bool:
    return "rolodial/live" in await stage.pbx.cli("database show rolodial live")
