# SPDX-License-Identifier: Apache-2.0
"""A number or a call turns out to be another's: what the ledger of missed callers had from it goes with it."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm_core.domain.client import PhoneNumber
from crm_core.domain.communication import Communication, Owner, choose_owner
from crm_core.domain.missed import Caller, MissedItem
from crm_core.ports.store import Tx
from crm_core.usecases.keep_missed import keep_missed
from crm_core.usecases.open_missed import give_anew, open_item, open_missed, rekeyed, settle


@dataclass(frozen=True, slots=True)
class _Whose:
    """A number: whom it stands for, and all who have it."""

    caller: Caller
    clients: frozenset[UUID]


@asynccontextmanager
async def changing_hands(tx: Tx, numbers: Collection[str], now: datetime) -> AsyncIterator[None]:
    """Around whatever changes whose these are: who called in vain from one of them is whom it stands for afterwards.

    But for the calls that a person said were another's: those stay theirs, unless they lose the number.
    """
    before = {number: await _whose(tx, number) for number in await tx.missed.waiting_from(numbers)}
    yield
    for number, was in before.items():
        await _follow(tx, number, was, now)


async def known_now(tx: Tx, caller: Caller, now: datetime) -> None:
    """The number was nobody's, and is this client's."""
    await tx.missed.rekey_closed(caller.e164, caller)
    item = await open_item(tx, caller, now)
    if item:
        await _reached_already(tx, item, caller, now)


async def unknown_again(tx: Tx, caller: Caller, now: datetime) -> None:
    """It was a mistake: what came from this number is of the number alone."""
    for item in await tx.missed.open_under([caller.key]):
        await _part(tx, item, Caller(e164=caller.e164), now)


async def heard_anew(tx: Tx, communication: Communication, now: datetime) -> None:
    """A call was with somebody else than it was thought: it is an attempt, or a talk, of theirs."""
    kept = await tx.calls.get(communication.call_id) if communication.call_id else None
    if kept:
        await keep_missed(tx, kept, communication, now, moved=True)


async def owner_of(tx: Tx, number: str) -> Owner | None:
    """Whom a number stands for now."""
    return await _chosen(tx, (await tx.clients.owners_of([number])).get(number, []))


async def _chosen(tx: Tx, owners: Collection[PhoneNumber]) -> Owner | None:
    contacts = [await tx.clients.contact(one.contact_id) for one in owners if one.contact_id]
    known = [Owner(one.id, one.company_id) for one in contacts if one and not one.archived_at]
    return choose_owner(known, [one.company_id for one in owners if one.company_id])


async def _whose(tx: Tx, number: str) -> _Whose:
    owners = (await tx.clients.owners_of([number])).get(number, [])
    owner = await _chosen(tx, owners)
    ids = {"contact_id": owner.contact_id, "company_id": owner.company_id} if owner else {}
    clients = frozenset(one for each in owners for one in (each.contact_id, each.company_id) if one)
    return _Whose(Caller(e164=number, **ids), clients)


async def _follow(tx: Tx, number: str, was: _Whose, now: datetime) -> None:
    whose = await _whose(tx, number)
    if whose == was:
        return
    caller = whose.caller
    lost = {str(one) for one in was.clients - whose.clients}
    for item in await tx.missed.open_under({number, was.caller.key, *lost} - {caller.key}):
        await _move(tx, item, caller, now)
    if caller.key != number:
        await known_now(tx, caller, now)
    for item in await tx.missed.open_under([caller.key]) if caller.key != was.caller.key else ():
        await give_anew(tx, item, caller, now)


async def _move(tx: Tx, item: MissedItem, caller: Caller, now: datetime) -> None:
    """The item itself, where nothing in it is from another number: who looks at it finds it, and its trail."""
    attempts = await tx.missed.attempts(item.id)
    if all(one.e164 == caller.e164 for one in attempts):
        await rekeyed(tx, item, caller, now)
    else:
        await _part(tx, item, caller, now)


async def _part(tx: Tx, item: MissedItem, caller: Caller, now: datetime) -> None:
    """What came from the caller's number is the caller's; the rest may have been talked with before."""
    for attempt in await tx.missed.attempts(item.id):
        if attempt.e164 == caller.e164:
            await open_missed(tx, attempt, caller, now)
    left = await tx.missed.hold(item.id)
    if left and left.is_open:
        whose = Caller(e164=left.e164, contact_id=left.contact_id, company_id=left.company_id)
        await _reached_already(tx, left, whose, now)


async def _reached_already(tx: Tx, item: MissedItem, caller: Caller, now: datetime) -> None:
    talk = await tx.missed.talk_after(caller, item.last_at)
    if talk:
        await settle(tx, item, talk, now)
