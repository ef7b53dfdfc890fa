# SPDX-License-Identifier: Apache-2.0
"""Opening hours by name: weekdays, holidays and days with hours of their own; open now, and until when."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import available_timezones

from aiohttp import web

from crm_core.domain.errors import CrmError, InvalidInputError
from crm_core.domain.routing.hours import DAYS, MIDNIGHT, OpeningHours, Span
from crm_core.domain.routing.parse_hours import parse_hours
from crm_core.domain.routing.reading import Reader
from crm_core.domain.schedule import Schedule
from crm_core.ports.store import Tx
from crm_core.usecases.put_settings import put_schedule, remove_schedule
from web import keys
from web.forms import text_field
from web.holiday_days import country_names
from web.pages.settings.forms import Values
from web.pages.settings.register import Register, Sent
from web.table_words import day_names, week
from web.words import N_

_SPAN = re.compile(r"(\d\d?)[:.](\d\d) ?[-–] ?(\d\d?)[:.](\d\d)", re.ASCII)
_MOST_DAYS = 200
_LEAP = "2024-"


@dataclass(frozen=True, slots=True)
class Now:
    """What a schedule says at this moment."""

    open: bool
    until: datetime | None


def values_of(schedule: Schedule | None) -> Values:
    if schedule is None:
        return dict.fromkeys((*DAYS, "name", "zone", "special"), "")
    days = {day: _said(spans) for day, spans in zip(DAYS, schedule.days, strict=True)}
    exceptions = dict(schedule.special) | dict.fromkeys(schedule.holidays, ())
    lines = [f"{day} {_said(spans)}".strip() for day, spans in sorted(exceptions.items())]
    return days | {"name": schedule.name, "zone": schedule.zone, "special": "\n".join(lines)}


def typed(sent: Sent) -> Values:
    return {name: str(sent.get(name, ""))[:10_000] for name in (*DAYS, "name", "zone", "special")}


def parse(sent: Sent, schedule_id: UUID, _before: Any) -> Schedule:
    zone = text_field(sent, "zone", 60).strip()
    if zone not in available_timezones():
        raise InvalidInputError(N_("This is not a time zone (as Europe/Moscow)."), field="zone")
    special = _exceptions(text_field(sent, "special", 10_000))
    return Schedule(
        id=schedule_id,
        name=text_field(sent, "name", 80),
        zone=zone,
        days=tuple(_spans(text_field(sent, day, 200), day) for day in DAYS),
        holidays=frozenset(day for day, spans in special.items() if not spans),
        special=tuple((day, spans) for day, spans in sorted(special.items()) if spans),
    )


def _spans(text: str, field: str) -> tuple[Span, ...]:
    """'9:00-13:00, 14:00-18:00'; nothing is closed."""
    return tuple(_span(part.strip(), field) for part in text.split(",") if part.strip())


def _span(text: str, field: str) -> Span:
    if match := _SPAN.fullmatch(text):
        hour, minute, end_hour, end_minute = map(int, match.groups())
        start, end = hour * 60 + minute, end_hour * 60 + end_minute
        if max(minute, end_minute) < 60 and start < MIDNIGHT and end <= MIDNIGHT:  # noqa: PLR2004 - minutes
            return start, end
    raise InvalidInputError(
        N_("Write hours as 09:00-13:00, 14:00-18:00; leave it empty for closed."), field=field
    )


def _exceptions(text: str) -> dict[str, tuple[Span, ...]]:
    found: dict[str, tuple[Span, ...]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        day, _, hours = line.partition(" ")
        try:
            date.fromisoformat(_LEAP + day if re.fullmatch(r"\d\d-\d\d", day) else day)
        except ValueError as error:
            wrong = N_("One day a line, as 2026-12-31 or 01-07, with hours of its own or none.")
            raise InvalidInputError(wrong, field="special") from error
        found[day] = _spans(hours, "special")
    if len(found) > _MOST_DAYS:
        raise InvalidInputError(N_("These are too many days."), field="special")
    return found


def _said(spans: Sequence[Span]) -> str:
    return ", ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in spans)


async def context(request: web.Request, tx: Tx) -> Values:
    app, l10n = request.app, request[keys.L10N]
    now, stored = app[keys.CLOCK](), await tx.routing.in_force()
    ours = {each.name: each.hours for each in await tx.schedules.all()}
    of_rules = _of_rules(stored.body if stored else {})
    numbers, people = await tx.people.own_numbers(), await tx.people.users()
    return {
        "now": {name: _now(hours, now) for name, hours in ours.items()},
        "of_rules": {name: (hours, _now(hours, now)) for name, hours in of_rules.items()},
        "same": {name for name, hours in of_rules.items() if ours.get(name) == hours},
        "week": week,
        "days": day_names(l10n),
        "used": Counter(str(each.schedule_id) for each in numbers),
        "workers": Counter(str(each.schedule_id) for each in people),
        "zones": sorted(zone for zone in available_timezones() if "/" in zone),
        "countries": await asyncio.to_thread(country_names, l10n.code),
        "country": app[keys.IN_FORCE].house.region,
        "house_zone": app[keys.IN_FORCE].house.zone,
    }


def _now(hours: OpeningHours, at: datetime) -> Now:
    return Now(hours.open_at(at), hours.next_change(at))


def _of_rules(body: Mapping[str, Any]) -> dict[str, OpeningHours]:
    """The tables [hours.NAME] of the rules in force."""
    try:
        return parse_hours(Reader(body.get("hours", {}), ("hours",)))
    except CrmError:  # kept by an older version
        return {}


async def every(tx: Tx) -> Sequence[Schedule]:
    return await tx.schedules.all()


HOURS: Final = Register(
    name="hours",
    all=every,
    values_of=values_of,
    typed=typed,
    parse=parse,
    put=put_schedule,
    remove=remove_schedule,
    context=context,
)
