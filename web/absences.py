# SPDX-License-Identifier: Apache-2.0
"""Absences on pages: whole days of the reader's zone, as a form says them and as a list shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from aiohttp import web

from crm_core.domain.absence import Absence, absence_at, stands_in
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import User
from crm_core.ports.store import Tx
from crm_core.usecases.note_absence import note_absence
from crm_core.usecases.trail import Trail
from web import keys
from web.forms import text_field
from web.words import N_


@dataclass(frozen=True, slots=True)
class Absences:
    """Somebody's absences that last or are to come, and who there is."""

    coming: Sequence[Absence]
    now: Absence | None
    stand_in: User | None
    people: dict[UUID, User]

    def last_day(self, absence: Absence) -> datetime:
        return absence.ends_at - timedelta(seconds=1)


async def shown(tx: Tx, user_id: UUID, now: datetime) -> Absences:
    people = {user.id: user for user in await tx.people.users(archived=True)}
    every = await tx.absences.since(now)
    deputy = stands_in(every, user_id, now)
    return Absences(
        [one for one in every if one.user_id == user_id],
        absence_at(every, user_id, now),
        people.get(deputy) if deputy else None,
        people,
    )


def colleagues(shown: Absences, but: UUID) -> dict[str, str]:
    """Who may stand in."""
    return {
        str(each.id): each.name for each in shown.people.values() if each.id != but and not each.archived_at
    }


async def note(
    tx: Tx, user_id: UUID, form: Mapping[str, object], request: web.Request, trail: Trail
) -> Absence:
    """From the first day's midnight until the midnight after the last."""
    zone = request[keys.L10N].zone
    first, last = _day(form, "since"), _day(form, "until")
    deputy = text_field(form, "deputy", 40)
    try:
        deputy_id = UUID(deputy) if deputy else None
    except ValueError as error:
        raise InvalidInputError(N_("Choose a colleague who works here."), field="deputy") from error
    return await note_absence(
        tx,
        user_id,
        starts_at=datetime.combine(first, time(), zone),
        ends_at=datetime.combine(last + timedelta(days=1), time(), zone),
        deputy_id=deputy_id,
        reason=text_field(form, "reason", 200),
        trail=trail,
    )


def typed(form: Mapping[str, object]) -> dict[str, str]:
    return {name: str(form.get(name, ""))[:200] for name in ("since", "until", "deputy", "reason")}


def _day(form: Mapping[str, object], name: str) -> date:
    try:
        day = date.fromisoformat(text_field(form, name, 10))
    except ValueError as error:
        raise InvalidInputError(N_("Choose a day."), field=name) from error
    if not date(2000, 1, 1) < day < date(2200, 1, 1):
        raise InvalidInputError(N_("Choose a day."), field=name)
    return day
