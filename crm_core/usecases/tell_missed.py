# SPDX-License-Identifier: Apache-2.0
"""A missed call is told to the devices of those it rang for, of the client's manager, of whom a message waits for."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from crm_core.domain.audit import Change
from crm_core.domain.call import Disposition
from crm_core.domain.call_history import CallRow
from crm_core.domain.outbox import OutKind
from crm_core.domain.people import User
from crm_core.domain.push import PushSubscription
from crm_core.ports.store import Store, Tx

_BATCH = 500
_OLD = timedelta(hours=1)  # what was missed before is no news: a replay, an outage
_KEPT_EVERY = 1000  # changes; after a crash so many are read again, and told only once


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
                for call, user, subscription in told:
                    await _put(tx, call, user, subscription, now)
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


async def _to_tell(tx: Tx, change: Change, now: datetime) -> Iterable[tuple[CallRow, User, PushSubscription]]:
    call = await tx.calls.row(change.id) if change.kind == "call" else None
    if call is None or not call.missed or call.ended_at is None or now - call.ended_at > _OLD:
        return ()
    asked = [one.user_id for one in await tx.push.choices(list(await _whose(tx, call))) if one.missed_push]
    users = {one: await tx.people.user(one) for one in asked}
    subscriptions = await tx.push.of_users(asked)
    pairs = [(users[one.user_id], one) for one in subscriptions]
    return [(call, user, one) for user, one in pairs if user and not user.archived_at]


async def _whose(tx: Tx, call: CallRow) -> set[UUID]:
    kept = await tx.calls.get(call.id)
    users = set(kept.users) if kept else set()
    contact = await tx.clients.contact(call.contact_id) if call.contact_id else None
    company = await tx.clients.company(call.company_id) if call.company_id else None
    managers = {one.manager_id for one in (contact, company) if one and one.manager_id}
    return users | managers | set(await tx.voicemails.audience(call.id))


async def _put(tx: Tx, call: CallRow, user: User, subscription: PushSubscription, now: datetime) -> None:
    left = call.disposition is Disposition.VOICEMAIL
    said = {
        "subscription_id": str(subscription.id),
        "locale": user.locale,
        "zone": user.zone,
        "name": call.contact or call.company or "",
        "number": call.client_e164 or call.caller,
        "at": call.started_at,
        "url": "/voicemail" if left else f"/calls/{call.id}",
        "left_a_message": left,
        "tag": f"missed-{call.id}",
    }
    key = f"push:missed:{call.id}:{subscription.id}"
    await tx.outbox.add(
        OutKind.PUSH, subscription.endpoint, said, key=key, target=subscription.origin, now=now
    )
