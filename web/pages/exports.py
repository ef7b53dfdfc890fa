# SPDX-License-Identifier: Apache-2.0
"""Lists as files: short ones at once, long ones by a job that tells how far it is. Only who asked gets the file."""

import io
from dataclasses import replace

from aiohttp import hdrs, web

from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.listing import ExportJob, FileFormat, JobState
from crm_core.domain.people import Role
from web import keys, said
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.lists.asked import read_string
from web.lists.export import PAGE, Export, note, write
from web.lists.files import MEDIA_TYPES, XLSX_ROWS
from web.lists.registry import LISTS
from web.lists.spec import Reader
from web.pages.views import list_of
from web.render import page

_AT_ONCE = 2000
_MOST = 20_000_000


@requires(Role.SUPERVISOR)
async def begin(request: web.Request) -> web.StreamResponse:
    export = await _asked(request)
    job = await _job(request, export)
    if job.total <= _AT_ONCE:
        return await _at_once(request, export)
    if export.format is FileFormat.XLSX and job.total > XLSX_ROWS:
        raise InvalidInputError("an Excel file holds a million rows: choose CSV, or narrow the list")
    async with request.app[keys.STORE].begin() as tx:
        await tx.exports.save(job)
        await note(tx, request[keys.VIEWER], job, job.created_at)
    request.app[keys.EXPORTS].bell.set()
    return said.go(request, export.asked.address(), "export-begun")


@requires(Role.SUPERVISOR)
async def progress(request: web.Request) -> web.StreamResponse:
    return page(request, "lists/job.html", job=await _own_job(request))


@requires(Role.SUPERVISOR)
async def take(request: web.Request) -> web.StreamResponse:
    job = await _own_job(request)
    path = request.app[keys.EXPORTS].path(job.id)
    if job.state is not JobState.DONE or not path.exists():
        raise NotFoundError("this file is no longer there: files are kept for a day")
    reader = Reader(request[keys.VIEWER].user, request[keys.L10N])
    export = Export(read_string(LISTS[job.list], job.query, reader, PAGE), reader, job.format)
    return web.FileResponse(path, headers=_headers(export))


async def _asked(request: web.Request) -> Export:
    form = await form_of(request)
    kind = text_field(form, "format", 10)
    if kind not in set(FileFormat):
        raise InvalidInputError("there is no such format")
    reader = Reader(request[keys.VIEWER].user, request[keys.L10N])
    asked = read_string(list_of(text_field(form, "list", 20)), text_field(form, "query", 2000), reader, PAGE)
    return Export(asked, reader, FileFormat(kind))


async def _job(request: web.Request, export: Export) -> ExportJob:
    asked, now = export.asked, request.app[keys.CLOCK]()
    async with request.app[keys.STORE].read() as tx:
        total = await asked.spec.count(tx, asked.query, export.reader.user, _MOST)
    return ExportJob(
        id=new_id(now),
        user_id=export.reader.user.id,
        list=asked.spec.kind,
        query=asked.query_string(),
        format=export.format,
        created_at=now,
        total=total,
    )


async def _at_once(request: web.Request, export: Export) -> web.Response:
    into, now = io.BytesIO(), request.app[keys.CLOCK]()
    rows = await write(request.app[keys.STORE], export, into)
    job = replace(await _job(request, export), total=rows)
    async with request.app[keys.STORE].begin() as tx:
        await note(tx, request[keys.VIEWER], job, now)
    return web.Response(body=into.getvalue(), headers=_headers(export))


def _headers(export: Export) -> dict[str, str]:
    return {
        hdrs.CONTENT_TYPE: MEDIA_TYPES[export.format],
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{export.file_name}"',
        hdrs.CACHE_CONTROL: "no-store",
    }


async def _own_job(request: web.Request) -> ExportJob:
    """Somebody else's is as one that does not exist."""
    job_id = uuid_of(request.match_info["id"])
    async with request.app[keys.STORE].read() as tx:
        job = await tx.exports.job(job_id)
    if job is None or job.user_id != request[keys.VIEWER].id:
        raise NotFoundError
    return job
