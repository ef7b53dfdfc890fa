# SPDX-License-Identifier: Apache-2.0
"""When somebody's working hours end they are taken out, and brought back when they begin: queues and screens follow."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm_core.domain.absence import Absence
from crm_core.domain.audit import Actor
from crm_core.domain.directory.people import StateSource
from crm_core.domain.operator_state import StateInterval
from crm_core.domain.people import User
from crm_core.domain.shift import Shift, Turn, shift_of, turn, without
from crm_core.ports.feed import Feed
from crm_core.ports.pbx import Pbx
from crm_core.ports.store import Store, Tx
from crm_core.usecases.set_operator_state import NewState, change_states

_ACTOR = Actor("working hours")
_AT_ONCE = 25


@dataclass(frozen=True, slots=True)
class Plan:
    """Whose state is another from now on, and when to look again."""

    due: Sequence[tuple[StateInterval, Turn]]
    next_at: datetime | None


async def keep_working_hours(store: Store, feed: Feed, pbxs: Sequence[Pbx], now: datetime) -> datetime | None:
    """What is due is done, as if they had said so themselves; gives when the next shift begins or ends.

    One that ended or began while nobody looked is made up for: what counts is whether it runs now.
    """
    async with store.read() as tx:
        plan = await plan_shifts(tx, now)
    orders = [
        NewState(said.user_id, to.state, None, StateSource.SCHEDULE, to.until, instead_of=said.id)
        for said, to in plan.due
    ]
    for start in range(0, len(orders), _AT_ONCE):  # a call that comes meanwhile does not wait for all of them
        await change_states(store, feed, pbxs, _ACTOR, orders[start : start + _AT_ONCE], now)
    return plan.next_at


async def plan_shifts(tx: Tx, now: datetime) -> Plan:
    shifts = await shifts_now(tx, await tx.people.users(), now)
    states = await tx.states.current()
    due = [
        (said, to)
        for user_id, shift in shifts.items()
        if (said := states.get(user_id)) and (to := turn(shift, said, now))
    ]
    changes = [shift.changes_at for shift in shifts.values() if shift and shift.changes_at]
    return Plan(due, min(changes, default=None))


async def shifts_now(tx: Tx, users: Sequence[User], now: datetime) -> dict[UUID, Shift | None]:
    """None for who has no working hours."""
    schedules = {one.id: one.hours for one in await tx.schedules.all()}
    used = {user.schedule_id for user in users}
    standing = {one: shift_of(hours, now) for one, hours in schedules.items() if one in used}
    away = defaultdict[UUID, list[Absence]](list)
    for absence in await tx.absences.since(now):
        away[absence.user_id].append(absence)
    found: dict[UUID, Shift | None] = {}
    for user in users:
        key, shift = user.schedule_id, None
        if key in schedules:
            shift = without(standing[key], away[user.id], schedules[key], now)
        found[user.id] = shift
    return found
