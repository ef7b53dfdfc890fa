# SPDX-License-Identifier: Apache-2.0
"""Decisions of the whole product over FastAGI: a million numbers, 500 operators, 200 rules, 100 skills; pop hold off.

A second: 20 channels at once, beside panoramisk's FastAGI server with an ORM look-up in the same database. Delay: 200
calls a second, beside a listener that reads and answers nothing. Channels are a process of their own.
"""

import statistics
import tempfile
from pathlib import Path
from typing import Any

import uvloop

from config.bench._many_rules import EXTENSIONS, many_rules
from config.bench._million import CLIENTS, million, serving
from config.bench._processes import listener, said
from config.bench._rounds import BenchError
from config.bench.figure import Figure, Limit

AT_ONCE = "20"
PACE = "200/s"
_SECONDS = 3.0
Said = dict[str, Any]


def run(rounds: int, *, clients: int = CLIENTS, seconds: float = _SECONDS) -> list[Figure]:
    busy, paced = uvloop.run(_measure(rounds, clients, seconds))
    ours, orm = (statistics.median(one[which]["rate"] for one in busy) for which in (0, 1))
    decisions = Figure(
        name="fastagi_decisions_per_second",
        value=ours,
        unit="1/s",
        reference=orm,
        must=Limit(ratio=5, more=True),
        goal=Limit(ratio=10, more=True),
    )
    limits = (("p50", 1.5, 0.7), ("p99", 10.0, 3.0))
    return [decisions, *(_delay(paced, *one) for one in limits)]


def _delay(paced: list[tuple[Said, Said]], percentile: str, must: float, goal: float) -> Figure:
    return Figure(
        name=f"decision_{percentile}",
        value=statistics.median(ours[percentile] for ours, _ in paced),
        unit="ms",
        reference=statistics.median(mute[percentile] for _, mute in paced),
        must=Limit(ratio=4, value=must),
        goal=Limit(ratio=2, value=goal),
    )


async def _measure(
    rounds: int, clients: int, seconds: float
) -> tuple[list[tuple[Said, Said]], list[tuple[Said, Said]]]:
    database = await million(clients=clients, extensions=EXTENSIONS)
    busy, paced = [], []
    with tempfile.TemporaryDirectory() as directory:
        async with serving(Path(directory), database, many_rules()) as (_serve, ours):
            url = f"sqlite+aiosqlite:///{database.absolute()}"
            for number in range(rounds + 1):
                async with listener("config.bench._references", "orm", url) as orm:
                    one = [await _load(port, clients, seconds, AT_ONCE) for port in (ours, orm)]
                async with listener("config.bench._references", "mute", "") as mute:
                    two = [await _load(port, clients, seconds, PACE) for port in (ours, mute)]
                if number:  # the first warms caches
                    busy.append((one[0], one[1]))
                    paced.append((two[0], two[1]))
    if any(ours["unanswered"] for ours, _ in busy + paced):
        raise BenchError("some calls got no answer")
    return busy, paced


async def _load(port: int, clients: int, seconds: float, how: str) -> Said:
    return await said("config.bench._callers", str(port), str(clients), str(seconds), how)
