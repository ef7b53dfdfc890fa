# SPDX-License-Identifier: Apache-2.0
"""Keep a call in a transaction: the call, whose legs they were, its communication, the recordings and the message."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from crm_core.domain.call import Call, Direction, Disposition
from crm_core.domain.call_history import KeptCall, KeptLeg, Recalled, started
from crm_core.domain.communication import Communication, CommunicationKind, choose_owner
from crm_core.domain.correction import seen_by
from crm_core.domain.directory import Directory
from crm_core.domain.ids import new_id
from crm_core.domain.missed import MissedItem
from crm_core.domain.recording import Recording, RecordingState
from crm_core.domain.recording_name import parse_recording_name
from crm_core.domain.voicemail import message_of
from crm_core.ports.store import Tx
from crm_core.usecases.access_call import manager_of
from crm_core.usecases.access_voicemail import MessageTold, told
from crm_core.usecases.assign_caller import heed_first_talk, make_lead
from crm_core.usecases.keep_missed import keep_missed

_RECORDED = frozenset({Disposition.ANSWERED, Disposition.VOICEMAIL})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was written; `communication` is None for internal calls and for outside numbers that stay unknown."""

    kept: KeptCall
    communication: Communication | None
    missed: Sequence[MissedItem] = ()  # items of the ledger that changed by it
    message: MessageTold | None = None  # that was left, and was not known before


async def keep_call(
    tx: Tx, call: Call, directory: Directory, *, merged: UUID | None = None
) -> Outcome | None:
    """Add or overwrite by the call's id, so that replays are ordinary. None: what is kept is newer than this.

    What the second witness said of it stays said: a call that AMI tells late, or again, is put right at once.
    """
    if call.ended_at:
        call = seen_by(call, await tx.witnesses.said_of(call.id))
    at = last_moment(call)
    e164 = directory.normalise(call.client_number, directory.region_of(call.pbx))
    client = None if e164 is None or directory.is_own(e164) else e164
    known = await tx.calls.recall(call, client)
    if known.is_newer_than(call):
        return None
    kept = _with_users(call, known, client)
    earlier = await tx.communications.get(merged) if merged else None
    communication = await _communication(tx, kept, known, earlier, place=_place(call, directory))
    if communication and call.ended_at and known.ended_at is None:  # a replay gives nobody away again
        await heed_first_talk(tx, kept, communication, at)
    await tx.calls.keep(kept, communication)
    tx.changes.add("call", call.id, at)
    if communication:
        tx.changes.add("communication", call.id, at)
    if merged:
        await _take_over(tx, merged, earlier, call.id, at)
    if call.ended_at and call.disposition in _RECORDED:
        await _expect_recordings(tx, call, at)
    message = await _message(tx, call, communication, _place(call, directory), at)
    changed = await keep_missed(tx, kept, communication, at, merged=merged)
    return Outcome(kept, communication, changed, message)


def last_moment(call: Call) -> datetime:
    """The latest thing that this snapshot knows of: the time of what is written about it."""
    times = [call.ended_at, call.answered_at, *(leg.answered_at for leg in call.legs)]
    return max((time for time in times if time), default=started(call))


def _with_users(call: Call, known: Recalled, client: str | None) -> KeptCall:
    legs = tuple(KeptLeg(leg, user) for leg, user in zip(call.legs, known.users, strict=True))
    talked = [
        one for one in legs if one.user_id and one.leg.answered_at and one.leg.talk_s + one.leg.hold_s > 0
    ]
    talking = talked or [one for one in legs if one.user_id and one.leg.answered_at and not call.ended_at]
    first = min(talking, key=lambda one: one.leg.answered_at or started(call), default=None)
    return KeptCall(
        call=call, legs=legs, client_e164=client, answered_user_id=first.user_id if first else None
    )


