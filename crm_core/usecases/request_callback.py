# SPDX-License-Identifier: Apache-2.0
"""Somebody wants to be called back: into the ledger, at the place they had."""

from dataclasses import replace
from datetime import datetime

from crm_core.domain.audit import Actor
from crm_core.domain.callback import CallbackRequest
from crm_core.domain.directory import Directory
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.missed import Caller, MissedItem
from crm_core.ports.store import Store, Tx
from crm_core.usecases.open_missed import open_missed, save
from crm_core.usecases.trail import Trail
from crm_core.usecases.whose_number import owner_of


async def request_callback(
    store: Store, directory: Directory, request: CallbackRequest, actor: Actor, now: datetime
) -> MissedItem:
    """Their one open item, whether this opened it or joined it. Made twice (a call asks once) it is one request."""
    if directory.is_own(request.e164):
        raise InvalidInputError("This number is our own.", field="number")
    async with store.begin() as tx:
        if await tx.callbacks.add(request):
            trail = Trail(actor, now)
            trail.note("callback_request", None, request)
            await trail.write(tx)
        known = await tx.missed.attempt(request.id)  # the call may be told already, and for whom it rang
        attempt = request.attempt(known[1].call_id, known[1].rung) if known else request.attempt()
        item = await open_missed(tx, attempt, await _caller(tx, request.e164), now)
        if item is None:  # only of attempts of ours
            raise InvalidInputError
        return await _when_wanted(tx, item, request, now)


async def _caller(tx: Tx, e164: str) -> Caller:
    owner = await owner_of(tx, e164)
    if owner is None:
        return Caller(e164=e164)
    return Caller(e164=e164, contact_id=owner.contact_id, company_id=owner.company_id)


async def _when_wanted(tx: Tx, item: MissedItem, request: CallbackRequest, now: datetime) -> MissedItem:
    """Not sooner than they want it, unless they waited before."""
    if request.wanted_at is None or item.attempts > 1 or not item.is_open:
        return item
    later = replace(item, due_at=request.wanted_at, updated_at=now)
    await save(tx, later, now)
    return later
