# SPDX-License-Identifier: Apache-2.0
"""Missed callers: who waits to be called back, who took whom, and what came of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from crm_core.domain.call_history import Cursor
from crm_core.domain.callback import CallbackRequest
from crm_core.domain.errors import NotFoundError
from crm_core.domain.listing import Place
from crm_core.domain.missed import Attempt, AttemptKind, ClaimedError, MissedItem
from crm_core.domain.missed_views import MissedCounts, MissedQuery, MissedRow, MissedView
from crm_core.domain.people import Role
from crm_core.ports.store import Tx
from crm_core.usecases.access_missed import access_missed, seen_by
from crm_core.usecases.call_back import call_back as call_them_back
from crm_core.usecases.claim_missed import claim_missed, release_missed
from crm_core.usecases.give_up_missed import LONGEST_REASON, give_up_missed, reopen_missed
from web import cursors, keys, said
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.middleware.errors import wants_json
from web.modules import opens
from web.pages.lists import MAY_EXPORT, to_tell
from web.render import page, toast

_PAGE = 50
_ATTEMPTS = 20  # on the page of one of them


@dataclass(frozen=True, slots=True)
class MissedCallers:
    """A page of them, and how many there are."""

    view: MissedView
    rows: list[MissedRow]
    counts: MissedCounts
    next: str = ""  # the address of the next page


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A page of what one of them tried, newest first, and where the next page begins."""

    item_id: UUID
    rows: Sequence[Attempt]
    requests: Mapping[UUID, CallbackRequest]
    older: str | None


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    """The page; htmx reads the list alone when a filter or the ledger changes."""
    view = request.query.get("view", "")
    chosen = MissedView(view) if view in set(MissedView) else MissedView.OPEN
    shown = await missed_callers(request, chosen, after=cursors.read(request.query.get("after")))
    template = "missed/list.html" if request.headers.get("HX-Request") else "missed/page.html"
    viewer = request[keys.VIEWER]
    async with request.app[keys.STORE].read() as tx:
        jobs = to_tell(await tx.exports.of_user(viewer.id), request.query.get("said", ""))
    return page(
        request,
        template,
        missed=shown,
        views=list(MissedView),
        here=request.path_qs,
        jobs=jobs,
        may_export=viewer.is_at_least(MAY_EXPORT),
    )


@requires(Role.OPERATOR)
async def one(request: web.Request) -> web.StreamResponse:
    """One of them: each attempt, and what was done about it."""
    item_id, viewer = uuid_of(request.match_info["id"]), request[keys.VIEWER]
    async with request.app[keys.STORE].read() as tx:
        await access_missed(tx, viewer.user, item_id)
        row = await tx.missed.row(item_id)
        tried = await _tried(tx, item_id)
        entries = await tx.audit.of("missed", item_id)
    return page(request, "missed/one.html", row=row, tried=tried, entries=entries)


@requires(Role.OPERATOR)
async def attempts(request: web.Request) -> web.StreamResponse:
    """What they tried before; a part of the page of one of them."""
    item_id, after = uuid_of(request.match_info["id"]), cursors.read(request.query.get("after"))
    async with request.app[keys.STORE].read() as tx:
        await access_missed(tx, request[keys.VIEWER].user, item_id)
        tried = await _tried(tx, item_id, after)
    return page(request, "missed/attempts.html", tried=tried)


async def _tried(tx: Tx, item_id: UUID, after: Cursor | None = None) -> Tried:
    rows = list(await tx.missed.latest_attempts(item_id, after, _ATTEMPTS + 1))
    more, rows = len(rows) > _ATTEMPTS, rows[:_ATTEMPTS]
    wanted = [one.id for one in rows if one.kind is AttemptKind.CALLBACK_REQUEST]
    asked = [await tx.callbacks.get(one) for one in wanted]
    return Tried(
        item_id=item_id,
        rows=rows,
        requests={one.id: one for one in asked if one},
        older=cursors.write(Cursor(rows[-1].at, rows[-1].id)) if more else None,
    )


@requires(Role.OPERATOR)
async def claim(request: web.Request) -> web.StreamResponse:
    return await _do(request, claim_missed)


