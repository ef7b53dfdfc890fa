# SPDX-License-Identifier: Apache-2.0
"""What the draft would have decided about calls of the past: sums, whom it would have rung when, calls both ways."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.house import House
from crm_core.domain.ids import new_id
from crm_core.domain.people import Role, User
from crm_core.domain.routing.codec import facts_from_json, trace_to_json, whys_to_json
from crm_core.domain.routing.decision import Decision
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.routing.replay import APART, Again
from crm_core.domain.routing.rule_text import read_text
from crm_core.domain.routing.rules import RuleSet
from crm_core.domain.routing.trace import explained
from crm_core.ports.routing import DecisionRecord
from crm_core.ports.rule_life import Replay, ReplayState
from crm_core.usecases.rule_draft import checked, current_draft
from crm_core.usecases.rule_versions import decision_spelled
from web import keys, said
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.i18n.l10n import L10n
from web.render import page
from web.replays import KEPT
from web.routing_words import not_kept_said, target_said
from web.rule_errors import placed_words
from web.words import N_

DAYS: Final = (1, 7, 30, 90)
_SHOWN: Final = 50  # calls, both ways
_PEOPLE: Final = 30  # of whom the load by hours is shown
SUMS: Final = {
    "other_people": N_("Somebody else would have been rung first"),
    "other_answer": N_("Answered then by somebody whom the draft does not ring first"),
    "to_default": N_("Decided by the last rule only with the draft"),
    "unsure": N_("Not sure: nothing was kept of whom the draft asks for"),
}


@dataclass(frozen=True, slots=True)
class BothWays:
    """`new`: None where nothing can be said of it. `missing`: why no more is known; '' where nothing is missing."""

    old: DecisionRecord
    new: Decision | None
    missing: str

    @property
    def is_unsure(self) -> bool:
        """Whom it would have rung first is not known."""
        return bool(self.missing) and not (self.new and self.new.steps)


@requires(Role.SUPERVISOR)
async def replays(request: web.Request) -> web.StreamResponse:
    return await _listed(request)


async def _listed(request: web.Request, refused: str = "", status: int = 200) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        listed = await tx.rule_life.replays(KEPT)
    return page(
        request, "settings/routing_replays.html", status=status, listed=listed, days=DAYS, refused=refused
    )


@requires(Role.ADMIN)
async def begin(request: web.Request) -> web.StreamResponse:
    app, days = request.app, text_field(await form_of(request), "days", 3)
    if days not in set(map(str, DAYS)):
        raise InvalidInputError
    try:
        job = await _asked_for(request, int(days))
    except RuleSetError as error:  # the draft could not be published either
        return await _listed(request, placed_words(error, request[keys.L10N]), 422)
    app[keys.REPLAYS].set()
    return said.go(request, f"/settings/routing/replays/{job.id}")


async def _asked_for(request: web.Request, days: int) -> Replay:
    app, now = request.app, request.app[keys.CLOCK]()
    async with app[keys.STORE].begin() as tx:
        draft = await current_draft(tx, now)
        await checked(tx, draft.text)
        job = Replay(
            id=new_id(now),
            state=ReplayState.WAITING,
            actor=request[keys.VIEWER].actor.name,
            made_at=now,
            days=days,
            text=draft.text,
        )
        await tx.rule_life.save_replay(job)
        await tx.rule_life.forget_replays(KEPT)
    return job


@requires(Role.SUPERVISOR)
async def replay(request: web.Request) -> web.StreamResponse:
    job, l10n = await _job(request), request[keys.L10N]
    found = job.result or {}
    cells = [
        (index, target_said(cell["old"], l10n), target_said(cell["new"], l10n), cell)
        for index, cell in enumerate(found.get("cells", ()))
    ]
    part = request.headers.get("HX-Request") == "true"
    template = "settings/routing_replay_part.html" if part else "settings/routing_replay.html"
    load = [one for one in found.get("load", ()) if one.get("hours")][:_PEOPLE]
    sums = [
        (name, l10n.gettext(text), found[name], bool(found.get("apart", {}).get(name)))
        for name, text in SUMS.items()
        if name in found
    ]
    return page(request, template, job=job, cells=cells, sums=sums, load=load, hours=_hours(load))


def _hours(load: Sequence[dict[str, Any]]) -> list[int]:
    """From the first hour in which anybody is rung to the last."""
    busy = [hour for one in load for side in one["hours"] for hour, calls in enumerate(side) if calls]
    return list(range(min(busy), max(busy) + 1)) if busy else []


@requires(Role.SUPERVISOR)
async def replay_calls(request: web.Request) -> web.StreamResponse:
    """The calls of one cell or of one sum, each with the road it took then and the one of the draft."""
    job, place, l10n = await _job(request), request.match_info["cell"], request[keys.L10N]
    found = job.result or {"cells": ()}
    if place in APART:
        title, same = l10n.gettext(SUMS[place]), False
        calls, count = found.get("apart", {}).get(place, []), found.get(place, 0)
    else:
        cell = _cell(found["cells"], place)
        title = " → ".join(target_said(cell[side], l10n) for side in ("old", "new"))
        calls, count, same = cell["calls"], cell["count"], cell["old"] == cell["new"]
    first = _first_of(request.query.get("from", ""), len(calls))
    async with request.app[keys.STORE].read() as tx:
        house = await tx.settings.house()
        decisions = [await tx.routing.decision(UUID(one)) for one in calls[first : first + _SHOWN]]
        people = _names(await tx.people.users(archived=True))
    again = Again(await asyncio.to_thread(_rules, job, house))
    shown = [_both_ways(one, again, l10n, people) for one in decisions if one]
    return page(
        request,
        "settings/routing_replay_calls.html",
        job=job,
        title=title,
        count=count,
        kept=len(calls),
        same=same,
        calls=shown,
        first=first,
        before=first - _SHOWN if first else None,
        after=first + _SHOWN if first + _SHOWN < len(calls) else None,
    )


@requires(Role.SUPERVISOR)
async def replay_call(request: web.Request) -> web.StreamResponse:
    """Both roads of one of them, when it is opened."""
    job = await _job(request)
    async with request.app[keys.STORE].read() as tx:
        house = await tx.settings.house()
        old = await decision_spelled(tx, await tx.routing.decision(uuid_of(request.match_info["call"])))
        people = _names(await tx.people.users(archived=True))
    if old is None:
        raise NotFoundError
    rules = await asyncio.to_thread(_rules, job, house)
    both = _both_ways(old, Again(rules), request[keys.L10N], people)
    new = _told(explained(both.new, rules)) if both.new else None
    return page(request, "settings/routing_replay_call.html", old=old, new=new, missing=both.missing)


def _rules(job: Replay, house: House) -> RuleSet:
    return parse_rules(read_text(job.text), currency=house.currency, region=house.region)


def _first_of(text: str, count: int) -> int:
    """Of a page of calls; the first page for what is no place."""
    place = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0  # noqa: PLR2004
    return place // _SHOWN * _SHOWN if place < count else 0


def _cell(cells: Sequence[dict[str, Any]], place: str) -> dict[str, Any]:
    if not (place.isascii() and place.isdigit() and len(place) < 6 and int(place) < len(cells)):  # noqa: PLR2004
        raise NotFoundError
    return cells[int(place)]


def _both_ways(old: DecisionRecord, again: Again, l10n: L10n, people: Mapping[str, str]) -> BothWays:
    try:
        decision, missing = again.as_far_as_kept(facts_from_json(old.facts))
    except (KeyError, TypeError, ValueError):  # kept by an older version
        return BothWays(old, None, l10n.gettext(N_("It was kept in an older form, which is not understood.")))
    return BothWays(old, decision, not_kept_said(missing, l10n, people) if missing else "")


def _names(users: Iterable[User]) -> dict[str, str]:
    """By what was not kept of them: of steps their ids, of skills their logins."""
    return {key: user.name for user in users for key in (str(user.id), user.login)}


def _told(decision: Decision) -> dict[str, Any]:
    """As a kept decision is: parts/why.html shows both."""
    return {"rule": decision.rule, "trace": whys_to_json(trace_to_json(decision))}


async def _job(request: web.Request) -> Replay:
    async with request.app[keys.STORE].read() as tx:
        job = await tx.rule_life.replay(uuid_of(request.match_info["id"]))
    if job is None:
        raise NotFoundError
    return job
