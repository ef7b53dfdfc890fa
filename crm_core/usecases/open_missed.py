# SPDX-License-Identifier: Apache-2.0
"""An attempt of a caller goes into their open item of the ledger, or opens one; whatever the source is."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from crm_core.domain.absence import stands_in
from crm_core.domain.errors import ConflictError
from crm_core.domain.ids import new_id
from crm_core.domain.missed import (
    Attempt,
    AttemptKind,
    Caller,
    MissedItem,
    MissedState,
    OwnerRule,
    Talk,
    counted,
    joined,
    settled,
)
from crm_core.domain.people import OwnNumber
from crm_core.domain.working_time import working_time_after
from crm_core.ports.store import Tx
from crm_core.usecases.settle_messages import close_message, close_messages

_MOST_TRIES = 5
_ORDER = {
    OwnerRule.MANAGER: (OwnerRule.MANAGER, OwnerRule.LAST_RUNG, OwnerRule.TEAM),
    OwnerRule.LAST_RUNG: (OwnerRule.LAST_RUNG, OwnerRule.MANAGER, OwnerRule.TEAM),
    OwnerRule.TEAM: (OwnerRule.TEAM, OwnerRule.MANAGER, OwnerRule.LAST_RUNG),
}


async def open_missed(
    tx: Tx, attempt: Attempt, caller: Caller, now: datetime, *, stays: bool = False
) -> MissedItem | None:
    """The caller's item with this attempt in it. Telling an attempt again, or with another caller, is ordinary.

    None: an attempt of ours, and nobody waits for it. `stays`: one that is told again is whose it stands with; whose
    number it was when they called matters no more.
    """
    known, left = await tx.missed.attempt(attempt.id), None
    if known:
        item = await tx.missed.hold(known[0])
        if item and stays and known[1].e164 == attempt.e164:
            caller = replace(caller, contact_id=item.contact_id, company_id=item.company_id)
        if item and item.key in caller.keys:
            return await _with(tx, item, attempt, caller, now)
        left = await withdraw_attempt(tx, attempt.id, now)
    found = await tx.missed.covering(caller.keys, attempt.at) or await open_item(tx, caller, now)
    if attempt.kind is AttemptKind.TRIED and (found is None or attempt.at < found.first_at):
        return None
    told = await _with(tx, found or await _new(tx, attempt, caller, now), attempt, caller, now)
    if known is None:
        await _answered_already(tx, found, attempt, now)
    if left and left.claimed_by and left.state is MissedState.WITHDRAWN and told.is_open:
        told = joined(told, left)  # who had taken it goes on with it
        await save(tx, told, now)
    return told


async def _answered_already(tx: Tx, found: MissedItem | None, attempt: Attempt, now: datetime) -> None:
    """A message that is told after the talk that settled what it was about."""
    message = await tx.voicemails.get(attempt.id) if found and found.closed_call_id else None
    if found and message and message.closed_at is None:
        await close_message(tx, message, found, now)


async def settle(tx: Tx, item: MissedItem, talk: Talk, now: datetime) -> MissedItem:
    """They have been talked with; what they had left as a message is answered by that."""
    after = settled(item, talk, now)
    await save(tx, after, now)
    await close_messages(tx, after, now)
    return after


async def open_item(tx: Tx, caller: Caller, now: datetime) -> MissedItem | None:
    """The one that is open for them, under the key that they have now; several become one."""
    found = await tx.missed.open_under(caller.keys)
    if not found:
        return None
    first, *more = found
    for other in more:
        first = await join(tx, first, other, now)
    return await rekeyed(tx, first, caller, now)


async def rekeyed(tx: Tx, item: MissedItem, caller: Caller, now: datetime) -> MissedItem:
    ids = {"key": caller.key, "contact_id": caller.contact_id, "company_id": caller.company_id}
    if all(getattr(item, name) == value for name, value in ids.items()):
        return item
    moved = replace(item, **ids, updated_at=now)  # type: ignore[arg-type] # of three names, each of its own kind
    for _ in range(_MOST_TRIES):
        if await tx.missed.rekey(moved):
            tx.changes.add("missed", moved.id, now)
            return moved
        # Another attempt of theirs opened one under the key just now; by the time we hold it, it may be settled.
        for other in await tx.missed.open_under([caller.key]):
            return await join(tx, other, item, now)
    raise ConflictError


async def withdraw_attempt(tx: Tx, attempt_id: UUID, now: datetime) -> MissedItem | None:
    """It was none, or somebody else's; an item that had no other is withdrawn."""
    known = await tx.missed.attempt(attempt_id)
    item = await tx.missed.hold(known[0]) if known else None
    if item is None:
        return None
    await tx.missed.drop_attempt(attempt_id)
    left = counted(item, await tx.missed.attempts(item.id), now)
    await save(tx, left, now)
    return left


