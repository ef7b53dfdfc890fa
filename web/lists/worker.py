# SPDX-License-Identifier: Apache-2.0
"""Long exports, one after the other, beside the server; their files live for a day."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web

from crm_core.domain.errors import NotFoundError
from crm_core.domain.listing import ExportJob, JobState
from web import keys
from web.i18n.catalogues import catalogues
from web.i18n.l10n import L10n
from web.lists.asked import read_string
from web.lists.export import PAGE, Export, write
from web.lists.registry import LISTS
from web.lists.spec import Reader
from web.worker import at_work, failing

log = structlog.get_logger()
_TELL_EVERY_S = 0.5
_KEPT = timedelta(days=1)


async def run(app: web.Application) -> AsyncIterator[None]:
    """A cleanup context."""
    exports = app[keys.EXPORTS]
    exports.open()
    async with at_work(app, "exports", exports.bell, _one, _begin_again):
        yield
    exports.close()


async def _begin_again(app: web.Application) -> None:
    async with app[keys.STORE].begin() as tx:
        await tx.exports.begin_again()


async def _one(app: web.Application) -> bool:
    store = app[keys.STORE]
    await _forget_old(app)
    async with store.read() as tx:
        job = await tx.exports.waiting()
    if job is None:
        return False
    await _save(app, replace(job, state=JobState.RUNNING))

    async def fail() -> None:
        app[keys.EXPORTS].path(job.id).unlink(missing_ok=True)
        await _save(app, replace(job, state=JobState.FAILED, ended_at=app[keys.CLOCK]()))

    async with failing("export failed", fail, job=str(job.id), list=job.list):
        rows = await _write(app, job)
        await _save(app, replace(job, state=JobState.DONE, rows=rows, ended_at=app[keys.CLOCK]()))
    return True


async def _write(app: web.Application, job: ExportJob) -> int:
    told_at = 0.0
    loop = asyncio.get_running_loop()

    async def told(rows: int) -> None:
        nonlocal told_at
        if loop.time() - told_at > _TELL_EVERY_S:
            told_at = loop.time()
            await _save(app, replace(job, state=JobState.RUNNING, rows=rows))

    reader = await reader_of(app, job.user_id)
    asked = read_string(LISTS[job.list], job.query, reader, PAGE)
    path = app[keys.EXPORTS].path(job.id)
    with path.open("wb") as into:
        path.chmod(0o600)
        return await write(app[keys.STORE], Export(asked, reader, job.format), into, told)


async def reader_of(app: web.Application, user_id: UUID) -> Reader:
    """Who asked, in their language and zone; somebody dismissed in the meantime gets nothing."""
    async with app[keys.STORE].read() as tx:
        user = await tx.people.user(user_id)
    if user is None or user.archived_at:
        raise NotFoundError("there is no such user")
    house, known = app[keys.IN_FORCE].house, catalogues()
    code = user.locale if user.locale in known else app[keys.SETTINGS].default_locale
    zone = ZoneInfo(user.zone) if user.zone else house.tzinfo
    l10n = L10n(code, known[code].translations, zone, house.region, app[keys.CLOCK]())
    return Reader(user, l10n)


async def _save(app: web.Application, job: ExportJob) -> None:
    async with app[keys.STORE].begin() as tx:
        await tx.exports.save(job)


async def _forget_old(app: web.Application) -> None:
    async with app[keys.STORE].begin() as tx:
        old = await tx.exports.forget(app[keys.CLOCK]() - _KEPT)
    for job_id in old:
        app[keys.EXPORTS].path(job_id).unlink(missing_ok=True)
