# SPDX-License-Identifier: Apache-2.0
"""`make chaos`: faults of docs/reliability.md, one after another, on a real Asterisk with calls going on.

    python -m tests.chaos [NUMBER ...]     only these; the table keeps what was seen of the others before

Loopback only. As root it can also fill, break and cut off disks. Exit code 1 when a fault does not hold or was not run.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from config.asterisk.fetch import find_or_fetch
from tests.chaos import families
from tests.chaos.fault import FAULTS, CannotRunError, Fault
from tests.chaos.stage import Stage
from tests.chaos.table import Row, Verdict, show, write

ROOT = Path(__file__).resolve().parents[2]
_LONGEST_S = 420


def main() -> int:
    options = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    options.add_argument("numbers", nargs="*", type=int)
    numbers = options.parse_args().numbers
    families.load()
    chosen = sorted(
        (one for one in FAULTS if not numbers or one.number in numbers),
        key=lambda one: (one.database, bool(one.tests), one.number),
    )
    rows = list(_all(chosen))
    write(rows, ROOT / "docs/reliability.md")
    print()
    show(rows)
    return 0 if all(row.verdict is Verdict.HOLDS for row in rows) else 1


def _all(chosen: list[Fault]) -> Iterable[Row]:
    injected = [one for one in chosen if one.inject]
    for database, faults in groupby(injected, lambda one: one.database):
        yield from asyncio.run(_played(database, list(faults)))  # a stage that cannot be built ends it all
    for one in chosen:
        if one.tests:
            yield _said(_tested(one))


async def _played(database: str, faults: list[Fault]) -> list[Row]:
    program = find_or_fetch(ROOT / ".cache", print)
    with tempfile.TemporaryDirectory(prefix="rolodial-chaos-") as home:
        stage = Stage(program, Path(home), database)
        try:
            await stage.start()
            return [_said(await _one(stage, fault)) for fault in faults]
        finally:
            await stage.stop()  # also of what was begun


async def _one(stage: Stage, fault: Fault) -> Row:
    began = time.monotonic()
    try:
        async with asyncio.timeout(_LONGEST_S):
            await stage.heal()
            async with stage.calls(fault.load):
                seen = await fault.inject(stage)
            kept = await stage.nothing_lost(exact=fault.exact)
        verdict, seen = Verdict.HOLDS, f"{seen}; {kept}"
    except CannotRunError as error:
        verdict, seen = Verdict.NOT_RUN, str(error)
    except Exception as error:  # noqa: BLE001 - whatever it was, it did not hold; the next one is played
        verdict, seen = Verdict.FAILS, f"{type(error).__name__}: {error}"
    return Row(fault.number, fault.title, fault.passes, seen, verdict, time.monotonic() - began)


def _tested(fault: Fault) -> Row:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *fault.tests],
        check=False, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    last = (done.stdout.strip().splitlines() or [done.stderr[-300:]])[-1]
    names = ", ".join(f"`{node.rpartition('/')[2]}`" for node in fault.tests)
    passed = done.returncode == 0 and "skipped" not in last and "passed" in last
    verdict = Verdict.HOLDS if passed else Verdict.FAILS
    seen = f"tests {names}" if passed else f"{last}: {names}"
    return Row(fault.number, fault.title, fault.passes, seen, verdict, time.monotonic() - began)


def _said(row: Row) -> Row:
    print(f"{row.number:3} {row.verdict:8} {row.took_s:5.0f} s  {row.name}: {row.seen[:1500]}", flush=True)
    return row


if __name__ == "__main__":
    sys.exit(main())
