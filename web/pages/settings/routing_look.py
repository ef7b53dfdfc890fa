# SPDX-License-Identifier: Apache-2.0
"""Looking back: what was decided for each call, and what the draft would have decided."""

from datetime import datetime
from typing import Final
from uuid import UUID

from aiohttp import web

from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.people import Role
from crm_core.domain.phone import normalise
from crm_core.ports.rule_life import LogFilter, Replay, ReplayState
from crm_core.usecases.rule_draft import checked, current_draft
from web import keys, said
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.render import page
from web.replays import KEPT
from web.routing_words import target_said

DAYS: Final = (1, 7, 30, 90)
_PAGE = 50


@requires(Role.SUPERVISOR)
async def replays(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        listed = await tx.rule_life.replays(KEPT)
    return page(request, "settings/routing_replays.html", listed=listed, days=DAYS)


@requires(Role.ADMIN)
async def begin(request: web.Request) -> web.StreamResponse:
    app, days = request.app, text_field(await form_of(request), "days", 3)
    if days not in set(map(str, DAYS)):
        raise InvalidInputError
    now = app[keys.CLOCK]()
    async with app[keys.STORE].begin() as tx:
        draft = await current_draft(tx, now)
        await checked(tx, draft.text)
        job = Replay(
            id=new_id(now),
            state=ReplayState.WAITING,
            actor=request[keys.VIEWER].actor.name,
            made_at=now,
            days=int(days),
            text=draft.text,
        )
        await tx.rule_life.save_replay(job)
        await tx.rule_life.forget_replays(KEPT)
    app[keys.REPLAYS].set()
    return said.go(request, f"/settings/routing/replays/{job.id}")


@requires(Role.SUPERVISOR)
async def replay(request: web.Request) -> web.StreamResponse:
    job = await _job(request)
    l10n = request[keys.L10N]
    cells = [
        (index, target_said(cell["old"], l10n), target_said(cell["new"], l10n), cell)
        for index, cell in enumerate(job.result["cells"] if job.result else ())
    ]
    part = request.headers.get("HX-Request") == "true"
    template = "settings/routing_replay_part.html" if part else "settings/routing_replay.html"
    return page(request, template, job=job, cells=cells)


@requires(Role.SUPERVISOR)
async def replay_calls(request: web.Request) -> web.StreamResponse:
    """The calls of one cell, each with the road it took then."""
    job, place, l10n = await _job(request), request.match_info["cell"], request[keys.L10N]
    cells = job.result["cells"] if job.result else []
    if not (place.isascii() and place.isdigit() and len(place) < 6 and int(place) < len(cells)):  # noqa: PLR2004
        raise NotFoundError
    cell = cells[int(place)]
    async with request.app[keys.STORE].read() as tx:
        found = [await tx.routing.decision(UUID(one)) for one in cell["calls"]]
    return page(
        request,
        "settings/routing_replay_calls.html",
        job=job,
        cell=cell,
        old=target_said(cell["old"], l10n),
        new=target_said(cell["new"], l10n),
        decisions=[one for one in found if one],
    )


@requires(Role.SUPERVISOR)
async def log(request: web.Request) -> web.StreamResponse:
    asked = _asked(request)
    async with request.app[keys.STORE].read() as tx:
        people = await tx.people.users(archived=True)
        stored = await tx.routing.in_force()
        found = await tx.rule_life.log(asked, _PAGE + 1)
    shown = found[:_PAGE]
    names = [str(rule.get("id", "")) for rule in stored.body.get("rule", ())] if stored else []
    query = {name: value for name, value in request.query.items() if name != "before" and value}
    older = f"{shown[-1].decided_at.isoformat()}_{shown[-1].call_id}" if len(found) > _PAGE else ""
    return page(
        request,
        "settings/routing_log.html",
        decisions=shown,
        asked=request.query,
        rules={"": request[keys.L10N].gettext("Any rule"), **{name: name for name in names}},
        people={"": request[keys.L10N].gettext("Anybody"), **{str(one.id): one.name for one in people}},
        older=str(request.rel_url.with_query({**query, "before": older})) if older else "",
        is_narrowed=bool(query),
    )


def _asked(request: web.Request) -> LogFilter:
    """What an address says wrongly is left out: it narrows nothing."""
    asked, region = request.query, request.app[keys.IN_FORCE].house.region
    typed = text_field(asked, "number", 40)
    number = normalise(typed, region).e164 or "+" + "".join(one for one in typed if one in "0123456789")
    return LogFilter(
        rule=text_field(asked, "rule", 40),
        number=number if len(number) > 1 else "",
        operator=uuid_of(operator) if (operator := text_field(asked, "operator", 40)) else None,
        fallback=asked.get("fallback") == "1",
        before=_place(text_field(asked, "before", 80)),
    )


def _place(text: str) -> tuple[datetime, UUID] | None:
    at, _, call = text.partition("_")
    try:
        place = (datetime.fromisoformat(at), UUID(call))
    except ValueError:
        return None
    return place if place[0].tzinfo else None


async def _job(request: web.Request) -> Replay:
    async with request.app[keys.STORE].read() as tx:
        job = await tx.rule_life.replay(uuid_of(request.match_info["id"]))
    if job is None:
        raise NotFoundError
    return job
