# SPDX-License-Identifier: Apache-2.0
"""Thousands of real calls of mixed kinds through a real Asterisk and `rolodial serve`; nothing may be lost or doubled.

`make soak`, or with ARGS="--calls 500 --rate 30". The rate is halved while Asterisk needs 80 % of a core or more.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crm_core.storage.open_store import open_store
from crm_core.usecases.balance_day import Balanced, balance_day
from recordings.local_store import LocalRecordingStore
from tests.soak import count
from tests.soak.house import SoakHouse, soak_house
from tests.soak.mix import Planned, planned
from tests.soak.play import Meter, Players, Sample

_MOST_CPU = 0.8  # of one core, for Asterisk
_TRIAL_S = 8.0
_QUIET_S = 60.0  # nothing of what is behind gets done any more
_FAULTS = (
    "never_came",
    "lost",
    "doubled",
    "invented",
    "still_open",
    "uncertain",
    "answered_differs",
    "talk_differs",
)
_NO_SOUND = ("silent", "one_sided")  # nine calls of ten carry no sound, and that is what these two say
_LATER = timedelta(minutes=20)  # by then the balance counts whatever has not come as missing


async def main(calls: int, rate: float, home: Path, patience: float) -> bool:
    plan = planned(calls)
    async with soak_house(home, plan) as house:
        players, meter = Players(house), Meter(house)
        try:
            await players.receive()
            load, began = os.getloadavg()[0], meter.read()
            told, rate, seconds = await _played(players, meter, plan, rate)
            ended = meter.read()
            await _settled(house, meter, patience)
            _say_load(load, began, ended, calls, rate, seconds)
            _say_memory(meter, told)
            return await _say_counted(house, players, plan)
        finally:
            await players.stop()


async def _played(
    players: Players, meter: Meter, plan: list[Planned], rate: float
) -> tuple[list[Sample], float, float]:
    """The first seconds show whether Asterisk keeps up; then all the others, at that rate or at half of it."""
    first = min(len(plan), int(rate * _TRIAL_S))
    before = meter.read()
    took = await players.place(plan[:first], rate)
    after = meter.read()
    busy = (after.asterisk_cpu - before.asterisk_cpu) / (after.at - before.at)
    if busy >= _MOST_CPU:
        rate /= 2
        print(f"Asterisk used {busy:.0%} of a core: halved to {rate:g} calls a second")
    meter.samples.clear()
    watching = asyncio.create_task(meter.run())  # noqa: TID251 - cancelled below
    try:
        took += await players.place(plan[first:], rate) if plan[first:] else 0
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    return list(meter.samples), rate, took


async def _settled(house: SoakHouse, meter: Meter, patience: float) -> None:
    """Until nothing is on its way: each call of CDR kept and compared with CEL, no file in the spool."""
    began = moved = time.monotonic()
    behind, most_done = _progress(house)
    while behind > 0 and time.monotonic() - moved < _QUIET_S and time.monotonic() - began < patience:
        await asyncio.sleep(2)
        behind, done = _progress(house)
        if done > most_done:
            most_done, moved = done, time.monotonic()
    took = time.monotonic() - began
    print(f"after {took:.0f} s {behind} things were behind" if behind > 0 else f"settled after {took:.0f} s")
    meter.read()


def _progress(house: SoakHouse) -> tuple[int, int]:
    """How much is still to be done, and how much is."""
    kept = count.kept_calls(house.database)
    compared = sum(count.witnesses(house.database).values())
    seen = count.recordings(house.database, house.pbx.recordings)
    waiting = seen["states"].pop("waiting", 0)
    told = len({row["linkedid"] for row in count.cdr_rows(house.cdr_file)})
    behind = max(0, told - len(kept)) + sum(not one.ended for one in kept) + max(0, len(kept) - compared)
    files: int = max(seen["left in the spool"], waiting)
    return behind + files, len(kept) + compared + sum(seen["states"].values())


def _say_load(load: float, began: Sample, ended: Sample, calls: int, rate: float, seconds: float) -> None:
    wall = ended.at - began.at
    asterisk, serve = ended.asterisk_cpu - began.asterisk_cpu, ended.serve_cpu - began.serve_cpu
    workers = ended.workers_cpu - began.workers_cpu
    cores, after = os.cpu_count(), os.getloadavg()[0]
    print(
        f"\n{calls} calls at {rate:g}/s in {seconds:.0f} s, {cores} cores, load {load:.1f} before, {after:.1f} after"
    )
    print("\n| process | CPU s | of a core | ms a call |\n|---|---|---|---|")
    for name, cpu in (("Asterisk", asterisk), ("rolodial serve", serve), ("its workers (audio)", workers)):
        print(f"| {name} | {cpu:.1f} | {cpu / wall:.0%} | {cpu / calls * 1000:.1f} |")


def _say_memory(meter: Meter, told: list[Sample]) -> None:
    if told:
        lags = sorted(one.lag_ms for one in told)
        starved = told[-1].starved - told[0].starved
        print(
            f"\nthe event loop let us wait, each second: half {lags[len(lags) // 2]:.0f}, most {lags[-1]:.0f} ms"
        )
        print(
            f"rolodial serve was ready and had no core for {starved:.0f} of {told[-1].at - told[0].at:.0f} s"
        )
    print("\n| calls placed | serve MB | Asterisk MB |\n|---|---|---|")
    for share in (0.0, 0.25, 0.5, 0.75, 1.0) if told else ():
        one = told[int(share * (len(told) - 1))]
        print(f"| {share:.0%} | {one.serve_mb:.0f} | {one.asterisk_mb:.0f} |")
    last = meter.samples[-1]
    print(f"| afterwards | {last.serve_mb:.0f} | {last.asterisk_mb:.0f} |")


async def _say_counted(house: SoakHouse, players: Players, plan: list[Planned]) -> bool:
    kept = count.kept_calls(house.database)
    proof = count.prove(plan, count.cdr_rows(house.cdr_file), kept, count.numbers_in(house.pbx.cel_file))
    seen = count.recordings(house.database, house.pbx.recordings)
    findings = await _balance(house)
    _say_kinds(plan, kept)
    _say_proof(proof)
    print(f"second witness: {count.witnesses(house.database)}\nrecordings: {seen}")
    print(f"balance, open: {dict(findings) or 'clean'}")
    print(f"roads of calls from outside: {dict(count.roads(house.pbx.cel_file))}")
    _say_players(players)
    for kind in _NO_SOUND:
        findings.pop(kind, None)
    return proof.clean and not findings and not seen["unattached"] and not seen["left in the spool"]


def _say_kinds(plan: list[Planned], kept: list[count.Kept]) -> None:
    print("\n| kind | calls | came to |\n|---|---|---|")
    for name, came in count.dispositions(plan, kept).items():
        print(
            f"| {name} | {came.total()} | {', '.join(f'{what} {many}' for what, many in came.most_common())} |"
        )


def _say_proof(proof: count.Proof) -> None:
    print(
        f"\nCDR: {proof.cdr_rows} rows of {proof.cdr_calls} calls; kept: {proof.kept} of {proof.planned} placed"
    )
    for name in _FAULTS:
        some = getattr(proof, name)
        print(f"{name.replace('_', ' ')}: {len(some)}" + "".join(f"\n  {one}" for one in some[:8]))
    print(f"talks held against CDR: {proof.talks_compared}")


def _say_players(players: Players) -> None:
    for name, sipp in (*players.callers.items(), *(("party", one) for one in players.parties)):
        failed, words = sipp.failed()
        if failed:
            print(f"SIPp {name}: {failed} calls did not go as planned\n  {words[:500]}")
    if players.clicks_refused:
        print(f"clicks refused: {len(players.clicks_refused)}, as {players.clicks_refused[0]}")


async def _balance(house: SoakHouse) -> Counter[str]:
    now = datetime.now(UTC)
    store = await open_store(f"sqlite+aiosqlite:///{house.database}", exclusive=False)
    files = LocalRecordingStore(house.home / "recordings", tidy=False)
    try:
        async with store.read() as tx:
            zone = (await tx.settings.house()).tzinfo
        told: Balanced = await balance_day(store, files, now.astimezone(zone).date(), now + _LATER)
    finally:
        await store.close()
    return Counter(one.found.kind.value for one in told.open)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--rate", type=float, default=60)
    parser.add_argument("--home", type=Path, help="keep everything there")
    parser.add_argument(
        "--patience", type=float, default=900, help="seconds for what is behind after the last call"
    )
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as directory:
        clean = asyncio.run(main(told.calls, told.rate, told.home or Path(directory), told.patience))
    print("\nClean." if clean else "\nNot clean.")
    sys.exit(not clean)
