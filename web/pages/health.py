# SPDX-License-Identifier: Apache-2.0
"""Health: the links to the PBXs, the live screens, the database and what other parts report."""

import platform
import shutil
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import aiohttp
import orjson
import structlog
from aiohttp import web

from crm_core.domain.people import Role
from crm_core.ports.feed import FeedStats
from crm_core.ports.pbx import LinkState, Pbx
from web import health_words, keys
from web.access import public, requires
from web.health import Level, Milliseconds, Reading, Section, Space
from web.render import page
from web.words import N_

log = structlog.get_logger()
_GIB = 1024**3
_LITTLE_SPACE = 2 * _GIB
_SLOW_MS = 50.0


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    """The page; htmx reads its inner part again every few seconds."""
    app = request.app
    statuses = [pbx.status() for pbx in app[keys.PBXS]]
    sections = [await _database(request), _screens(app[keys.FEED].stats()), _machine()]
    sections += [await probe() for probe in app[keys.PROBES]]
    template = "parts/health.html" if request.headers.get("HX-Request") else "health.html"
    return page(request, template, pbxs=statuses, sections=sections, words=health_words)


@public
async def alive(_request: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"status": "ok"})


@public
async def ready(request: web.Request) -> web.Response:
    """Calls can be taken and kept: the database answers, clients are known, a PBX is linked. Says only what is not."""
    missing = []
    if (await _database(request)).readings[0].level is Level.BAD:
        missing.append("database")
    if request.app[keys.DIRECTORY].loading:
        missing.append("directory")
    if not _any_linked(request.app[keys.PBXS]):
        missing.append("pbx")
    body = orjson.dumps({"status": "not ready" if missing else "ok", "missing": missing})
    return web.Response(body=body, status=503 if missing else 200, content_type="application/json")


def _any_linked(pbxs: Sequence[Pbx]) -> bool:
    return any(pbx.status().state is LinkState.CONNECTED for pbx in pbxs) or not pbxs


async def _database(request: web.Request) -> Section:
    started = time.perf_counter()
    try:
        async with request.app[keys.STORE].read() as tx:
            seq = await tx.changes.last_seq()
    except Exception:  # whatever the driver raises: the page must still say it
        log.exception("database does not answer")
        bad = Reading(
            name=N_("Answer"), value=None, level=Level.BAD, advice=N_("The database does not answer.")
        )
        return Section(title=N_("Database"), icon="database", readings=[bad])
    ms = (time.perf_counter() - started) * 1000
    level = Level.GOOD if ms < _SLOW_MS else Level.WARN
    readings = [
        Reading(name=N_("Answer"), value=Milliseconds(ms), level=level),
        Reading(name=N_("Changes so far"), value=seq),
    ]
    return Section(title=N_("Database"), icon="database", readings=readings)


def _screens(stats: FeedStats) -> Section:
    p95 = None if stats.painted_p95_ms is None else Milliseconds(round(stats.painted_p95_ms))
    unseen = Reading(
        name=N_("Cards nobody acknowledged"),
        value=stats.unacknowledged,
        level=Level.WARN if stats.unacknowledged else Level.GOOD,
        advice=N_("A screen was open and did not show the card within 2 seconds.")
        if stats.unacknowledged
        else "",
    )
    readings = [
        Reading(name=N_("Open screens"), value=f"{stats.watchers} / {stats.users}"),
        Reading(name=N_("Cards sent"), value=stats.pops),
        Reading(name=N_("Cards shown within, 95th percentile"), value=p95),
        unseen,
        Reading(name=N_("Cards without an open screen"), value=stats.unwatched),
        Reading(name=N_("Screens cut off because they were too slow"), value=stats.cut_off),
    ]
    return Section(title=N_("Live screens"), icon="device-desktop", readings=readings)


def _machine() -> Section:
    disk = shutil.disk_usage(Path.cwd())
    little = disk.free < _LITTLE_SPACE
    space = Reading(
        name=N_("Free disk space"),
        value=Space(disk.free, disk.total),
        level=Level.BAD if little else Level.GOOD,
        advice=N_("Recordings stop when the disk is full.") if little else "",
    )
    readings = [
        space,
        Reading(name="Rolodial", value=_version("rolodial")),
        Reading(name="Python", value=platform.python_version()),
        Reading(name="aiohttp", value=aiohttp.__version__),
    ]
    return Section(title=N_("This machine"), icon="server", readings=readings)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "—"
