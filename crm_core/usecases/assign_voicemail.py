# SPDX-License-Identifier: Apache-2.0
"""Give a message to somebody to answer, or back to its team."""

from datetime import datetime
from uuid import UUID

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import User
from crm_core.domain.voicemail import Voicemail
from crm_core.ports.feed import Feed
from crm_core.ports.store import Store
from crm_core.usecases.access_voicemail import change_voicemail


async def assign_voicemail(  # noqa: PLR0913 - its ports, whose it becomes, and what its editor saw
    store: Store,
    feed: Feed,
    user: User,
    call_id: UUID,
    to: UUID | None,
    *,
    now: datetime,
    seen: datetime | None = None,
) -> Voicemail:
    """None: nobody's in particular. ConflictError as in change_voicemail: two must not both think it theirs."""
    async with store.read() as tx:
        colleague = await tx.people.user(to) if to else None
    if to and (colleague is None or colleague.archived_at):
        raise InvalidInputError("there is no such colleague", field="to")
    return await change_voicemail(store, feed, user, call_id, now=now, seen=seen, assigned_to=to)