async def save(tx: Tx, item: MissedItem, now: datetime) -> None:
    await tx.missed.save(item)
    tx.changes.add("missed", item.id, now)


async def _with(tx: Tx, item: MissedItem, attempt: Attempt, caller: Caller, now: datetime) -> MissedItem:
    await tx.missed.put_attempt(item.id, attempt)
    item = await rekeyed(tx, item, caller, now)
    told = counted(item, await tx.missed.attempts(item.id), now)
    if told.is_open:
        talk = await tx.missed.talk_after(caller, told.last_at)
        if talk:
            return await settle(tx, told, talk, now)
    if replace(told, updated_at=item.updated_at) != item or told.is_open:
        await save(tx, told, now)
    return told


async def _new(tx: Tx, attempt: Attempt, caller: Caller, now: datetime) -> MissedItem:
    rules = await tx.settings.missed_rules()
    line = await _line(tx, attempt.did)
    schedules = {one.id: one.hours for one in await tx.schedules.all()}
    hours = schedules.get(line.schedule_id) if line and line.schedule_id else None
    owner, team = await _whose(tx, attempt, caller, line, rules.owner)
    item = MissedItem(
        id=new_id(now),
        key=caller.key,
        e164=attempt.e164,
        contact_id=caller.contact_id,
        company_id=caller.company_id,
        did=attempt.did,
        state=MissedState.MISSED,
        kind=attempt.kind,
        attempts=1,
        tries=0,
        first_at=attempt.at,
        last_at=attempt.at,
        due_at=working_time_after(attempt.at, hours, timedelta(minutes=rules.within_min)),
        updated_at=now,
        owner_id=owner,
        team_id=team,
    )
    return await tx.missed.open(item)


async def give_anew(tx: Tx, item: MissedItem, caller: Caller, now: datetime) -> MissedItem:
    """It has become another client's, and so others may have to call back; who has taken it goes on."""
    theirs = [one for one in await tx.missed.attempts(item.id) if one.kind is not AttemptKind.TRIED]
    first = (await tx.settings.missed_rules()).owner
    owner, team = await _whose(tx, theirs[-1], caller, await _line(tx, theirs[-1].did), first)
    if (owner, team) == (item.owner_id, item.team_id):
        return item
    given = replace(item, owner_id=owner, team_id=team, updated_at=now)
    await save(tx, given, now)
    return given


async def _line(tx: Tx, did: str | None) -> OwnNumber | None:
    return next((one for one in await tx.people.own_numbers() if one.e164 == did), None)


async def _whose(
    tx: Tx, attempt: Attempt, caller: Caller, line: OwnNumber | None, first: OwnerRule
) -> tuple[UUID | None, UUID | None]:
    """A person, or a team; neither: everybody's."""
    for rule in _ORDER[first]:
        if rule is OwnerRule.TEAM:
            if line and line.team_id:
                return None, line.team_id
            continue
        person = (
            await _manager(tx, caller) if rule is OwnerRule.MANAGER else next(reversed(attempt.rung), None)
        )
        there = await _there(tx, person, attempt.at) if person else None
        if there:
            return there, None
    return None, None


async def _manager(tx: Tx, caller: Caller) -> UUID | None:
    contact = await tx.clients.contact(caller.contact_id) if caller.contact_id else None
    if contact and contact.manager_id:
        return contact.manager_id
    company = await tx.clients.company(caller.company_id) if caller.company_id else None
    return company.manager_id if company else None


async def _there(tx: Tx, person: UUID, at: datetime) -> UUID | None:
    """They, or who stands in for them; None: nobody, or they work here no more."""
    who = stands_in(await tx.absences.since(at), person, at)
    user = await tx.people.user(who) if who else None
    return who if user and user.archived_at is None else None


async def join(tx: Tx, into: MissedItem, other: MissedItem, now: datetime) -> MissedItem:
    """Two open items turn out to be one caller's."""
    await tx.missed.move_attempts(other.id, into.id)
    await tx.missed.remove(other.id)
    tx.changes.add("missed", other.id, now)
    one = counted(joined(into, other), await tx.missed.attempts(into.id), now)
    await save(tx, one, now)
    return one
