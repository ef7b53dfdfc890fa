# SPDX-License-Identifier: Apache-2.0
"""Take a missed caller to call them back, so that nobody else does; and let them go again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.missed import ClaimedError, MissedItem, SettledError, released
from crm_core.domain.people import Role, User
from crm_core.ports.store import Store, Tx
from crm_core.usecases.access_missed import access_missed
from crm_core.usecases.trail import Trail


@dataclass(frozen=True, slots=True)
class _Claim:
    """As the trail keeps it."""

    claimed_by: UUID | None


async def claim_missed(store: Store, user: User, item_id: UUID, actor: Actor, now: datetime) -> MissedItem:
    """Raise ClaimedError, which names who has them, or SettledError. To claim again what one has changes nothing."""
    async with store.begin() as tx:
        before = await access_missed(tx, user, item_id)
        # Whoever reads the same before us writes too: the database lets one of us do so.
        if not await tx.missed.claim(item_id, user.id, now):
            return await _not_free(tx, user, item_id)
        await _note(tx, before, user.id, "claim", Trail(actor, now))
        return await access_missed(tx, user, item_id)


async def release_missed(store: Store, user: User, item_id: UUID, actor: Actor, now: datetime) -> MissedItem:
    """One's own; supervisors anybody's."""
    async with store.begin() as tx:
        await access_missed(tx, user, item_id)
        before = await tx.missed.hold(item_id)
        if before is None or not before.is_open:
            raise SettledError
        if before.claimed_by is None:
            return before
        await refuse_others(tx, user, before)
        after = released(before, now)
        await tx.missed.save(after)
        await _note(tx, before, None, "release", Trail(actor, now))
    return after


async def refuse_others(tx: Tx, user: User, item: MissedItem) -> None:
    """Raise ClaimedError when a colleague has it; supervisors may do as they see fit."""
    if item.claimed_by not in {None, user.id} and user.role is Role.OPERATOR:
        raise await claimed_by_other(tx, item)


async def claimed_by_other(tx: Tx, item: MissedItem) -> ClaimedError:
    colleague = await tx.people.user(item.claimed_by) if item.claimed_by else None
    name = colleague.name if colleague else ""
    return ClaimedError(f"{name} is calling them back already.", name=name)


async def _not_free(tx: Tx, user: User, item_id: UUID) -> MissedItem:
    now = await tx.missed.get(item_id)
    if now is None or not now.is_open:
        raise SettledError
    if now.claimed_by != user.id:
        raise await claimed_by_other(tx, now)
    return now


async def _note(tx: Tx, before: MissedItem, claimer: UUID | None, action: str, trail: Trail) -> None:
    trail.note_fields("missed", before.id, _Claim(before.claimed_by), _Claim(claimer), action)
    await trail.write(tx)