@requires(Role.OPERATOR)
async def release(request: web.Request) -> web.StreamResponse:
    return await _do(request, release_missed)


@requires(Role.OPERATOR)
async def call_back(request: web.Request) -> web.StreamResponse:
    """Take them and ring my phone, in one click."""
    app, viewer, l10n = request.app, request[keys.VIEWER], request[keys.L10N]
    if not opens(request)("/calls/originate"):  # the module of calling by a click is off for them
        raise NotFoundError
    try:
        placed = await call_them_back(
            app[keys.STORE],
            app[keys.CLICK_TO_CALL],
            viewer.user,
            uuid_of(request.match_info["id"]),
            viewer.actor,
            app[keys.CLOCK](),
        )
    except ClaimedError as error:
        return _taken(request, error)
    if not request.headers.get("HX-Request"):
        return said.go(request, said.back(request, "/missed"))
    number = l10n.phone(placed.number)
    text = l10n.gettext("Your phone rings. Pick it up, then %(number)s is dialled.", number=number)
    return toast(request, 200, text, kind="good")


@requires(Role.OPERATOR)
async def give_up(request: web.Request) -> web.StreamResponse:
    app, viewer = request.app, request[keys.VIEWER]
    item_id = uuid_of(request.match_info["id"])
    reason = text_field(await form_of(request), "reason", LONGEST_REASON)
    try:
        await give_up_missed(app[keys.STORE], viewer.user, item_id, reason, viewer.actor, app[keys.CLOCK]())
    except ClaimedError as error:
        return _taken(request, error)
    return said.go(request, "/missed", "missed-given-up", item_id)


@requires(Role.OPERATOR)
async def reopen(request: web.Request) -> web.StreamResponse:
    app, viewer, item_id = request.app, request[keys.VIEWER], uuid_of(request.match_info["id"])
    item = await reopen_missed(app[keys.STORE], viewer.user, item_id, viewer.actor, app[keys.CLOCK]())
    async with app[keys.STORE].read() as tx:  # its number may be another's by now, and so may the item
        sees = (await seen_by(tx, viewer.user)).has(item)
    return said.go(request, f"/missed/{item.id}" if sees else "/missed", "missed-reopened")


async def missed_callers(
    request: web.Request, view: MissedView, *, after: Cursor | None = None, limit: int = _PAGE
) -> MissedCallers:
    viewer, now = request[keys.VIEWER], request.app[keys.CLOCK]()
    async with request.app[keys.STORE].read() as tx:
        seen = await seen_by(tx, viewer.user)
        query = MissedQuery(view=view, me=viewer.id, now=now, seen=seen, limit=limit + 1)
        rows = list(await tx.missed.page(query, Place(after.at, after.id) if after else None))
        counts = await tx.missed.counts(query)
    following = ""
    if len(rows) > limit:
        rows = rows[:limit]
        following = f"/missed?view={view}&after={cursors.write(place_of(rows[-1].item))}"
    return MissedCallers(view, rows, counts, following)


def place_of(item: MissedItem) -> Cursor:
    """By which its list is sorted."""
    return Cursor(item.closed_at or item.due_at, item.id)


async def _do(request: web.Request, work: Callable[..., Awaitable[MissedItem]]) -> web.StreamResponse:
    app, viewer = request.app, request[keys.VIEWER]
    item_id = uuid_of(request.match_info["id"])
    try:
        await work(app[keys.STORE], viewer.user, item_id, viewer.actor, app[keys.CLOCK]())
    except ClaimedError as error:
        return _taken(request, error)
    if request.headers.get("HX-Request"):  # the frame that everybody gets makes the list read itself again
        return web.Response(status=204)
    return said.go(request, said.back(request, "/missed"))


def _taken(request: web.Request, error: ClaimedError) -> web.StreamResponse:
    """Who was quicker is named in the reader's language."""
    if not request.headers.get("HX-Request") or wants_json(request):
        raise error
    text = request[keys.L10N].gettext("%(name)s is calling them back already.", name=error.details["name"])
    return toast(request, 409, text)
