# SPDX-License-Identifier: Apache-2.0
"""Builders for the ledger of missed callers: calls in vain, calls that were answered, and what the ledger then says."""

from dataclasses import replace
from datetime import timedelta

from crm_core.domain.call import CallEnded, Direction, Disposition
from crm_core.domain.ids import new_id
from crm_core.domain.missed import Attempt, AttemptKind, Caller
from crm_core.domain.missed_views import MissedQuery, MissedView
from crm_core.usecases.open_missed import open_missed
from crm_core.usecases.record_call import record_call
from tests.support.calls import OLGA, a_call, a_leg, at, ended, talking

OTHER = "+79161000077"


def missed_at(seconds, linkedid, **more):
    call = a_call(linkedid, started_at=at(seconds), legs=(a_leg(rang=seconds + 2),), **more)
    return ended(call, after=seconds + 30)


def answered_at(seconds, linkedid, direction=Direction.INBOUND, **more):
    call = a_call(
        linkedid, started_at=at(seconds), direction=direction, legs=(a_leg(rang=seconds + 2),), **more
    )
    return ended(talking(call, since=seconds + 5), after=seconds + 65)


def called_back(seconds, linkedid, number=OLGA, *, answered=True):
    how = {"direction": Direction.OUTBOUND, "caller": "101", "dialled": number, "trunk": "trunk"}
    if answered:
        return answered_at(seconds, linkedid, **how)
    call = a_call(linkedid, started_at=at(seconds), legs=(a_leg(rang=seconds),), **how)
    return replace(ended(call, after=seconds + 20), disposition=Disposition.NO_ANSWER)


async def record(world, *calls):
    for call in calls:
        await record_call(CallEnded(call=call, at=call.ended_at), world.store, world.feed, world.directory)


async def listed(world, view=MissedView.OPEN):
    async with world.store.read() as tx:
        rows = await tx.missed.page(MissedQuery(view=view, me=world.anna.id, now=at(0)), None)
    return [row.item for row in rows]


async def the_item(world):
    items = [*await listed(world), *await listed(world, MissedView.CLOSED)]
    assert len(items) == 1
    return items[0]


async def miss(history, number="+79169990000", *, name=None, ago=timedelta(minutes=5), n=1):
    """Somebody called in vain; `name`: a contact of the history."""
    at = history.now - ago
    contact = history.contacts[name] if name else None
    caller = Caller(e164=number, contact_id=contact.id if contact else None)
    async with history.store.begin() as tx:
        for step in range(n):
            then = at + timedelta(seconds=step)
            attempt = Attempt(id=new_id(then), kind=AttemptKind.CALL, at=then, e164=number)
            item = await open_missed(tx, attempt, caller, history.now)
    return item
