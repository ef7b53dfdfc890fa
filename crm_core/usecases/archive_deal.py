# SPDX-License-Identifier: Apache-2.0
"""A deal that should not be there is archived, as clients are; and comes back as it was."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.deal import Deal
from crm_core.ports.store import Store, Tx
from crm_core.usecases.save_deal import DealNotFoundError
from crm_core.usecases.trail import Trail


async def archive_deal(store: Store, deal_id: UUID, actor: Actor, now: datetime) -> Deal:
    """From now on it counts nowhere: in no list, sum or rule."""
    async with store.begin() as tx:
        return await _set(tx, deal_id, now, Trail(actor, now))


async def restore_deal(store: Store, deal_id: UUID, actor: Actor, now: datetime) -> Deal:
    async with store.begin() as tx:
        return await _set(tx, deal_id, None, Trail(actor, now))


async def _set(tx: Tx, deal_id: UUID, at: datetime | None, trail: Trail) -> Deal:
    await tx.deals.hold(deal_id)
    before = await tx.deals.get(deal_id)
    if before is None:
        raise DealNotFoundError
    if bool(before.archived_at) == bool(at):
        return before
    after = replace(before, archived_at=at, updated_at=trail.now)
    await tx.deals.save(after)
    trail.note("deal", before, after, "archive" if at else "restore")
    await trail.write(tx)
    return after
