# SPDX-License-Identifier: Apache-2.0
"""Who may see a message and answer it: who has it, while nobody has it its team, supervisors and admins."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.errors import ConflictError, NotFoundError
from crm_core.domain.people import User
from crm_core.domain.voicemail import Voicemail
from crm_core.ports.feed import EVERYBODY, Audience, Feed
from crm_core.ports.store import Store, Tx
from crm_core.usecases.access_call import scope_of
from crm_core.usecases.trail import Trail

Then = Callable[[Tx, User, Voicemail, Trail], Awaitable[None]]
_ALWAYS = frozenset({"supervisor", "admin"})


@dataclass(frozen=True, slots=True)
class MessageTold:
    """A message, and whom it concerns; nobody in particular: everybody."""

    voicemail: Voicemail
    concerns: frozenset[UUID]
    by: UUID | None = None  # who changed it; None: the caller left it

    def publish(self, feed: Feed) -> None:
        to = Audience(self.concerns, _ALWAYS) if self.concerns else EVERYBODY
        one = self.voicemail
        data = {"id": one.id, "state": one.state.value, "assigned_to": one.assigned_to, "by": self.by}
        feed.publish("voicemail", {k: str(v) if v else None for k, v in data.items()}, to)


async def access_voicemail(tx: Tx, user: User, call_id: UUID) -> Voicemail:
    """Raise NotFoundError, also where it is somebody else's."""
    found = await tx.voicemails.get(call_id)
    if found is None or (scope_of(user) is not None and not await tx.voicemails.sees(user.id, call_id)):
        raise NotFoundError("there is no such message")
    return found


async def told(
    tx: Tx, voicemail: Voicemail, by: UUID | None = None, also: Collection[UUID] = ()
) -> MessageTold:
    """`also`: who had it before, and sees it go; nobody's goes to all who see it then."""
    concerns = frozenset(await tx.voicemails.audience(voicemail.id))
    return MessageTold(voicemail, concerns | frozenset(also) if concerns else concerns, by)


async def change_voicemail(  # noqa: PLR0913 - its ports, what its editor saw, and what follows from it
    store: Store,
    feed: Feed,
    user: User,
    call_id: UUID,
    *,
    now: datetime,
    seen: datetime | None = None,
    then: Then | None = None,
    **changes: Any,
) -> Voicemail:
    """`seen`: updated_at of what the editor saw; ConflictError when somebody else was quicker.

    `then`: what else follows from it, in the same transaction.
    """
    async with store.begin() as tx:
        if known := await tx.missed.attempt(
            call_id
        ):  # first the item, as when it is settled, then the message
            await tx.missed.hold(known[0])
        await tx.voicemails.hold(call_id)
        before = await access_voicemail(tx, user, call_id)
        after = replace(before, **changes)
        if after == before:
            return before
        if seen is not None and seen != before.updated_at:
            raise ConflictError
        had = await tx.voicemails.audience(call_id)
        after = replace(after, updated_at=now)
        await tx.voicemails.save(after)
        trail = Trail(Actor(user.name, user.id), now)
        trail.note("voicemail", before, after)
        if then:
            await then(tx, user, after, trail)
        await trail.write(tx)
        message = await told(tx, after, user.id, had)
    message.publish(feed)
    return after
