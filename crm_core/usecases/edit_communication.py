# SPDX-License-Identifier: Apache-2.0
"""Say what came of a communication, and note what was said."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from crm_core.domain.audit import Actor, AuditEntry
from crm_core.domain.choice import Choice, ChoiceKind
from crm_core.domain.communication import Communication
from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.people import User
from crm_core.ports.store import Store, Tx
from crm_core.usecases.access_call import access_communication

_LONGEST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunicationPatch:
    """What is given is changed; None leaves it, '' empties it."""

    result: str | None = None
    note: str | None = None

    def apply(self, before: Communication) -> Communication:
        given: dict[str, Any] = {
            field.name: value.strip() or None
            for field in fields(self)
            if (value := getattr(self, field.name)) is not None
        }
        for name, value in given.items():
            if value and (len(value) > _LONGEST or "\0" in value):
                raise InvalidInputError(
                    "a note or a result is too long or has control characters", field=name
                )
        return replace(before, **given)


async def edit_communication(
    store: Store,
    user: User,
    communication_id: UUID,
    patch: CommunicationPatch,
    *,
    now: datetime,
    seen: datetime | None = None,
) -> Communication:
    """`seen`: updated_at of what the editor saw; ConflictError when it is no longer so."""
    async with store.begin() as tx:
        await tx.communications.hold(communication_id)
        before = await access_communication(tx, user, communication_id)
        if seen is not None and seen != before.updated_at:
            raise ConflictError
        after = patch.apply(before)
        if after == before:
            return before
        after = replace(await _counted(tx, before, after), updated_at=now)
        await tx.communications.save(after)
        tx.changes.add("communication", after.id, now)
        names = [name for name in ("result", "note") if getattr(before, name) != getattr(after, name)]
        await tx.audit.add(
            AuditEntry(
                id=new_id(now),
                at=now,
                actor=Actor(user.name, user.id),
                action="update",
                kind="communication",
                record_id=after.id,
                before={name: getattr(before, name) for name in names},
                after={name: getattr(after, name) for name in names},
            )
        )
    return after


async def _counted(tx: Tx, before: Communication, after: Communication) -> Communication:
    """A result says whether a note is needed, and whether the talk counts in statistics."""
    results = {one.code: one for one in await tx.choices.all(ChoiceKind.RESULT)}
    chosen = results.get(after.result or "")
    if after.result != before.result:
        if after.result and (chosen is None or chosen.archived_at):
            raise InvalidInputError("there is no such result", field="result")
        after = replace(after, in_statistics=await counts(tx, after, chosen))
    if chosen and chosen.needs_note and not after.note:
        raise InvalidInputError("this result needs a note", field="note")
    return after


async def counts(tx: Tx, what: Communication, chosen: Choice | None) -> bool:
    """Whether it stands in statistics: by its result, and by its lead where it has one."""
    lead = await tx.leads.get(what.lead_id) if what.lead_id else None
    return (chosen is None or chosen.in_statistics) and (lead is None or lead.status.counts)
