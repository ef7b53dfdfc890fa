# SPDX-License-Identifier: Apache-2.0
"""The whole examination, in the order a call goes: settings, database, server, each PBX, disks."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from config.doctor.agi_check import Listener, judge_listener, stand_in, who_listens
from config.doctor.database_check import open_database
from config.doctor.disk_check import check_disks
from config.doctor.examine_pbx import Bench, examine_pbx
from config.doctor.finding import Finding, broken, without
from config.doctor.settings_check import judge_settings, secrets_of
from config.doctor.tls_check import check_tls
from config.doctor.web_check import PagesSeen, addresses, judge_pages, look_at_pages
from config.settings import Settings
from crm_core.ports.clock import Clock, utc_now


async def examine(
    settings: Settings, path: Path | None = None, *, quick: bool = False, clock: Clock = utc_now
) -> list[Finding]:
    """`path`: where the settings were read from."""
    findings = list(judge_settings(settings, path))
    async with AsyncExitStack() as stack:
        store, finding = await stack.enter_async_context(open_database(settings.database_url))
        findings.append(finding)
        pages = [await look_at_pages(base, settings.web.public_url) for base in addresses(settings.web)]
        listener = await who_listens(settings.fastagi)
        findings += judge_server(settings, pages, listener)
        stood_in = await stack.enter_async_context(_in_its_place(settings, listener, quick=quick))
        bench = Bench(store=store, fastagi=settings.fastagi, clock=clock, quick=quick, stood_in=stood_in)
        for pbx in settings.pbx:
            findings += await examine_pbx(pbx, bench)
    findings += check_tls(settings, clock())
    findings += check_disks([settings.home, *(pbx.spool for pbx in settings.pbx if pbx.spool)])
    secrets = secrets_of(settings)
    return [without(secrets, finding) for finding in findings]


def judge_server(settings: Settings, pages: list[PagesSeen], listener: Listener) -> list[Finding]:
    """Web and FastAGI together: both are one process."""
    findings = [finding for seen in pages for finding in judge_pages(seen)]
    agi = judge_listener(listener, settings.fastagi)
    findings += [agi] if agi else []
    web_is_up = pages[0].answer != "nobody"
    if not web_is_up and listener is Listener.NOBODY:
        findings.append(
            broken(
                "server",
                "Rolodial does not run here: nobody listens at its web address nor for FastAGI",
                "Start it: 'rolodial serve' (or systemctl start rolodial). The PBX is looked at all the same.",
            )
        )
    elif not web_is_up:
        findings.append(
            broken(
                "web", f"nobody listens at {pages[0].base}", "Compare web.host and web.port in the settings."
            )
        )
    elif listener is Listener.NOBODY:
        at = f"{settings.fastagi.host}:{settings.fastagi.port}"
        findings.append(
            broken(
                "fastagi", f"nobody listens at {at}", "Did the server start with other settings? See its log."
            )
        )
    findings += [_unreached(seen) for seen in pages[1:] if seen.answer == "nobody"]
    return findings


def _unreached(seen: PagesSeen) -> Finding:
    return broken(
        "web", f"nobody is reached at {seen.base}", "Is web.public_url right, and the reverse proxy running?"
    )


@asynccontextmanager
async def _in_its_place(settings: Settings, listener: Listener, *, quick: bool) -> AsyncIterator[bool]:
    if quick or listener is not Listener.NOBODY:
        yield False
        return
    async with stand_in(settings.fastagi):
        yield True
