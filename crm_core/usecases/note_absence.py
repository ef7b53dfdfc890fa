# SPDX-License-Identifier: Apache-2.0
"""Somebody will be away, and a colleague stands in; or they come after all."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.absence import Absence
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.ports.store import Tx
from crm_core.usecases.set_password import UserNotFoundError
from crm_core.usecases.trail import Trail

_LONGEST = timedelta(days=3 * 366)


class AbsenceNotFoundError(NotFoundError):
    """There is no such absence."""


async def note_absence(  # noqa: PLR0913 - who, from when, until when, who stands in, why
    tx: Tx,
    user_id: UUID,
    *,
    starts_at: datetime,
    ends_at: datetime,
    deputy_id: UUID | None,
    reason: str | None,
    trail: Trail,
) -> Absence:
    if ends_at <= starts_at:
        raise InvalidInputError("The last day is before the first.", field="until")
    if ends_at <= trail.now:
        raise InvalidInputError("This is over already.", field="until")
    if ends_at - starts_at > _LONGEST:
        raise InvalidInputError("That is longer than three years.", field="until")
    user = await tx.people.user(user_id)
    if user is None or user.archived_at is not None:
        raise UserNotFoundError
    if deputy_id is not None:
        deputy = await tx.people.user(deputy_id)
        if deputy is None or deputy.archived_at is not None or deputy_id == user_id:
            raise InvalidInputError("Choose a colleague who works here.", field="deputy")
    absence = Absence(
        id=new_id(trail.now),
        user_id=user_id,
        starts_at=starts_at,
        ends_at=ends_at,
        deputy_id=deputy_id,
        reason=clean.line(reason),
        created_at=trail.now,
    )
    await tx.absences.add(absence)
    trail.note("absence", None, absence)
    return absence


async def call_off_absence(tx: Tx, user_id: UUID, absence_id: UUID, trail: Trail) -> None:
    """One that has begun ends now; the row stays, with when it was called off."""
    absence = await tx.absences.get(absence_id)
    if absence is None or absence.user_id != user_id or absence.cancelled_at is not None:
        raise AbsenceNotFoundError
    await tx.absences.cancel(absence_id, trail.now)
    trail.note("absence", absence, replace(absence, cancelled_at=trail.now), "cancel")
