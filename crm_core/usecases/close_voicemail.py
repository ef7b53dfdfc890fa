# SPDX-License-Identifier: Apache-2.0
"""A message is done with: answered, or not worth an answer."""

from datetime import datetime
from uuid import UUID

from crm_core.domain.people import User
from crm_core.domain.voicemail import Voicemail
from crm_core.ports.feed import Feed
from crm_core.ports.store import Store
from crm_core.usecases.access_voicemail import access_voicemail, change_voicemail


async def close_voicemail(store: Store, feed: Feed, user: User, call_id: UUID, *, now: datetime) -> Voicemail:
    """What is closed stays as it was closed first."""
    async with store.read() as tx:
        found = await access_voicemail(tx, user, call_id)
    if found.closed_at:
        return found
    return await change_voicemail(store, feed, user, call_id, now=now, closed_at=now, closed_by=user.id)
