# SPDX-License-Identifier: Apache-2.0
"""The database is locked, restarted, saved while calls go on."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import asyncpg

from tests.chaos.fault import fault
from tests.chaos.pops import pops_in_time
from tests.chaos.stage import Stage, pause

_LOCKED = "no lost event, queue bounded, alarm"


async def nothing_refused(stage: Stage, before: float) -> None:
    failed = await stage.metric("rolodial_call_events_failed_total") - before
    assert not failed, f"{failed:.0f} call events were given up"


async def alarmed(stage: Stage) -> str:
    """/readyz, which a monitor asks, says what is wrong while it lasts."""
    waiting = await stage.metric("rolodial_call_events_waiting")
    refusing = await stage.metric("rolodial_database_refusing")
    assert refusing, "no alarm: the database takes nothing, and nothing says so"
    return f"alarm, {waiting:.0f} events waited"


@fault(25, "database locked 60 s by a writer", _LOCKED, exact=True)
async def locked(stage: Stage) -> str:
    failed = await stage.metric("rolodial_call_events_failed_total")
    holder = sqlite3.connect(stage.product.home / "rolodial.db", isolation_level=None, timeout=20)
    try:
        holder.execute("BEGIN IMMEDIATE")
        await pause(58)
        said = await alarmed(stage)
        await pause(2)
    finally:
        holder.close()
    await _written(stage)
    await nothing_refused(stage, failed)
    return said


async def _written(stage: Stage) -> None:
    await stage.product.until(lambda: _refuses_no_more(stage), 30)


async def _refuses_no_more(stage: Stage) -> bool:
    return not await stage.metric("rolodial_database_refusing")


@fault(25, "table locked 60 s", _LOCKED, database="postgresql", exact=True)
async def locked_at_postgresql(stage: Stage) -> str:
    failed = await stage.metric("rolodial_call_events_failed_total")
    holder = await _connected(stage)
    try:
        async with holder.transaction():
            await holder.execute("LOCK TABLE call IN ACCESS EXCLUSIVE MODE")
            await pause(58)
            said = await alarmed(stage)
            await pause(2)
    finally:
        await holder.close()
    await _written(stage)
    await nothing_refused(stage, failed)
    return said


async def _connected(stage: Stage) -> asyncpg.Connection:
    name = stage.product.database_url.partition("@/")[2].partition("?")[0]
    return await asyncpg.connect(host=str(stage.cluster.directory), user="postgres", database=name)


@fault(
    26, "PostgreSQL restarted (immediate), connections killed", "retry by idempotent writes",
    database="postgresql", exact=True,
)  # fmt: skip
async def restarted(stage: Stage) -> str:
    failed = await stage.metric("rolodial_call_events_failed_total")
    for _ in range(5):
        await stage.talking()
        await asyncio.to_thread(stage.cluster.restart, away_s=3)
        await pause(4)
    connection = await _connected(stage)
    for _ in range(10):
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        await pause(1)
    await connection.close()
    await stage.ready_within(10)
    await nothing_refused(stage, failed)
    return "5 restarts of 3 s, 10 times all connections killed"


@fault(
    26, "PostgreSQL stopped 20 s in mid-call, then started", "retry by idempotent writes",
    database="postgresql", exact=True,
)  # fmt: skip
async def stopped(stage: Stage) -> str:
    failed = await stage.metric("rolodial_call_events_failed_total")
    await stage.talking()
    await asyncio.to_thread(stage.cluster.halt)
    try:
        await pause(20)
        said = await alarmed(stage)
    finally:
        await asyncio.to_thread(stage.cluster.go_on)
    await _written(stage)
    await nothing_refused(stage, failed)
    return said


@fault(32, "backup during load", "consistent copy, pop p95 <= 500 ms", exact=True)
async def backed_up(stage: Stage) -> str:
    archives = [stage.home / f"backup-{n}.zip" for n in range(3)]

    async def back_up() -> None:
        for archive in archives:
            await _rolodial(stage, "backup", str(archive))
            await pause(3)

    p95 = await pops_in_time(stage, back_up())
    for archive in archives:
        await _rolodial(stage, "restore", "--check", str(archive))
    return f"3 backups, each opened and whole, pops {p95}"


async def _rolodial(stage: Stage, command: str, *arguments: str) -> None:
    program = str(Path(sys.executable).parent / "rolodial")
    process = await asyncio.create_subprocess_exec(
        program, command, *arguments, "--settings", str(stage.product.settings_file),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode(errors="replace")[-300:]
