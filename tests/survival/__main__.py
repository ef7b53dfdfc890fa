# SPDX-License-Identifier: Apache-2.0
"""`make survival`: what callers notice when the CRM is dead, stopped, cut off, or without its database or disk.

    python -m tests.survival [--calls 1000] [--rate 12] [FAULT ...]

A real Asterisk, the real product, 40 phones. The first call of each fault comes in the moment after it; a tenth of the
callers are strangers, two managers away. Written into docs/reliability.md. Exit code 1 when something does not hold.
"""

import argparse
import asyncio
import re
import statistics
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from config.bench._house import House, house
from config.bench._telephony import Invite
from tests.chaos.disk import Disk
from tests.chaos.fault import CannotRunError
from tests.support.postgresql import Cluster
from tests.survival.faults import FAULTS, Fault, Scene
from tests.survival.judge import People, Seen, judge

ROOT = Path(__file__).resolve().parents[2]
_OPERATORS, _AWAY = 40, 2
_TALK_S = 0.8
_BEGIN, _END = "<!-- survival: written by make survival -->", "<!-- survival: end -->"
_FIRST_STRANGER = 79_031_000_000
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Calls:
    sent: dict[str, Invite]
    rung: dict[str, Invite]
    answered: int


def main() -> int:
    options = argparse.ArgumentParser(prog="make survival", description=__doc__)
    options.add_argument("faults", nargs="*", choices=[[], *(one.name for one in FAULTS)])
    options.add_argument("--calls", type=int, default=1000)
    options.add_argument("--rate", type=float, default=12.0)
    chosen = options.parse_args()
    faults = [one for one in FAULTS if not chosen.faults or one.name in chosen.faults]
    rows: list[Row] = []
    for database, some in groupby(faults, lambda one: one.database):
        rows += asyncio.run(_played(database, list(some), chosen.calls, chosen.rate))
    if not chosen.faults:
        _write(rows, ROOT / "docs/reliability.md")
    return 0 if all(row[-1] == "yes" for row in rows) else 1


async def _played(database: str, faults: Sequence[Fault], calls: int, rate: float) -> list[Row]:
    known = calls - calls // 10
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rolodial-survival-")))
        cluster = Cluster() if database == "postgresql" else None
        if cluster:
            await asyncio.to_thread(cluster.start)
            stack.callback(cluster.stop)
        disk = Disk(home / "disk.img", home / "product")
        stack.callback(disk.unmount)
        url = cluster.url(cluster.new()) if cluster else ""
        one = await stack.enter_async_context(
            house(home, _OPERATORS, known, away=_AWAY, data=home / "product", database=url)
        )
        return await _faults(Scene(one, home / "product", disk, cluster), faults, calls, rate)


async def _faults(scene: Scene, faults: Sequence[Fault], calls: int, rate: float) -> list[Row]:
    strangers = [f"+{_FIRST_STRANGER + number}" for number in range(calls - len(scene.house.clients))]
    callers = _mixed(scene.house.clients, strangers)
    await scene.house.serve.start()
    await _until_routes_are_known(scene.house)
    healthy = await _calls(scene.house, "healthy", callers, rate)
    usual = statistics.median(_judged(scene.house, healthy, 0.0).extra_s)
    rows = [_row("none", _judged(scene.house, healthy, usual), "")]
    print(" | ".join(rows[-1]), flush=True)
    for fault in faults:
        try:
            rows.append(await _one(scene, fault, callers, rate, usual))
        except CannotRunError as error:
            rows.append((fault.name, str(error), "", "", "", "", "not run"))
        print(" | ".join(rows[-1]), flush=True)
    return rows


async def _one(scene: Scene, fault: Fault, callers: Sequence[str], rate: float, usual: float) -> Row:
    one = scene.house
    if fault.needs_disk and scene.disk:
        scene.disk.need()
    alone = _metric(one, "rolodial_calls_led_alone_total")
    await _ask_at(one, f"http://127.0.0.1:{one.http_port}" if fault.elsewhere else "-")
    await fault.begin(scene)
    try:
        calls = await _calls(one, re.sub(r"\W+", "_", fault.name), callers, rate)
        told = _metric(one, "rolodial_database_refusing") if fault.answers else 0.0
    finally:
        await fault.heal(scene)
    if not fault.answers:
        alone = alone if fault.name != "killed" else 0.0
        told = await _told(one, alone)
    said = "the database takes nothing" if fault.answers else f"{told:.0f} calls led without us"
    await _healthy_again(one)
    return _row(fault.name, _judged(one, calls, usual), said if told else "")


