# SPDX-License-Identifier: Apache-2.0
"""A call put right by the second witness, CEL. Pure.

What only AMI knows (hold, ringing, attempts without a channel, detail of queues) is never taken from CEL; where AMI
was away for a part of the call, nobody knows it, and the call says so.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from uuid import UUID

from crm_core.domain.call import Call, Direction, Disposition, HangupBy, Leg, Transfer
from crm_core.domain.differences import (
    LATE,
    differences,
    hangup_by,
    is_believed,
    is_client,
    is_near,
    leg_of,
    transfers,
    unnamed,
    within,
)
from crm_core.domain.witness import WITHIN_S, DifferenceKind, WitnessedCall, WitnessedLeg

SETTLED = frozenset(
    {"lost_events", LATE, "gap", "start_unseen", "end_unseen"}
)  # doubts that CEL lays to rest
HOLD, ATTEMPTS = "hold", "attempts"  # what nobody could know
_RESTARTED = "pbx_restarted"
_OF_THE_ANSWER = frozenset(
    {
        DifferenceKind.ANSWER,
        DifferenceKind.ANSWERED_BY,
        DifferenceKind.FINAL_PARTY,
        DifferenceKind.START,
        DifferenceKind.TALK,
    }
)
_OF_THE_END = frozenset(
    {DifferenceKind.END, DifferenceKind.OPEN, DifferenceKind.ANSWER, DifferenceKind.HANGUP_BY}
)
_UNKNOWN_END = frozenset({None, "unknown"})
_BY_REASON = {
    "no_answer": Disposition.NO_ANSWER,
    "busy": Disposition.BUSY,
    "rejected": Disposition.REJECTED,
}


def corrected(call: Call, said: WitnessedCall) -> Call:
    """Only what CEL knows changes; nothing at all where the two agree and no doubt was left."""
    kinds = {one.kind for one in differences(call, said) if not one.disputed}
    doubts = SETTLED & set(call.uncertain) if said.whole or said.cut else frozenset[str]()
    if not kinds and not doubts:
        return call
    joined = tuple(dict.fromkeys((*call.linkedids, *said.linkedids)))
    call = replace(
        call,
        linkedids=joined,
        legs=_legs(call, said, every=bool(doubts), down=is_believed(call, said)),
        transfers=_all_transfers(call, said),
    )
    call = replace(call, recordings=(*call.recordings, *unnamed(call, said)))
    if DifferenceKind.DIRECTION in kinds or "start_unseen" in doubts:
        call = _as_it_began(call, said)
    if doubts:
        call = replace(call, trunk=call.trunk or said.trunk, queue=call.queue or said.queue)
    if kinds & {DifferenceKind.START, DifferenceKind.END, DifferenceKind.OPEN}:
        call = replace(call, started_at=said.started_at, ended_at=said.ended_at)
    if kinds & _OF_THE_ANSWER:
        call = _answered(call, said)
    if DifferenceKind.TALK in kinds:
        talk, hold = _split(call.hold_s, said.talk_s, said.alone_s)
        call = replace(call, talk_s=talk, hold_s=hold, talks=said.talks)
    if kinds & _OF_THE_END or doubts:
        call = _ended(call, said, doubted=bool(doubts))
    return replace(call, uncertain=_still_uncertain(call, said, kinds, doubts))


def seen_by(call: Call, said: Sequence[WitnessedCall]) -> Call:
    """Of several, each saw a part only: then nobody is believed."""
    return corrected(call, said[0]) if len(said) == 1 else call


def made(said: WitnessedCall, call_id: UUID, boot: str) -> Call:
    """A call that AMI saw nothing of."""
    bare = Call(
        id=call_id,
        pbx=said.pbx,
        boot=boot,
        linkedids=said.linkedids,
        direction=said.direction,
        caller=said.caller,
        caller_name=said.caller_name,
        dialled=said.dialled,
        trunk=said.trunk,
        queue=said.queue,
        started_at=said.started_at,
        uncertain=("gap",),
    )
    return corrected(bare, said)


def _as_it_began(call: Call, said: WitnessedCall) -> Call:
    return replace(
        call,
        direction=said.direction,
        caller=call.caller or said.caller if call.direction is said.direction else said.caller,
        caller_name=call.caller_name or said.caller_name,
        dialled=said.dialled or call.dialled,
        trunk=said.trunk,
    )


def _answered(call: Call, said: WitnessedCall) -> Call:
    until = said.answered_at or said.ended_at
    return replace(
        call,
        answered_at=said.answered_at,
        answered_by=said.answered_by if said.answered_at else None,
        final_party=said.final_party if said.answered_at else None,
        wait_s=round((until - said.started_at).total_seconds(), 3),
    )


def _ended(call: Call, said: WitnessedCall, *, doubted: bool) -> Call:
    disposition = _disposition(call, said, doubted=doubted)
    missed = call.direction is Direction.INBOUND and disposition is not Disposition.ANSWERED
    by = hangup_by(said) or (HangupBy.CALLER if said.left_from else None) or call.hangup_by or HangupBy.SYSTEM
    return replace(call, disposition=disposition, missed=missed, hangup_by=by)


def _disposition(call: Call, said: WitnessedCall, *, doubted: bool) -> Disposition:
    if call.answered_at:
        return Disposition.ANSWERED
    told = call.disposition
    if told and (told is Disposition.VOICEMAIL or (told is not Disposition.ANSWERED and not doubted)):
        return told
    if said.voicemail:
        return Disposition.VOICEMAIL
    if said.left_from:
        return Disposition.CANCELLED if said.left_from == "ring" else Disposition.ABANDONED
    rung = [leg.end_reason for leg in said.legs if leg.dialled]
    found = (disposition for reason, disposition in _BY_REASON.items() if reason in rung)
    return next(found, told or (Disposition.NO_ANSWER if said.queue else Disposition.FAILED))


def _split(hold: float, together: float, alone: float) -> tuple[float, float]:
    """Talk and hold: CEL knows their sum, AMI what it saw of hold."""
    held = min(max(hold, alone), together + alone)
    return round(together + alone - held, 3), round(held, 3)


def _legs(call: Call, said: WitnessedCall, *, every: bool, down: bool) -> tuple[Leg, ...]:
    legs = list(call.legs)
    for theirs in said.legs:
        ours = leg_of(legs, theirs)
        if ours and is_client(call, said, theirs):  # its beginning was not seen: who calls is no leg
            legs.remove(ours)
        elif ours:
            legs[legs.index(ours)] = _leg_corrected(ours, theirs, within(call), down=down)
        elif (every or theirs.talk_s > WITHIN_S) and not is_client(call, said, theirs):
            legs.insert(_place(legs, theirs), _leg_made(theirs))
    return tuple(legs)


def _leg_corrected(ours: Leg, theirs: WitnessedLeg, within_s: float, *, down: bool) -> Leg:
    had = ours.talk_s + ours.hold_s
    if is_near(had, theirs.talk_s, theirs.alone_s, within_s) or (had > theirs.talk_s and not down):
        talk, hold, answered_at = ours.talk_s, ours.hold_s, ours.answered_at
    else:
        talk, hold = _split(ours.hold_s, theirs.talk_s, theirs.alone_s)
        answered_at = theirs.answered_at
    end_unseen = ours.end_reason in _UNKNOWN_END
    return replace(
        ours,
        party=ours.party if _is_number(ours.party) else theirs.party,
        talk_s=talk,
        hold_s=hold,
        answered_at=answered_at,
        ended_at=theirs.ended_at if end_unseen or ours.ended_at is None else ours.ended_at,
        end_reason=theirs.end_reason if end_unseen else ours.end_reason,
    )


def _is_number(party: str | None) -> bool:
    return party is not None and any(char.isdigit() for char in party)


def _leg_made(theirs: WitnessedLeg) -> Leg:
    talk, hold = _split(0.0, theirs.talk_s, theirs.alone_s)
    return Leg(
        uniqueid=theirs.uniqueid,
        device=theirs.device,
        party=theirs.party,
        kind=theirs.kind,
        rang_at=theirs.began_at if theirs.dialled else None,
        answered_at=theirs.answered_at,
        ended_at=theirs.ended_at,
        talk_s=talk,
        hold_s=hold,
        end_reason=theirs.end_reason,
    )


def _place(legs: list[Leg], theirs: WitnessedLeg) -> int:
    """Where it stands in order of beginning; legs without a time stay where they are."""
    for position, leg in enumerate(legs):
        began = leg.rang_at or leg.answered_at
        if began and began > theirs.began_at:
            return position
    return len(legs)


def _all_transfers(call: Call, said: WitnessedCall) -> tuple[Transfer, ...]:
    found = list(call.transfers)
    for theirs, ours in transfers(call, said):
        if ours is None:
            found.append(theirs)
        elif theirs.completed and not ours.completed:
            found[found.index(ours)] = replace(ours, completed=True, to=ours.to or theirs.to)
    return tuple(found)


def _still_uncertain(
    call: Call, said: WitnessedCall, kinds: set[DifferenceKind], doubts: AbstractSet[str]
) -> tuple[str, ...]:
    left = [reason for reason in call.uncertain if reason not in doubts]
    late = doubts == {LATE}  # all was told, only not in time
    blind = bool(doubts) and not late  # AMI was away, or lost something, for a part of it
    unsure = call.hold_s if late else blind or kinds & {DifferenceKind.TALK, DifferenceKind.LEG_TALK}
    if said.talk_s and unsure:
        left.append(HOLD)
    if blind:
        left.append(ATTEMPTS)
    if said.cut:
        left.append(_RESTARTED)
    return tuple(dict.fromkeys(left))
