# SPDX-License-Identifier: Apache-2.0
"""From a publish in another process to the first call that the new rules lead: a large house, `rolodial serve`.

The publisher is this process, on the same database; channels ask over FastAGI again and again until the answer changes.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import uvloop

from config.bench._callers import Channel
from config.bench._many_rules import EXTENSIONS, many_rules
from config.bench._million import CLIENTS, million, serving
from config.bench.figure import Figure, Limit
from config.routing_file import publish_file_now
from crm_core.domain.audit import Actor
from crm_core.ports.clock import utc_now
from crm_core.ports.store import Store
from crm_core.storage.open_store import open_store

_STRANGER = "+79031234567"
_LAST_RULE = 'id = "retail"'


def run(rounds: int, *, clients: int = CLIENTS) -> list[Figure]:
    took = uvloop.run(_measure(max(rounds, 3), clients))
    return [
        Figure(
            name="publish_reaches_a_call",
            value=statistics.median(took),
            unit="s",
            must=Limit(value=1),
            goal=Limit(value=0.5),
            note=f"{len(took)} publishes by another process, worst {max(took):.2f} s",
        )
    ]


async def _measure(rounds: int, clients: int) -> list[float]:
    database = await million(clients=clients, extensions=EXTENSIONS)
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        async with serving(home, database, many_rules()) as (_serve, agi):
            store = await open_store(f"sqlite+aiosqlite:///{home / 'rolodial.db'}", exclusive=False)
            try:
                return [await _publish(store, home, agi, number) for number in range(rounds)]
            finally:
                await store.close()


async def _publish(store: Store, home: Path, agi: int, number: int) -> float:
    rule = f"retail-{number}"
    file = home / f"{rule}.toml"
    file.write_text(many_rules().replace(_LAST_RULE, f'id = "{rule}"'))
    await asyncio.sleep(0.37 * number)  # not always at the same moment of the server's look
    await publish_file_now(file, store, Actor("bench"), utc_now())
    began = time.perf_counter()
    while rule not in await _asked(agi):  # noqa: ASYNC110 - it does not tell
        await asyncio.sleep(0.005)
    return time.perf_counter() - began


async def _asked(agi: int) -> str:
    channel = Channel(_STRANGER)
    await asyncio.get_running_loop().create_connection(lambda: channel, "127.0.0.1", agi)
    await channel.over
    return channel.heard.decode()