async def _ask_at(one: House, address: str) -> None:
    """Over HTTP there; `-`: over FastAGI."""
    await one.exchange.pbx.cli(f"dialplan set global ROLODIAL_HTTP {address}")


async def _calls(one: House, name: str, callers: Sequence[str], rate: float) -> Calls:
    phones = await one.exchange.phones(f"{name}_phones")
    try:
        load = await one.exchange.calls(name, callers, rate=rate, seconds=_TALK_S)
        failed = await load.ended(len(callers) / rate * 2 + 60)
    finally:
        await phones.stop()
    return Calls(load.first_invites(), phones.first_invites(), len(callers) - failed)


def _judged(one: House, calls: Calls, usual: float) -> Seen:
    extensions = [phone.extension for phone in one.exchange.plan.phones]
    managers = {who: extensions[place % len(extensions)] for place, who in enumerate(one.clients)}
    in_queue = frozenset(one.exchange.plan.queues[0].members)
    people = People(managers, frozenset(extensions[-_AWAY:]), in_queue)
    return judge(calls.sent, calls.rung, calls.answered, people, usual)


def _row(name: str, seen: Seen, told: str) -> Row:
    half = seen.extra_s[len(seen.extra_s) // 2] * 1000
    holds = seen.holds and (name == "none" or bool(told))
    return (
        name,
        f"{seen.calls}",
        f"{seen.failed}, {seen.waited}",
        f"{half:.0f}, {seen.p99_s * 1000:.0f}, {seen.extra_s[-1] * 1000:.0f} ms",
        f"{seen.reached} of {seen.known}",
        told or ("" if name == "none" else "nothing"),
        "yes" if holds else "NO",
    )


def _mixed(clients: Sequence[str], strangers: Sequence[str]) -> list[str]:
    """A stranger after each nine clients."""
    mixed = []
    for place, stranger in enumerate(strangers):
        mixed += [*clients[place * 9 : place * 9 + 9], stranger]
    return [*mixed, *clients[len(strangers) * 9 :]]


async def _until_routes_are_known(one: House, within_s: float = 90) -> None:
    async with asyncio.timeout(within_s):
        while one.clients[-1] not in await one.exchange.pbx.cli("database show rolodial"):
            await asyncio.sleep(0.5)


def _metric(one: House, name: str) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{one.serve.web_port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return sum(float(value) for value in re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE))


async def _told(one: House, before: float, within_s: float = 120) -> float:
    """Once it is back, it says how many calls went their way without it; until nothing is added for twelve seconds."""
    said = [0.0]
    async with asyncio.timeout(within_s):
        while not said[-1] or len(said) < 4 or said[-1] != said[-4]:
            await asyncio.sleep(4)
            said.append(await asyncio.to_thread(_metric, one, "rolodial_calls_led_alone_total") - before)
    return said[-1]


async def _healthy_again(one: House, within_s: float = 90) -> None:
    """The breaker is closed, what waited is written: so that one fault is not seen in the next."""
    await one.exchange.pbx.cli("dialplan set global ROLODIAL_OFF_UNTIL 0")
    async with asyncio.timeout(within_s):
        while (
            await asyncio.to_thread(_metric, one, "rolodial_call_events_waiting")
            or not await asyncio.to_thread(_metric, one, "rolodial_pbx_connected")
            or await asyncio.to_thread(_metric, one, "rolodial_calls_open")
        ):
            await asyncio.sleep(0.5)
    await asyncio.sleep(5)


def _write(rows: Sequence[Row], page: Path) -> None:
    head = [
        "fault",
        "calls",
        "taken by nobody, waited in the queue",
        "extra delay: half, p99, worst",
        "reached their manager",
        "told",
        "holds",
    ]
    lines = [head, ["---"] * len(head), *rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    text = page.read_text()
    before, _, rest = text.partition(_BEGIN)
    page.write_text(f"{before}{_BEGIN}\n{table}\n{_END}{rest.partition(_END)[2]}")


if __name__ == "__main__":
    sys.exit(main())
