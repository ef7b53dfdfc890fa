# SPDX-License-Identifier: Apache-2.0
"""Nobody will call a missed caller back, and somebody says why; or it was a mistake."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.audit import Actor
from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.lead import Lead
from crm_core.domain.missed import MissedItem, MissedState, SettledError, given_up
from crm_core.domain.people import User
from crm_core.ports.store import Store, Tx
from crm_core.usecases.access_missed import access_missed
from crm_core.usecases.claim_missed import refuse_others
from crm_core.usecases.open_anew import open_anew
from crm_core.usecases.open_missed import save
from crm_core.usecases.settle_messages import close_messages, open_messages
from crm_core.usecases.trail import Trail

LONGEST_REASON = 200


class NoReasonError(InvalidInputError):
    """Say why nobody will call back."""


@dataclass(frozen=True, slots=True)
class _GivenUp:
    """As the trail keeps it."""

    state: MissedState
    reason: str | None


async def give_up_missed(
    store: Store, user: User, item_id: UUID, reason: str, actor: Actor, now: datetime
) -> MissedItem:
    said = clean.line(reason, LONGEST_REASON)
    if said is None:
        raise NoReasonError(field="reason")
    async with store.begin() as tx:
        await access_missed(tx, user, item_id)
        before = await tx.missed.hold(item_id)
        if before is None:
            raise SettledError
        await refuse_others(tx, user, before)
        trail = Trail(actor, now)
        after = await give_up(tx, before, user.id, said, trail)
        await trail.write(tx)
    return after


async def reopen_missed(store: Store, user: User, item_id: UUID, actor: Actor, now: datetime) -> MissedItem:
    """Take it back; into what they have open since, if they called again. Whoever has the number now has it."""
    async with store.begin() as tx:
        await tx.clients.serialise()  # no number changes hands meanwhile
        await access_missed(tx, user, item_id)
        before = await tx.missed.hold(item_id)
        if before is None or before.state is not MissedState.GAVE_UP:
            raise ConflictError("Only what was given up can be opened again.")
        trail = Trail(actor, now)
        await open_messages(tx, before, now, trail)
        after = await open_again(tx, before, trail)
        await trail.write(tx)
    return after


async def open_again(tx: Tx, before: MissedItem, trail: Trail) -> MissedItem:
    after = await open_anew(tx, before, trail.now)
    trail.note_fields("missed", before.id, _told(before), _told(after), "reopen")
    return after


async def give_up_spam(tx: Tx, user: User, lead: Lead, now: datetime) -> None:
    """Nobody calls back who is no client; why is the lead's new status."""
    for item in await tx.missed.open_under([lead.e164]):
        trail = Trail(Actor(user.name, user.id), now)
        await give_up(tx, item, user.id, lead.status.value, trail)
        await trail.write(tx)


async def give_up(tx: Tx, before: MissedItem, user_id: UUID, reason: str, trail: Trail) -> MissedItem:
    """Their messages are done with, too."""
    after = given_up(before, user_id, reason, trail.now)
    await save(tx, after, trail.now)
    await close_messages(tx, after, trail.now, trail)
    trail.note_fields("missed", after.id, _told(before), _told(after), "give_up")
    return after


def _told(item: MissedItem) -> _GivenUp:
    return _GivenUp(item.state, item.reason)
