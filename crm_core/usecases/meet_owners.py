# SPDX-License-Identifier: Apache-2.0
"""Somebody says whose a number or a call is: what the ledger of missed callers had under the number goes with it."""

from collections.abc import Collection
from datetime import datetime

from crm_core.domain.communication import Communication, Owner, choose_owner
from crm_core.domain.missed import Caller
from crm_core.ports.store import Tx
from crm_core.usecases.keep_missed import keep_missed
from crm_core.usecases.open_missed import open_item, open_missed, settle


async def meet_owners(tx: Tx, numbers: Collection[str], now: datetime) -> None:
    """New numbers of clients: who called in vain from one of them is that client."""
    for item in await tx.missed.open_under(numbers):
        owner = await owner_of(tx, item.key)
        if owner:
            caller = Caller(e164=item.key, contact_id=owner.contact_id, company_id=owner.company_id)
            await known_now(tx, caller, now)


async def known_now(tx: Tx, caller: Caller, now: datetime) -> None:
    """The number was nobody's, and is this client's."""
    await tx.missed.rekey_closed(caller.e164, caller)
    item = await open_item(tx, caller, now)
    talk = await tx.missed.talk_after(caller, item.last_at) if item else None
    if item and talk:
        await settle(tx, item, talk, now)


async def unknown_again(tx: Tx, caller: Caller, now: datetime) -> None:
    """It was a mistake: what came from this number is of the number alone."""
    number = Caller(e164=caller.e164)
    for item in await tx.missed.open_under([caller.key]):
        for attempt in await tx.missed.attempts(item.id):
            if attempt.e164 == caller.e164:
                await open_missed(tx, attempt, number, now)


async def heard_anew(tx: Tx, communication: Communication, now: datetime) -> None:
    """A call was with somebody else than it was thought: it is an attempt, or a talk, of theirs."""
    kept = await tx.calls.get(communication.call_id) if communication.call_id else None
    if kept:
        await keep_missed(tx, kept, communication, now)


async def owner_of(tx: Tx, number: str) -> Owner | None:
    """Whom a number stands for now."""
    owners = (await tx.clients.owners_of([number])).get(number, [])
    contacts = [await tx.clients.contact(one.contact_id) for one in owners if one.contact_id]
    known = [Owner(one.id, one.company_id) for one in contacts if one and not one.archived_at]
    return choose_owner(known, [one.company_id for one in owners if one.company_id])
