# SPDX-License-Identifier: Apache-2.0
"""A message is done with: answered, or not worth an answer; its caller waits for nothing else, so neither do we."""

from datetime import datetime
from typing import Final
from uuid import UUID

from crm_core.domain.errors import ConflictError
from crm_core.domain.missed import AttemptKind
from crm_core.domain.people import Role, User
from crm_core.domain.voicemail import Voicemail
from crm_core.ports.feed import Feed
from crm_core.ports.store import Store, Tx
from crm_core.usecases.access_voicemail import access_voicemail, change_voicemail
from crm_core.usecases.give_up_missed import give_up
from crm_core.usecases.settle_messages import messages_of
from crm_core.usecases.trail import Trail

MESSAGE_CLOSED: Final = "message_closed"  # why the item was given up; said in the reader's language


async def close_voicemail(
    store: Store, feed: Feed, user: User, call_id: UUID, *, now: datetime, seen: datetime | None = None
) -> Voicemail:
    """What is closed stays as it was closed first. `seen`: as in change_voicemail."""
    async with store.read() as tx:
        found = await access_voicemail(tx, user, call_id)
    if found.closed_at:
        if seen is not None and seen != found.updated_at:
            raise ConflictError
        return found
    return await change_voicemail(
        store, feed, user, call_id, now=now, seen=seen, then=_settle, closed_at=now, closed_by=user.id
    )


async def _settle(tx: Tx, user: User, message: Voicemail, trail: Trail) -> None:
    """Unless they tried again since, left another message, or a colleague is calling them back."""
    known = await tx.missed.attempt(message.id)
    item = await tx.missed.hold(known[0]) if known else None
    if item is None or not item.is_open or item.kind is not AttemptKind.VOICEMAIL:
        return
    if item.claimed_by not in {None, user.id} and user.role is Role.OPERATOR:
        return
    if all(one.closed_at for one in await messages_of(tx, item)):
        await give_up(tx, item, user.id, MESSAGE_CLOSED, trail)
