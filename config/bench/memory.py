# SPDX-License-Identifier: Apache-2.0
"""Resident memory of `rolodial serve`: at rest with the demo's data, and with a million numbers after traffic.

The promise is for ten minutes of traffic; without --seconds it is shorter, at the same rate of calls.
"""

import asyncio
import tempfile
from pathlib import Path

import uvloop

from config.bench._million import CLIENTS, million, serving
from config.bench._processes import rss_mb_of, said
from config.bench.figure import Figure, Limit

_SECONDS = 30.0
_SETTLE_S = 3.0
_RATE = "200/s"


def run(rounds: int, *, clients: int = CLIENTS, seconds: float = _SECONDS) -> list[Figure]:  # noqa: ARG001 - memory is no matter of luck
    rest, busy = uvloop.run(_measure(clients, seconds))
    return [
        Figure(name="rss_at_rest", value=rest, unit="MB", must=Limit(value=200), goal=Limit(value=120)),
        Figure(
            name="rss_million_numbers",
            value=busy,
            unit="MB",
            must=Limit(value=600),
            goal=Limit(value=350),
            note=f"after {seconds:.0f} s of {_RATE}",
        ),
    ]


async def _measure(clients: int, seconds: float) -> tuple[float, float]:
    database = await million(clients=clients)
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        async with serving(home / "rest", None) as (serve, _port):
            await asyncio.sleep(_SETTLE_S)
            rest = rss_mb_of(serve.pid)
        async with serving(home / "million", database) as (serve, port):
            await said("config.bench._callers", str(port), str(clients), str(seconds), _RATE)
            return rest, rss_mb_of(serve.pid)
