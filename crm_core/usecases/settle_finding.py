# SPDX-License-Identifier: Apache-2.0
"""Somebody fixes or explains a difference of the balance. What they did stands in the trail."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.audit import Actor, AuditEntry
from crm_core.domain.balance import Finding, FindingState, Remedy
from crm_core.domain.call import Call, Disposition
from crm_core.domain.call_history import KeptCall
from crm_core.domain.correction import made
from crm_core.domain.directory import Directory
from crm_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm_core.domain.ids import call_id, new_id
from crm_core.domain.recording import Recording, RecordingState
from crm_core.domain.witness import Witness, WitnessState
from crm_core.ports.store import Store, Tx
from crm_core.usecases.adopt_recording import give_to
from crm_core.usecases.keep_call import keep_call, last_moment

CLOSED = "closed_by_hand"  # why such a call is uncertain
_LONGEST_NOTE = 500
_MOMENT = timedelta(microseconds=1)


class SettledAlreadyError(ConflictError):
    """Somebody has settled this already."""


class StillGoesOnError(ConflictError):
    """The PBX says that this call goes on. Hang up first."""


class NoReasonError(InvalidInputError):
    """An explanation is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants done, and what it needs."""

    remedy: Remedy
    actor: Actor
    now: datetime
    note: str = ""
    call_id: UUID | None = None  # whose a file is
    going_on: Mapping[str, Collection[UUID]] = field(default_factory=dict)
    directory: Directory = field(default_factory=Directory)


async def settle_finding(store: Store, finding_id: UUID, wish: Wish) -> Finding:
    """Raise NotFoundError, SettledAlreadyError and what the remedy refuses with."""
    async with store.begin() as tx:
        finding = await tx.balances.finding(finding_id)
        if finding is None:
            raise NotFoundError
        if wish.remedy not in finding.remedies:
            raise SettledAlreadyError
        state = await _REMEDIES[wish.remedy](tx, finding, wish)
        told = replace(
            finding,
            state=state,
            actor=wish.actor.name,
            note=clean.line(wish.note, _LONGEST_NOTE) or finding.note,
            settled_at=wish.now if state is not FindingState.OPEN else None,
        )
        await tx.balances.save_finding(told)
        await tx.audit.add(_trail(told, wish))
    return told


async def _explain(_tx: Tx, _finding: Finding, wish: Wish) -> FindingState:
    if clean.line(wish.note) is None:
        raise NoReasonError(field="note")
    return FindingState.EXPLAINED


async def _adopt(tx: Tx, finding: Finding, wish: Wish) -> FindingState:
    recording = await _recording(tx, finding)
    kept = await tx.calls.get(wish.call_id) if wish.call_id else None
    if kept is None or kept.call.pbx != recording.pbx:
        raise NotFoundError("there is no such call")
    await give_to(tx, recording, kept, "given to this call by hand", wish.now)
    return FindingState.FIXED


async def _look(tx: Tx, finding: Finding, wish: Wish) -> FindingState:
    """It is waited for anew, and is open until it comes."""
    recording = await _recording(tx, finding)
    if recording.state is RecordingState.MISSING:
        waited = replace(recording, state=RecordingState.WAITING, detail=None, created_at=wish.now)
        await tx.recordings.save(waited)
        tx.changes.add("recording", recording.id, wish.now)
    return FindingState.OPEN


async def _believe(tx: Tx, finding: Finding, wish: Wish) -> FindingState:
    """The call as CEL alone tells it: without holding and without phones that rang in vain."""
    witness = await _witness(tx, finding)
    said, known = witness.said, witness.call_id
    call = made(said, known or said.call_id or call_id(said.pbx, witness.boot, said.linkedid), witness.boot)
    await keep_call(tx, call, wish.directory)
    await tx.witnesses.keep([replace(witness, call_id=call.id, state=WitnessState.CORRECTED)])
    return FindingState.FIXED


async def _witness(tx: Tx, finding: Finding) -> Witness:
    found = finding.found
    if found.call_id:
        some = (await tx.witnesses.of_calls([found.call_id])).get(found.call_id, ())
    else:
        some = await tx.witnesses.between(found.at, found.at + _MOMENT, found.pbx)
    for one in some:
        if str(one.id) == found.subject or one.state is WitnessState.DISPUTED:
            return one
    raise NotFoundError


async def _close(tx: Tx, finding: Finding, wish: Wish) -> FindingState:
    kept = await tx.calls.get(finding.found.call_id) if finding.found.call_id else None
    if kept is None:
        raise NotFoundError("there is no such call")
    call = kept.call
    if call.id in wish.going_on.get(call.pbx, ()):
        raise StillGoesOnError
    if call.ended_at is None:
        await tx.calls.keep(_closed(kept), await tx.communications.get(call.id))
        tx.changes.add("call", call.id, wish.now)
    return FindingState.FIXED


def _closed(kept: KeptCall) -> KeptCall:
    """At its last sign of life: what came after it nobody knows."""
    call, end = kept.call, last_moment(kept.call)
    legs = tuple(
        replace(
            one,
            leg=replace(one.leg, ended_at=one.leg.ended_at or end, end_reason=one.leg.end_reason or "hangup"),
        )
        for one in kept.legs
    )
    return replace(kept, legs=legs, call=_ended(call, end, tuple(one.leg for one in legs)))


def _ended(call: Call, end: datetime, legs: tuple[Any, ...]) -> Call:
    return replace(
        call,
        ended_at=end,
        disposition=call.disposition or (Disposition.ANSWERED if call.answered_at else Disposition.FAILED),
        legs=legs,
        talks=tuple(replace(one, ended_at=one.ended_at or max(end, one.started_at)) for one in call.talks),
        uncertain=(*call.uncertain, CLOSED),
    )


async def _recording(tx: Tx, finding: Finding) -> Recording:
    recording = await tx.recordings.get(finding.found.recording_id) if finding.found.recording_id else None
    if recording is None:
        raise NotFoundError("there is no such recording")
    return recording


def _trail(finding: Finding, wish: Wish) -> AuditEntry:
    after = {"kind": finding.found.kind.value, "did": wish.remedy.value, "note": finding.note}
    return AuditEntry(
        id=new_id(wish.now),
        at=wish.now,
        actor=wish.actor,
        action="settle",
        kind="balance",
        record_id=finding.id,
        after={name: value for name, value in after.items() if value},
    )


_REMEDIES: Mapping[Remedy, Callable[[Tx, Finding, Wish], Awaitable[FindingState]]] = {
    Remedy.EXPLAIN: _explain,
    Remedy.ADOPT: _adopt,
    Remedy.LOOK: _look,
    Remedy.CLOSE: _close,
    Remedy.CEL: _believe,
}
