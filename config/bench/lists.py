# SPDX-License-Identifier: Apache-2.0
"""Lists, cards and the search of a big house as a browser asks for them: served time, 95th percentile.

A million contacts and two million calls on SQLite, or in the database named; a supervisor, who sees everything, and
an operator, who sees their own calls, ask one request after another.
"""

import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import uvloop

from config.bench._lists_house import CALLS, CONTACTS, many, many_on_a_server
from config.bench._million import serving
from config.bench._rounds import BenchError
from config.bench.figure import Figure, Limit
from config.demo.data import PASSWORD
from config.demo.generate import number_of
from config.demo.many import BUYERS, name_of, order_number
from crm_core.storage.engine import parse_url
from crm_core.storage.open_store import open_store

_TIMES = 40
_WARM = 3
_HTTP_OK = 200


def run(rounds: int, *, contacts: int = CONTACTS, calls: int = CALLS, database: str = "") -> list[Figure]:
    taken = uvloop.run(_measure(rounds, contacts, calls, database))
    return [
        Figure(
            name=f"{name}_p95",
            value=value,
            unit="ms",
            must=Limit(value=150),
            goal=Limit(value=60),
            note=f"{contacts} contacts, {calls} calls, {_TIMES} requests a round",
        )
        for name, value in taken.items()
    ]


async def _measure(rounds: int, contacts: int, calls: int, url: str) -> dict[str, float]:
    if url:
        await many_on_a_server(url, contacts, calls)
    file = None if url else await many(contacts, calls)
    dice = random.Random(1)  # noqa: S311 - which client is looked at
    with tempfile.TemporaryDirectory(dir=file and file.parent) as home:
        async with serving(Path(home) / "home", file or url) as (serve, _):
            base = f"http://127.0.0.1:{serve.web_port}"
            ids = await _some_contacts(url or f"sqlite:///{file}", contacts)
            async with _browser(base, "sofia") as sees_all, _browser(base, "anna") as sees_own:
                asked = _addresses(dice, contacts, ids)
                taken = {name: await _p95(sees_all, address, rounds) for name, address in asked.items()}
                own = await _p95(sees_own, lambda: "/calls", rounds)
                return taken | {"calls_of_an_operator": own}


def _addresses(dice: random.Random, contacts: int, ids: list[str]) -> dict[str, Callable[[], str]]:
    def anybody() -> int:
        return dice.randrange(contacts)

    return {
        "contacts_list": lambda: "/contacts",
        "contacts_of_nobody": lambda: "/contacts?manager=none&sort=-created",
        "contacts_sorted": lambda: "/contacts?sort=-updated",
        "companies_list": lambda: "/companies",
        "orders_list": lambda: "/orders",
        "contact_card": lambda: f"/contacts/{dice.choice(ids[1:])}",
        "card_with_a_long_timeline": lambda: f"/contacts/{ids[0]}",
        "calls_list": lambda: "/calls",
        "calls_missed": lambda: "/calls?missed=1",
        "calls_to_voicemail": lambda: "/calls?disposition=voicemail",
        "search_name": lambda: f"/search?q={name_of(anybody()).rpartition(' ')[0]}",
        "search_one": lambda: f"/search?q={name_of(anybody())}",
        "search_number": lambda: f"/search?q={number_of(anybody())[-7:]}",
        "search_order": lambda: f"/search?q={order_number(dice.randrange(contacts // BUYERS))}",
    }


async def _p95(http: aiohttp.ClientSession, address: Callable[[], str], rounds: int) -> float:
    medians = []
    for _ in range(rounds):
        took = [await _ms(http, address()) for _ in range(_TIMES + _WARM)][_WARM:]
        medians.append(statistics.quantiles(took, n=20)[-1])
    return statistics.median(medians)


async def _ms(http: aiohttp.ClientSession, address: str) -> float:
    began = time.perf_counter()
    async with http.get(address, allow_redirects=False) as answer:
        await answer.read()
        if answer.status != _HTTP_OK:
            raise BenchError(f"{address}: {answer.status}")
    return (time.perf_counter() - began) * 1000


@asynccontextmanager
async def _browser(base: str, login: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(base, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.post("/login", data={"login": login, "password": PASSWORD}) as answer:
            if answer.status != _HTTP_OK:
                raise BenchError(f"{login} could not log in")
        yield http


async def _some_contacts(url: str, contacts: int) -> list[str]:
    """Ids of the best client, and of clients from all over the table."""
    dice = random.Random(2)  # noqa: S311 - which client is looked at
    numbers = [number_of(0), *(number_of(dice.randrange(contacts)) for _ in range(_TIMES * 2))]
    store = await open_store(parse_url(url).render_as_string(hide_password=False), exclusive=False)
    try:
        async with store.read() as tx:
            found = await tx.clients.owners_of(numbers)
    finally:
        await store.close()
    return [str(found[number][0].contact_id) for number in numbers if number in found]
