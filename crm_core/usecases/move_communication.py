# SPDX-License-Identifier: Apache-2.0
"""Say with whom a communication really was: the wrong person of a number that several share."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.choice import ChoiceKind
from crm_core.domain.communication import MOVED, MOVED_BACK, Communication
from crm_core.domain.errors import ConflictError, NotFoundError
from crm_core.domain.people import User
from crm_core.ports.feed import Audience, Feed
from crm_core.ports.store import Store, Tx
from crm_core.usecases.access_call import access_communication, manager_of
from crm_core.usecases.edit_communication import counts
from crm_core.usecases.meet_owners import heard_anew
from crm_core.usecases.tasks_follow import client_of, tasks_follow
from crm_core.usecases.trail import Trail

_WHOSE = ("contact_id", "company_id", "lead_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """With whom it was."""

    id: UUID
    contact_id: UUID | None = None
    company_id: UUID | None = None
    lead_id: UUID | None = None


async def move_communication(  # noqa: PLR0913 - the order, and the ports it goes through
    store: Store,
    feed: Feed,
    user: User,
    communication_id: UUID,
    *,
    contact_id: UUID | None = None,
    company_id: UUID | None = None,
    now: datetime,
    seen: datetime | None = None,
) -> Communication:
    """To a contact, else to a company; result and note go along. `seen`: updated_at of what the mover saw."""
    async with store.begin() as tx:
        await tx.communications.hold(communication_id)
        before = await access_communication(tx, user, communication_id)
        if seen is not None and seen != before.updated_at:
            raise ConflictError
        whose = await _target(tx, communication_id, contact_id, company_id)
        if whose == _whose(before):
            return before
        after, audience = await _put(tx, user, before, whose, MOVED, now)
    _tell(feed, after, audience)
    return after


async def move_back(
    store: Store, feed: Feed, user: User, communication_id: UUID, *, now: datetime
) -> Communication:
    """To whom it was with before the last move; ConflictError when it was moved on, or never."""
    async with store.begin() as tx:
        await tx.communications.hold(communication_id)
        before = await tx.communications.get(communication_id)
        entries = await tx.audit.of("communication", communication_id)
        moves = [entry for entry in entries if entry.action in {MOVED, MOVED_BACK}]
        if before is None:
            raise NotFoundError("there is no such communication")
        if not moves or moves[0].action != MOVED:
            raise ConflictError("This was done already.")
        if (
            moves[0].actor.user_id != user.id
        ):  # who gave it away may take it back, though it is not theirs now
            await access_communication(tx, user, communication_id)
        then = moves[0].before or {}
        ids = {name: then.get(name, str(getattr(before, name) or "")) for name in _WHOSE}
        whose = Whose(id=communication_id, **{name: UUID(text) for name, text in ids.items() if text})
        after, audience = await _put(tx, user, before, whose, MOVED_BACK, now)
    _tell(feed, after, audience)
    return after


async def _target(tx: Tx, own: UUID, contact_id: UUID | None, company_id: UUID | None) -> Whose:
    """A contact's company comes with it, as it is now. A lead is left behind: it may become somebody else."""
    if contact_id:
        contact = await tx.clients.contact(contact_id)
        if contact is None or contact.archived_at:
            raise NotFoundError("there is no such contact")
        return Whose(id=own, contact_id=contact.id, company_id=contact.company_id)
    company = await tx.clients.company(company_id) if company_id else None
    if company is None or company.archived_at:
        raise NotFoundError("there is no such company")
    return Whose(id=own, company_id=company.id)


async def _put(
    tx: Tx, user: User, before: Communication, whose: Whose, action: str, now: datetime
) -> tuple[Communication, frozenset[UUID]]:
    """Returns it, and who hears of it: who took part, whose client it was and whose it is."""
    ids: dict[str, Any] = {name: getattr(whose, name) for name in _WHOSE}
    after = replace(before, **ids, updated_at=now)
    results = {one.code: one for one in await tx.choices.all(ChoiceKind.RESULT)}
    after = replace(after, in_statistics=await counts(tx, after, results.get(after.result or "")))
    await tx.communications.save(after)
    await tasks_follow(tx, [after.id], client_of(before), client_of(after), now)
    await heard_anew(tx, after, now)
    trail = Trail(Actor(user.name, user.id), now)
    trail.note("communication", _whose(before), whose, action)
    for name in _WHOSE:
        if getattr(before, name) != getattr(after, name):  # who talked with them last is another matter now
            for one in (getattr(before, name), getattr(after, name)):
                trail.changed(f"{name.removesuffix('_id')}_talks", one)
    await trail.write(tx)
    kept = await tx.calls.get(after.call_id) if after.call_id else None
    hears = {user.id, after.user_id, await manager_of(tx, before), await manager_of(tx, after)}
    return after, (kept.users if kept else frozenset()) | {each for each in hears if each}


def _whose(what: Communication) -> Whose:
    return Whose(id=what.id, **{name: getattr(what, name) for name in _WHOSE})


def _tell(feed: Feed, what: Communication, users: frozenset[UUID]) -> None:
    data = {name: getattr(what, name) for name in ("id", "call_id", *_WHOSE)}
    feed.publish("communication", data, Audience(users, frozenset({"supervisor", "admin"})))
