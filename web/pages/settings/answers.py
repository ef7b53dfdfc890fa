# SPDX-License-Identifier: Apache-2.0
"""What clients answered when they were asked after calls: by operator and by queue, over some days."""

from datetime import date, datetime, time, timedelta
from typing import Final

from aiohttp import web

from crm_core.domain.people import Role
from crm_core.domain.survey import scores
from web import keys
from web.access import requires
from web.i18n.l10n import L10n
from web.render import page

ADDRESS: Final = "/settings/answers"
_DAYS: Final = 30
_LONGEST: Final = timedelta(days=366)


@requires(Role.SUPERVISOR)
async def show(request: web.Request) -> web.StreamResponse:
    """What is no day, or a time without end, is read as the last thirty days."""
    l10n = request[keys.L10N]
    today = l10n.local(request.app[keys.CLOCK]()).date()
    last = _day(request.query.get("to", "")) or today
    first = _day(request.query.get("from", "")) or last - timedelta(days=_DAYS - 1)
    if not first <= last <= first + _LONGEST:
        first, last = today - timedelta(days=_DAYS - 1), today
    since, until = _midnight(first, l10n), _midnight(last + timedelta(days=1), l10n)
    async with request.app[keys.STORE].read() as tx:
        counts = await tx.surveys.counts(since, until)
        names = {user.id: user.name for user in await tx.people.users(archived=True)}
    return page(
        request,
        "settings/answers.html",
        from_day=first.isoformat(),
        to_day=last.isoformat(),
        total=sum(one.count for one in counts),
        operators=scores(counts, lambda one: one.user_id),
        queues=scores(counts, lambda one: one.queue),
        names=names,
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1 < found.year < 9998 else None  # noqa: PLR2004 - so that it has a midnight in any zone


def _midnight(day: date, l10n: L10n) -> datetime:
    return datetime.combine(day, time(), l10n.zone)
