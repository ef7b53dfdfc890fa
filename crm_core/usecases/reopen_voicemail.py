# SPDX-License-Identifier: Apache-2.0
"""A message that was closed is open again."""

from datetime import datetime
from uuid import UUID

from crm_core.domain.people import User
from crm_core.domain.voicemail import Voicemail
from crm_core.ports.feed import Feed
from crm_core.ports.store import Store
from crm_core.usecases.access_voicemail import change_voicemail


async def reopen_voicemail(
    store: Store, feed: Feed, user: User, call_id: UUID, *, now: datetime
) -> Voicemail:
    return await change_voicemail(store, feed, user, call_id, now=now, closed_at=None, closed_by=None)
