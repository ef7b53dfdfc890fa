# SPDX-License-Identifier: Apache-2.0
"""A message that was closed is open again, and so is its caller's item, if a person had given that up."""

from datetime import datetime
from uuid import UUID

from crm_core.domain.missed import MissedState
from crm_core.domain.people import User
from crm_core.domain.voicemail import Voicemail
from crm_core.ports.feed import Feed
from crm_core.ports.store import Store, Tx
from crm_core.usecases.access_voicemail import change_voicemail
from crm_core.usecases.give_up_missed import open_again
from crm_core.usecases.trail import Trail


async def reopen_voicemail(
    store: Store, feed: Feed, user: User, call_id: UUID, *, now: datetime, seen: datetime | None = None
) -> Voicemail:
    """`seen`: as in change_voicemail."""
    return await change_voicemail(
        store, feed, user, call_id, now=now, seen=seen, then=_open_item, closed_at=None, closed_by=None
    )


async def _open_item(tx: Tx, _user: User, message: Voicemail, trail: Trail) -> None:
    """A talk that settled it stays a talk: then the message alone is open."""
    known = await tx.missed.attempt(message.id)
    item = await tx.missed.hold(known[0]) if known else None
    if item and item.state is MissedState.GAVE_UP:
        await open_again(tx, item, trail)
