# SPDX-License-Identifier: Apache-2.0
"""A missed caller who was settled waits again: with whoever the numbers are now that they called from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from crm_core.domain.communication import MOVED, MOVED_BACK
from crm_core.domain.missed import Attempt, AttemptKind, Caller, MissedItem, reopened
from crm_core.ports.store import Tx
from crm_core.usecases.open_missed import give_anew, join, open_item, open_missed, save, settle
from crm_core.usecases.whose_number import whose_is


async def caller_now(tx: Tx, item: MissedItem) -> Caller:
    """Its client still, as long as a number in it is theirs; else whose the last one is."""
    attempts = await tx.missed.attempts(item.id)
    return _one_of(item, attempts, await _callers(tx, item, attempts))


async def open_anew(tx: Tx, item: MissedItem, now: datetime) -> MissedItem:
    """Into the one that they have open since, if there is one; what came from others' numbers is the others'."""
    attempts = await tx.missed.attempts(item.id)
    callers = await _callers(tx, item, attempts)
    caller = _one_of(item, attempts, callers)
    again = replace(
        reopened(item, now), key=caller.key, contact_id=caller.contact_id, company_id=caller.company_id
    )
    since = await open_item(tx, caller, now)
    if since:
        again = await join(tx, since, again, now)
    else:
        await save(tx, again, now)
    for other in callers.values():
        if other.key != caller.key:
            await part(tx, again, other, now)
            again = await tx.missed.hold(again.id) or again
    if caller.key != item.key:
        again = await give_anew(tx, again, caller, now)
    return again


async def part(tx: Tx, item: MissedItem, caller: Caller, now: datetime) -> None:
    """What came from the caller's number is the caller's; the rest may have been talked with before."""
    for attempt in await tx.missed.attempts(item.id):
        if attempt.e164 == caller.e164:
            await open_missed(tx, attempt, caller, now)
    left = await tx.missed.hold(item.id)
    if left and left.is_open:
        await reached_already(tx, left, as_it_stands(left), now)


async def reached_already(tx: Tx, item: MissedItem, caller: Caller, now: datetime) -> None:
    talk = await tx.missed.talk_after(caller, item.last_at)
    if talk:
        await settle(tx, item, talk, now)


def as_it_stands(item: MissedItem) -> Caller:
    return Caller(e164=item.e164, contact_id=item.contact_id, company_id=item.company_id)


def _one_of(item: MissedItem, attempts: Sequence[Attempt], callers: Mapping[str, Caller]) -> Caller:
    theirs = [callers[one.e164] for one in attempts if one.kind is not AttemptKind.TRIED]
    still = (one for one in theirs if one.key == item.key)
    return next(still, theirs[-1] if theirs else as_it_stands(item))


async def _callers(tx: Tx, item: MissedItem, attempts: Sequence[Attempt]) -> dict[str, Caller]:
    """Of each number in it. Whom a person named keeps the call, whosever the number is."""
    callers = {}
    for number in dict.fromkeys(one.e164 for one in attempts):
        named = [await _is_named(tx, item, one) for one in attempts if one.e164 == number]
        kept = replace(as_it_stands(item), e164=number)
        callers[number] = kept if any(named) else (await whose_is(tx, number)).caller
    return callers


async def _is_named(tx: Tx, item: MissedItem, attempt: Attempt) -> bool:
    """Whether somebody said that this call was with the item's client."""
    entries = await tx.audit.of("communication", attempt.call_id) if attempt.call_id else ()
    moves = [one.action for one in entries if one.action in {MOVED, MOVED_BACK}]  # the newest first
    said = await tx.communications.get(attempt.call_id) if attempt.call_id and moves[:1] == [MOVED] else None
    return said is not None and item.key == str(said.contact_id or said.company_id)
