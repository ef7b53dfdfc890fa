# SPDX-License-Identifier: Apache-2.0
"""The workspace in a real browser that never saw it: time to the first paint, and how much comes over the wire."""

import asyncio
import statistics
import tempfile
from pathlib import Path

from config.bench._million import serving
from config.bench._rounds import BenchError
from config.bench.figure import Figure, Limit
from config.demo.data import PASSWORD

_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1"
_WEIGHT = """[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .reduce((sum, one) => sum + one.transferSize, 0)"""
_CHROMIUM = "/usr/bin/chromium"


def run(rounds: int) -> list[Figure]:
    painted, weight = asyncio.run(_measure(rounds))
    return [
        Figure(
            name="workspace_first_paint",
            value=painted,
            unit="ms",
            must=Limit(value=1000),
            goal=Limit(value=500),
        ),
        Figure(
            name="workspace_weight", value=weight, unit="kB", must=Limit(value=300), goal=Limit(value=250)
        ),
    ]


async def _measure(rounds: int) -> tuple[float, float]:
    from playwright.async_api import async_playwright

    seen: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as home:
        async with serving(Path(home), None) as (serve, _), async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
            for _ in range(rounds):
                context = await browser.new_context()
                page = await context.new_page()
                base = f"http://127.0.0.1:{serve.web_port}"
                await context.request.post(f"{base}/login", form={"login": "anna", "password": PASSWORD})
                await page.goto(f"{base}/", wait_until="networkidle")
                seen.append((await page.evaluate(_PAINTED), await page.evaluate(_WEIGHT) / 1000))
                await context.close()
            await browser.close()
    if any(painted < 0 for painted, _ in seen):
        raise BenchError("the browser painted nothing")
    return statistics.median(one[0] for one in seen), statistics.median(one[1] for one in seen)
