# SPDX-License-Identifier: Apache-2.0
"""Working hours of a person: whether they run at a time, and what that does to what the person said of themselves."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from crm_core.domain.absence import Absence
from crm_core.domain.directory.people import OperatorState
from crm_core.domain.operator_state import StateInterval
from crm_core.domain.routing.hours import OpeningHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How working hours stand at a moment."""

    runs: bool
    ended_at: datetime | None = None  # the last that ended; None: one runs, or none did within a year
    changes_at: datetime | None = None  # when it ends, or begins; None: not within a year


class Turn(NamedTuple):
    """What working hours say of somebody."""

    state: OperatorState
    until: datetime | None = None


def shift_of(hours: OpeningHours, at: datetime) -> Shift:
    """Of everybody who works by these hours."""
    runs, changes_at = hours.open_at(at), hours.next_change(at)
    return Shift(runs=runs, ended_at=None if runs else hours.last_change(at), changes_at=changes_at)


def without(shift: Shift, absences: Collection[Absence], hours: OpeningHours, at: datetime) -> Shift:
    """The same for somebody with these absences (those that are over need not be among them): they are no work."""
    away = [one for one in absences if one.covers(at)]
    if shift.runs and not away:
        ends = [shift.changes_at, *(one.starts_at for one in absences if one.starts_at > at)]
        return Shift(runs=True, changes_at=min(filter(None, ends), default=None))
    ended = [shift.ended_at, *(one.starts_at for one in away)]
    return Shift(
        runs=False,
        ended_at=max(filter(None, ended), default=None),
        changes_at=_begins(absences, hours, at) if absences else shift.changes_at,
    )


def turn(shift: Shift | None, said: StateInterval | None, at: datetime) -> Turn | None:
    """None: what they are stays. No shift: they have no working hours any more.

    Only who is available is taken out, and only who was taken out is brought back. Who says that they are available
    after the end works overtime. While the clock is set back to before they said something, nothing is done: they
    would be brought back and taken out anew.
    """
    if said is None or said.started_at > at:
        return None
    if said.is_off_shift:
        if shift and shift.runs:
            return Turn(OperatorState.AVAILABLE)
        until = shift.changes_at if shift else None
        return None if said.until == until else Turn(OperatorState.OFFLINE, until)
    if (
        said.state is OperatorState.AVAILABLE
        and shift
        and shift.ended_at
        and said.started_at < shift.ended_at
    ):
        return Turn(OperatorState.OFFLINE, shift.changes_at)
    return None


def _begins(absences: Collection[Absence], hours: OpeningHours, at: datetime) -> datetime | None:
    """The first moment that is within the hours and in no absence."""
    begins: datetime | None = at
    while begins is not None:
        ends = [one.ends_at for one in absences if one.covers(begins)]
        if ends:
            begins = max(ends)
        elif hours.open_at(begins):
            return begins
        else:
            begins = hours.next_change(begins)
    return None
