# SPDX-License-Identifier: Apache-2.0
"""A missed caller is told to the devices of those who are to call back; trying again takes its place."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from crm_core.domain.audit import Change
from crm_core.domain.missed import AttemptKind, MissedItem
from crm_core.domain.missed_views import MissedRow
from crm_core.domain.outbox import OutKind
from crm_core.domain.people import User
from crm_core.domain.push import PushSubscription
from crm_core.ports.store import Store, Tx

_BATCH = 500
_OLD = timedelta(hours=1)  # what was missed before is no news: a replay, an outage
_KEPT_EVERY = 1000  # changes; after a crash so many are read again, and told only once


@dataclass(frozen=True, slots=True)
class _Told:
    row: MissedRow
    user: User
    subscription: PushSubscription


class MissedTeller:
    """Follows `change`; `catch_up` from time to time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seq: int | None = None
        self._kept = 0

    async def catch_up(self, now: datetime) -> bool:
        """True when there was something to read: there may be more."""
        if self._seq is None:
            await self._begin()
            return True
        async with self._store.read() as tx:
            changes = await tx.changes.since(self._seq, _BATCH)
            told = [one for change in changes for one in await _to_tell(tx, change, now)]
        if not changes:
            return False
        seq = changes[-1].seq
        if told or seq - self._kept >= _KEPT_EVERY:
            async with self._store.begin() as tx:
                for one in told:
                    await _put(tx, one, now)
                await tx.push.save_told_until(seq)
            self._kept = seq
        self._seq = seq
        return True

    async def _begin(self) -> None:
        async with self._store.begin() as tx:
            kept = await tx.push.told_until()
            if kept is None:
                kept = await tx.changes.last_seq()
                await tx.push.save_told_until(kept)
        self._seq = self._kept = kept


async def _to_tell(tx: Tx, change: Change, now: datetime) -> Iterable[_Told]:
    item = await tx.missed.get(change.id) if change.kind == "missed" else None
    if item is None or not item.is_open or now - item.last_at > _OLD:
        return ()
    if item.claimed_at and item.claimed_at >= item.last_at:
        return ()  # what changed is that somebody took them
    asked = [one.user_id for one in await tx.push.choices(list(await _whose(tx, item))) if one.missed_push]
    users = {one: await tx.people.user(one) for one in asked}
    subscriptions = await tx.push.of_users(asked)
    row = await tx.missed.row(item.id)
    pairs = [(users[one.user_id], one) for one in subscriptions]
    return [_Told(row, user, one) for user, one in pairs if row and user and not user.archived_at]


async def _whose(tx: Tx, item: MissedItem) -> set[UUID]:
    """Who took them, and nobody else; else whose they are, their manager, and for whom the last call rang."""
    if item.claimed_by:
        return {item.claimed_by}
    attempts = await tx.missed.attempts(item.id)
    theirs = [one for one in attempts if one.kind is not AttemptKind.TRIED]
    users = set(theirs[-1].rung) if theirs else set()
    contact = await tx.clients.contact(item.contact_id) if item.contact_id else None
    company = await tx.clients.company(item.company_id) if item.company_id else None
    users |= {one.manager_id for one in (contact, company) if one and one.manager_id}
    if item.team_id:
        users |= next((one.members for one in await tx.people.teams() if one.id == item.team_id), frozenset())
    return users | ({item.owner_id} if item.owner_id else set())


async def _put(tx: Tx, told: _Told, now: datetime) -> None:
    """Once for each attempt; the tag makes a later one take the place of the one before, without a sound."""
    item, user, subscription = told.row.item, told.user, told.subscription
    left = item.kind is AttemptKind.VOICEMAIL
    said = {
        "subscription_id": str(subscription.id),
        "locale": user.locale,
        "zone": user.zone,
        "name": told.row.contact or told.row.company or "",
        "number": item.e164,
        "at": item.last_at,
        "url": "/voicemail" if left else f"/missed/{item.id}",
        "left_a_message": left,
        "tag": f"missed-{item.id}",
    }
    key = f"push:missed:{item.id}:{item.attempts}:{subscription.id}"
    await tx.outbox.add(
        OutKind.PUSH, subscription.endpoint, said, key=key, target=subscription.origin, now=now
    )