async def _communication(
    tx: Tx, kept: KeptCall, known: Recalled, earlier: Communication | None, *, place: str | None
) -> Communication | None:
    """One communication for a call with a client; whose it is was decided when it was first seen."""
    call, e164 = kept.call, kept.client_e164
    if e164 is None:
        return None
    facts: dict[str, Any] = {
        "user_id": kept.answered_user_id or _dialled_by(kept),
        "e164": e164,
        "place": place,
        "started_at": started(call),
        "duration_s": call.talk_s + call.hold_s if call.ended_at else None,
        "updated_at": last_moment(call),
    }
    if known.communication:
        return replace(known.communication, **facts)
    whose = _chosen(earlier) if earlier else await _whose(tx, kept, known, e164, place)
    if whose is None:
        return None
    return Communication(id=call.id, kind=CommunicationKind.CALL, call_id=call.id, **facts, **whose)


def _chosen(earlier: Communication) -> dict[str, Any]:
    """What people chose, or what was decided, about the younger part of a joined call."""
    whose = ("contact_id", "company_id", "lead_id", "in_statistics")
    names = (*whose, "result", "note", "next_at", "context_kind", "context_id")
    return {name: getattr(earlier, name) for name in names}


def _dialled_by(kept: KeptCall) -> UUID | None:
    """Of an outbound call that nobody answered: who dialled."""
    mine = (one.user_id for one in kept.legs if one.user_id)
    return next(mine, None) if kept.call.direction is Direction.OUTBOUND else None


async def _whose(
    tx: Tx, kept: KeptCall, known: Recalled, e164: str, place: str | None
) -> dict[str, Any] | None:
    """Whose timeline it belongs to; only somebody who calls us becomes a lead."""
    owner = choose_owner(known.contacts, known.companies)
    if owner:
        return {"contact_id": owner.contact_id, "company_id": owner.company_id}
    lead = known.lead
    if lead is None and kept.call.direction is Direction.INBOUND:
        lead = await make_lead(tx, e164, kept, place, last_moment(kept.call))
    return {"lead_id": lead.id, "in_statistics": lead.status.counts} if lead else None


async def _take_over(tx: Tx, younger: UUID, earlier: Communication | None, into: UUID, at: datetime) -> None:
    """The younger call is part of this one from now on; its own communication gives way."""
    await tx.calls.merge(younger, into)
    await tx.voicemails.remove(younger)
    if earlier:
        await tx.communications.remove(younger)
        tx.changes.add("communication", younger, at)
    tx.changes.add("call", younger, at)


async def _message(
    tx: Tx, call: Call, communication: Communication | None, did: str | None, at: datetime
) -> MessageTold | None:
    """Into the inbox: to the client's manager, else to whoever answers for the number called."""
    if call.disposition is not Disposition.VOICEMAIL:
        return None
    manager = await manager_of(tx, communication) if communication else None
    person = await tx.people.user(manager) if manager else None
    left = message_of(call, did, person.id if person and not person.archived_at else None, at)
    if left is None or not await tx.voicemails.expect(left):
        return None
    tx.changes.add("voicemail", left.id, at)
    return await told(tx, left)


async def _expect_recordings(tx: Tx, call: Call, at: datetime) -> None:
    for path in call.recordings:
        name = parse_recording_name(PurePosixPath(path).name)
        if name is None:
            continue
        waited = Recording(
            id=new_id(at),
            call_id=call.id,
            pbx=call.pbx,
            linkedid=name.linkedid,
            uniqueid=name.uniqueid,
            state=RecordingState.WAITING,
            source_name=name.name,
            created_at=at,
        )
        if await tx.recordings.expect(waited):
            tx.changes.add("recording", waited.id, at)


def _place(call: Call, directory: Directory) -> str | None:
    """Our number: the one that was called, else the line that was used."""
    if call.direction is Direction.OUTBOUND:
        return call.trunk
    return directory.normalise(call.dialled, directory.region_of(call.pbx)) or call.dialled
