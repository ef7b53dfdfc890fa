# SPDX-License-Identifier: Apache-2.0
"""The examples of docs/api.md, as they stand on the page, against a server."""

import asyncio
import csv
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path

from crm_core.domain.session import SCOPES
from tests.support.api import program, token_of
from tests.support.live_site import live_site
from web.api.routes import OPERATIONS

PAGE = (Path(__file__).parents[3] / "docs/api.md").read_text()
REPORT, POP = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


async def run(example, url, token, **environment):
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        example,
        env={"ROLODIAL": url, "TOKEN": token, "PATH": "/usr/bin:/bin", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_yesterdays_calls_come_into_a_report(site):
    midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    admin = await program(site, "admin", SCOPES)
    for n in range(205):  # more than a page
        minutes = (site.history.now - midnight + timedelta(hours=3, minutes=n)) / timedelta(minutes=1)
        await site.history.call(
            f"yesterday {n}",
            number="+79161000001",
            owner=site.history.contacts["Olga Petrova"],
            minutes_ago=minutes,
            talk=30,
        )
    url, token = str(site.client.make_url("")).rstrip("/"), admin.headers["Authorization"].split()[1]
    report = await run(REPORT, url, token)
    said, fault = await report.communicate()
    assert report.returncode == 0, fault.decode()
    rows = list(csv.DictReader(said.decode().splitlines()))
    yesterday = midnight - timedelta(days=1)
    assert len(rows) >= 205
    assert all(yesterday <= datetime.fromisoformat(row["started"]) < midnight for row in rows)
    assert {"+79161000001"} <= {row["client"] for row in rows}
    started = [row["started"] for row in rows]
    assert started == sorted(started, reverse=True)


async def test_a_card_comes_up_in_another_application(store):
    async with live_site(store) as site:
        token = await token_of(store, site.id("anna"), {"live"})
        other = await run(POP, site.url, token)
        assert (await asyncio.wait_for(other.stdout.readline(), 60)).decode() == "listening\n"
        site.pop("boris")
        site.pop("anna")
        said, fault = await asyncio.wait_for(other.communicate(), 60)
    assert (other.returncode, said.decode()) == (0, "Olga Petrova +79161000001 48300\n"), fault.decode()


def test_the_page_names_every_scope():
    assert {each.scope for each in OPERATIONS} <= set(re.findall(r"`([a-z:]+)`", PAGE))
