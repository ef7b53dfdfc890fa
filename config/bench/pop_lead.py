# SPDX-License-Identifier: Apache-2.0
"""Is the card on the screen before the phone rings: real calls, and visible tabs in a real Chromium.

Lead: the INVITE's arrival at the phone less the acknowledgement's at the server. Painted: card sent to acknowledged.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson

from config.bench._house import PASSWORD, House, house, login_of
from config.bench._processes import Serve
from config.bench._rounds import BenchError
from config.bench._telephony import Invite
from config.bench.figure import Figure, Limit

CALLS = 80
RATE = 2.0
_OPERATORS = 3
_TALK_S = 0.3
_CHROMIUM = "/usr/bin/chromium"
_DAY_S = 86_400


def run(rounds: int, *, calls: int = CALLS, rate: float = RATE) -> list[Figure]:  # noqa: ARG001 - one run of many calls
    leads, painted = asyncio.run(_measure(calls, rate))
    note = f"{len(leads)} calls, {_OPERATORS} visible tabs"
    return [
        Figure(
            name="pop_lead_not_negative",
            value=100 * sum(lead >= 0 for lead in leads) / len(leads),
            unit="%",
            must=Limit(value=95, more=True),
            goal=Limit(value=99, more=True),
            note=note,
        ),
        Figure(
            name="pop_painted_p95",
            value=painted[int(len(painted) * 0.95)] * 1000,
            unit="ms",
            must=Limit(value=80),
            goal=Limit(value=40),
            note=note,
        ),
    ]


async def _measure(calls: int, rate: float) -> tuple[list[float], list[float]]:
    with tempfile.TemporaryDirectory() as directory:
        async with house(Path(directory), _OPERATORS, calls) as one:
            file = Path(directory) / "painted.jsonl"
            one.serve.module = ("config.bench._watched_serve", str(one.serve.settings), str(file))
            phones = await one.exchange.phones()
            try:
                await one.serve.start()
                async with _tabs(one.serve):
                    load = await one.exchange.calls("calls", one.clients, rate=rate, seconds=_TALK_S)
                    await load.done(calls / rate * 2 + 30)
            finally:
                await phones.stop()
            return _read(one, phones.first_invites(), file.read_bytes())


def _read(one: House, rung: dict[str, Invite], said: bytes) -> tuple[list[float], list[float]]:
    """A call whose card was never acknowledged has no lead: it counts as negative."""
    pops = {line["number"]: line for line in map(orjson.loads, said.splitlines())}
    if not pops:
        raise BenchError("no card was painted")
    zone = time.localtime().tm_gmtoff
    leads = [
        rung[who].at - (pops[who]["painted"] + zone) % _DAY_S if who in pops else -1.0
        for who in one.clients
        if who in rung
    ]
    return leads, sorted(pop["painted"] - pop["sent"] for pop in pops.values())


@asynccontextmanager
async def _tabs(serve: Serve) -> AsyncIterator[None]:
    """Each operator's own browser window, logged in, its speed known to the server."""
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        raise BenchError("Chromium is driven by playwright: pip install -r requirements/dev.txt") from None
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        for number in range(_OPERATORS):
            page = await (await browser.new_context()).new_page()
            await page.goto(f"http://127.0.0.1:{serve.web_port}/login")
            await page.fill("#login", login_of(str(201 + number)))
            await page.fill("#password", PASSWORD)
            await page.press("#password", "Enter")
            await page.wait_for_selector("html[data-live='up']", state="attached")
        await asyncio.sleep(2)
        yield
        await browser.close()
