# SPDX-License-Identifier: Apache-2.0
"""A call as the journal tells it with the present code, held against what is kept; what differs is written anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from crm_core.domain.audit import Actor, AuditEntry
from crm_core.domain.call import Call
from crm_core.domain.call_changes import FieldChange, call_changes, is_less_sure
from crm_core.domain.correction import seen_by
from crm_core.domain.directory import Directory
from crm_core.domain.ids import new_id
from crm_core.ports.store import Store, Tx
from crm_core.usecases.keep_call import keep_call

ACTOR = Actor("refold")


class Verdict(StrEnum):
    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"  # the database did not know it
    LESS_SURE = "less sure"  # the journal lacks something that was there: left as it is
    JOINED = "joined"  # the database has it as a part of another call: left as it is


@dataclass(frozen=True, slots=True)
class Refolded:
    call: Call
    verdict: Verdict
    changes: Mapping[str, FieldChange] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        return self.verdict in {Verdict.CHANGED, Verdict.ADDED}


@dataclass(frozen=True, slots=True)
class Told:
    """An ended call, and those that turned out to be part of it."""

    call: Call
    merged: tuple[UUID, ...] = ()


async def refold_call(
    told: Told, store: Store, directory: Directory, now: datetime, *, dry: bool = True
) -> Refolded:
    """What CEL put right stays right: its correction is part of what is compared and written."""
    if dry:
        async with store.read() as tx:
            return (await _compare(tx, told))[0]
    async with store.begin() as tx:
        found, younger = await _compare(tx, told)
        if not found.writes:
            return found
        await keep_call(tx, found.call, directory)
        for one in younger:
            await keep_call(tx, found.call, directory, merged=one)
        before = {name: change.before for name, change in found.changes.items()}
        after = {name: change.after for name, change in found.changes.items()}
        await tx.audit.add(
            AuditEntry(
                id=new_id(now),
                at=now,
                actor=ACTOR,
                action="refold",
                kind="call",
                record_id=found.call.id,
                before=before if found.verdict is Verdict.CHANGED else None,
                after=after,
            )
        )
        return found


async def _compare(tx: Tx, told: Told) -> tuple[Refolded, list[UUID]]:
    """And which of its parts the database still has as calls of their own."""
    kept = await tx.calls.get(told.call.id)
    call = seen_by(told.call, await tx.witnesses.said_of(told.call.id))
    if kept is None:
        whole = {"call": FieldChange(None, str(call.direction))}
        return Refolded(call, Verdict.ADDED, whole), []
    if kept.call.id != call.id:
        return Refolded(call, Verdict.JOINED), []
    parts = [await tx.calls.get(one) for one in told.merged]
    younger = [part.call.id for part in parts if part and part.call.id != call.id]
    changes = dict(call_changes(kept.call, call))
    if younger:
        changes["joined"] = FieldChange([], [str(one) for one in younger])
    if not changes:
        return Refolded(call, Verdict.SAME), []
    if is_less_sure(kept.call, call):
        return Refolded(call, Verdict.LESS_SURE, changes), []
    return Refolded(call, Verdict.CHANGED, changes), younger
