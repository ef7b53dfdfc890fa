# SPDX-License-Identifier: Apache-2.0
"""Looking back: what was decided for each call, and why."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from aiohttp import web

from crm_core.domain.people import Role
from crm_core.domain.phone import normalise
from crm_core.ports.rule_life import LogFilter
from crm_core.usecases.rule_versions import decision_spelled
from web import keys
from web.access import requires
from web.forms import text_field, uuid_of
from web.i18n.l10n import L10n
from web.render import page

DAYS: Final = (1, 7, 30, 90)
_PAGE = 50


@requires(Role.SUPERVISOR)
async def log(request: web.Request) -> web.StreamResponse:
    asked = _asked(request)
    async with request.app[keys.STORE].read() as tx:
        people = await tx.people.users(archived=True)
        stored = await tx.routing.in_force()
        found = await tx.rule_life.log(asked, _PAGE + 1)
    shown = found[:_PAGE]
    names = [str(rule.get("id", "")) for rule in stored.body.get("rule", ())] if stored else []
    names = _with_asked(names, request.query.get("rule", ""))
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


@requires(Role.SUPERVISOR)
async def why(request: web.Request) -> web.StreamResponse:
    """The trace of one of them, when it is opened: fifty with a line for each rule would take long to make."""
    async with request.app[keys.STORE].read() as tx:
        kept = await tx.routing.decision(uuid_of(request.match_info["call"]))
        return page(request, "parts/why.html", decision=await decision_spelled(tx, kept))


def _with_asked(names: Iterable[str], asked: str) -> list[str]:
    """A rule of an older version can be looked for too."""
    return [*dict.fromkeys([*names, *([asked] if asked else [])])]


def _asked(request: web.Request) -> LogFilter:
    """What an address says wrongly is left out: it narrows nothing."""
    asked, region = request.query, request.app[keys.IN_FORCE].house.region
    l10n = request[keys.L10N]
    typed = text_field(asked, "number", 40)
    number = normalise(typed, region).e164 or "+" + "".join(one for one in typed if one in "0123456789")
    return LogFilter(
        rule=text_field(asked, "rule", 40),
        number=number if len(number) > 1 else "",
        operator=uuid_of(operator) if (operator := text_field(asked, "operator", 40)) else None,
        fallback=asked.get("fallback") == "1",
        since=_midnight(text_field(asked, "from", 10), l10n),
        until=_midnight(text_field(asked, "to", 10), l10n, days=1),
        before=_place(text_field(asked, "before", 80)),
    )


def _midnight(text: str, l10n: L10n, days: int = 0) -> datetime | None:
    """Of a day on the wall of who looks."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if not 1 < day.year < 9998:  # noqa: PLR2004 - so that it has a midnight in any zone
        return None
    return datetime.combine(day + timedelta(days=days), time(), l10n.zone)


def _place(text: str) -> tuple[datetime, UUID] | None:
    at, _, call = text.partition("_")
    try:
        place = (datetime.fromisoformat(at), UUID(call))
    except ValueError:
        return None
    return place if place[0].tzinfo else None
