# SPDX-License-Identifier: Apache-2.0
"""Every list of the product: contacts, companies, deals, orders, calls, leads."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from aiohttp import web

from crm_core.domain.listing import ExportJob, JobState, Listed, ListKind
from crm_core.domain.people import Role
from web import keys, said
from web.access import Handler, requires
from web.lists import asked as addresses
from web.lists import places
from web.lists.asked import Asked
from web.lists.common import TODAY
from web.lists.registry import LISTS
from web.lists.spec import ListSpec, Reader
from web.render import page
from web.words import N_

PAGE = 50
MAY_EXPORT = Role.SUPERVISOR
_NEW = {
    ListKind.CONTACTS: N_("New contact"),
    ListKind.COMPANIES: N_("New company"),
    ListKind.DEALS: N_("New deal"),
}


def index(kind: ListKind) -> Handler:
    """The handler of a list."""

    @requires(Role.OPERATOR)
    async def show(request: web.Request) -> web.StreamResponse:
        return await _show(request, LISTS[kind])

    return show


async def _show(request: web.Request, spec: ListSpec) -> web.StreamResponse:
    """The page, or only its list when a filter was changed, or only rows when more are asked for."""
    viewer, l10n = request[keys.VIEWER], request[keys.L10N]
    asked = addresses.read(spec, request.query, Reader(viewer.user, l10n), PAGE)
    if "choose" in request.query:
        return said.go(request, _with_columns(request, asked))
    async with request.app[keys.STORE].read() as tx:
        listed = await spec.read(tx, asked.query, viewer.user)
        values: dict[str, Any] = {
            "users": await tx.people.users(),
            "band_names": (await tx.bands.settings()).names,
            "tag_names": await tx.clients.tags(),
            "views": await tx.lists.views(viewer.id, spec.kind),
            "jobs": to_tell(await tx.exports.of_user(viewer.id), request.query.get("said", "")),
        }
    return page(
        request,
        _template(request),
        asked=asked,
        listed=listed,
        chips=_chips(spec, l10n.local(l10n.now).date()),
        limited=not viewer.is_at_least(Role.SUPERVISOR),
        may_export=viewer.is_at_least(MAY_EXPORT),
        new_title=l10n.gettext(_NEW[spec.kind]) if spec.kind in _NEW else "",
        older=_older(asked, listed),
        shown_day=_shown_day(request, asked),
        **values,
    )


def _template(request: web.Request) -> str:
    if not request.headers.get("HX-Request"):
        return "lists/page.html"
    return "lists/rows.html" if request.query.get("after") else "lists/list.html"


def _older(asked: Asked, listed: Listed[Any]) -> str:
    return asked.address(after=places.write(listed.next)) if listed.next else ""


def _shown_day(request: web.Request, asked: Asked) -> date | None:
    """Whose heading stands on the page already."""
    after = asked.query.after
    if after is None or isinstance(after.value, str | int):
        return None
    return request[keys.L10N].local(after.value).date()


def _chips(spec: ListSpec, today: date) -> list[tuple[str, dict[str, str]]]:
    return [
        (title, {name: today.isoformat() if value == TODAY else value for name, value in values.items()})
        for title, values in spec.chips
    ]


def _with_columns(request: web.Request, asked: Asked) -> str:
    chosen = request.query.getall("col", [])
    known = [column.key for column in asked.spec.columns if column.key in chosen]
    # Without any but the fixed ones: said by one that is always there.
    fixed = next((column.key for column in asked.spec.columns if column.fixed), "")
    usual = [column.key for column in asked.spec.columns if column.shown and not column.fixed]
    return asked.address(cols="" if known == usual else ",".join(known) or fixed)


def to_tell(jobs: Sequence[ExportJob], just_said: str) -> list[ExportJob]:
    """Files in the making, and the one just asked for, however soon it was ready."""
    going = [job for job in jobs if job.state in {JobState.WAITING, JobState.RUNNING}]
    if not going and just_said == "export-begun":
        return [replace(job) for job in jobs[:1]]
    return going
