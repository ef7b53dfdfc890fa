# SPDX-License-Identifier: Apache-2.0
"""A number or a call turns out to be another's: what the ledger of missed callers had from it goes with it."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime

from crm_core.domain.communication import Communication
from crm_core.domain.missed import Caller, MissedItem
from crm_core.ports.store import Tx
from crm_core.usecases.keep_missed import keep_missed
from crm_core.usecases.open_anew import part, reached_already
from crm_core.usecases.open_missed import give_anew, open_item, rekeyed
from crm_core.usecases.whose_number import Whose, whose_is


@asynccontextmanager
async def changing_hands(tx: Tx, numbers: Collection[str], now: datetime) -> AsyncIterator[None]:
    """Around whatever changes whose these are: who called in vain from one of them is whom it stands for afterwards.

    But for the calls that a person said were another's: those stay theirs, unless they lose the number.
    """
    before = {number: await whose_is(tx, number) for number in await tx.missed.waiting_from(numbers)}
    yield
    for number, was in before.items():
        await _follow(tx, number, was, now)


async def known_now(tx: Tx, caller: Caller, now: datetime) -> None:
    """The number was nobody's, and is this client's."""
    await tx.missed.rekey_closed(caller.e164, caller)
    item = await open_item(tx, caller, now)
    if item:
        await reached_already(tx, item, caller, now)


async def unknown_again(tx: Tx, caller: Caller, now: datetime) -> None:
    """It was a mistake: what came from this number is of the number alone."""
    for item in await tx.missed.open_under([caller.key]):
        await part(tx, item, Caller(e164=caller.e164), now)


async def heard_anew(tx: Tx, communication: Communication, now: datetime) -> None:
    """A call was with somebody else than it was thought: it is an attempt, or a talk, of theirs."""
    kept = await tx.calls.get(communication.call_id) if communication.call_id else None
    if kept:
        await keep_missed(tx, kept, communication, now, moved=True)


async def _follow(tx: Tx, number: str, was: Whose, now: datetime) -> None:
    whose = await whose_is(tx, number)
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
        await part(tx, item, caller, now)
