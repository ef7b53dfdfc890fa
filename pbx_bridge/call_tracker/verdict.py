# SPDX-License-Identifier: Apache-2.0
"""What a call came to: direction, disposition, who hung up; and the snapshot others see. Words: DESIGN section 3."""

from crm_core.domain.call import (
    Call,
    Direction,
    Disposition,
    HangupBy,
    LegKind,
    Pause,
    TalkSegment,
    Transfer,
)
from pbx_bridge.call_tracker.model import Contact, LeftFrom, LegNote, OpenCall, TransferNote
from pbx_bridge.profile import PbxProfile

_LEFT = {
    LeftFrom.QUEUE: Disposition.ABANDONED,
    LeftFrom.MENU: Disposition.ABANDONED,
    LeftFrom.RING: Disposition.CANCELLED,
}
# A step of several phones came to the kindest of their results.
_BEST_FIRST = {
    "no_answer": Disposition.NO_ANSWER,
    "cancelled": Disposition.NO_ANSWER,
    "answered_elsewhere": Disposition.NO_ANSWER,
    "hangup": Disposition.NO_ANSWER,
    "busy": Disposition.BUSY,
    "rejected": Disposition.REJECTED,
    "failed": Disposition.FAILED,
}
# No phone was rung at all: what the caller was told.
_BY_CAUSE = dict.fromkeys(("", "0", "16", "18", "19", "26", "31", "127"), Disposition.NO_ANSWER) | {
    "17": Disposition.BUSY,
    "21": Disposition.REJECTED,
}


class Verdict:
    """Makes snapshots; knows the profile because 'outbound' depends on what an outside number looks like."""

    def __init__(self, profile: PbxProfile) -> None:
        self._profile = profile

    def snapshot(self, call: OpenCall, pbx: str) -> Call:
        direction = self.direction(call)
        disposition = disposition_of(call) if call.ended else None
        wait = call.answered if call.has_talked else call.ended_t
        return Call(
            id=call.id,
            pbx=pbx,
            boot=call.boot,
            linkedids=tuple(call.linkedids),
            direction=direction,
            caller=call.caller,
            caller_name=call.caller_name,
            dialled=call.dialled,
            trunk=call.trunk,
            queue=call.queue,
            answered_by=call.answered_by.party if call.answered_by else None,
            final_party=_final_party(call, direction),
            disposition=disposition,
            missed=call.ended and direction is Direction.INBOUND and not call.has_talked,
            started_at=call.started_at,
            answered_at=call.answered_at,
            ended_at=call.ended_at,
            wait_s=None if wait is None or call.started is None else round(wait - call.started, 3),
            talk_s=round(call.talk, 3),
            hold_s=round(call.hold, 3),
            hangup_by=_hangup_by(call, direction, disposition) if disposition else None,
            transfers=tuple([transfer_of(one) for one in call.transfers]) if call.transfers else (),
            legs=tuple([leg.snapshot() for leg in call.legs if leg.shown]),
            talks=_segments(call) if call.talks else (),
            pauses=_pauses(call) if call.pauses else (),
            recordings=tuple(call.recordings),
            uncertain=tuple(call.uncertain),
        )

    def direction(self, call: OpenCall) -> Direction:
        if call.from_outside:
            return Direction.INBOUND
        if any(leg.kind is LegKind.EXTERNAL for leg in call.legs):
            return Direction.OUTBOUND
        if call.dialled is None:
            return Direction.OUTBOUND if call.originated else Direction.INTERNAL
        rung = any(leg.kind is LegKind.OPERATOR and leg is not call.caller_leg for leg in call.legs)
        outside = not rung and self._profile.is_outside(call.dialled)
        return Direction.OUTBOUND if outside else Direction.INTERNAL


def _segments(call: OpenCall) -> tuple[TalkSegment, ...]:
    return tuple(
        [TalkSegment(started_at=one.started_at, ended_at=one.ended_at, party=one.party) for one in call.talks]
    )


def _pauses(call: OpenCall) -> tuple[Pause, ...]:
    return tuple(
        [Pause(kind=one.kind, started_at=one.started_at, ended_at=one.ended_at) for one in call.pauses]
    )


def transfer_of(note: TransferNote) -> Transfer:
    return Transfer(kind=note.kind, by=note.by_party, to=note.to, completed=note.completed, at=note.at)


def disposition_of(call: OpenCall) -> Disposition:
    if call.has_talked:
        return Disposition.ANSWERED
    if call.voicemail:
        return Disposition.VOICEMAIL
    if call.left_from:
        return _LEFT[call.left_from]
    return _last_step(call)


def _last_step(call: OpenCall) -> Disposition:
    if not call.steps:
        return _BY_CAUSE.get(call.failed_cause, Disposition.FAILED)
    reasons = set() if call.step_is_queue else {leg.reason for leg in call.step}
    results = (disposition for reason, disposition in _BEST_FIRST.items() if reason in reasons)
    return next(results, Disposition.NO_ANSWER)


def _final_party(call: OpenCall, direction: Direction) -> str | None:
    """Whom the call ended with, seen from the caller; after the caller handed it over, who took it."""
    if call.pair is None:
        return None
    client, other = call.pair
    if direction is Direction.OUTBOUND and (other is call.caller_leg or other.party == call.caller):
        return client.party
    if direction is Direction.INTERNAL and other is call.caller_leg:
        return client.party
    return other.party


def _hangup_by(call: OpenCall, direction: Direction, disposition: Disposition) -> HangupBy:
    if disposition is Disposition.ANSWERED:
        return _ended_talk(call, direction)
    if call.left_from or (call.caller_leg and call.caller_leg.asked and not call.caller_leg.dialled):
        return HangupBy.CALLER
    if call.steps and disposition in {Disposition.BUSY, Disposition.REJECTED}:
        return HangupBy.CALLEE
    return HangupBy.SYSTEM


def _ended_talk(call: OpenCall, direction: Direction) -> HangupBy:
    if call.pair is None:
        return HangupBy.SYSTEM
    asked = [leg for leg in call.pair if leg.asked and not leg.transferred]
    left = [leg for leg in call.pair if leg.left and not leg.transferred and leg.contact is Contact.NONE]
    first = min(asked, key=lambda leg: leg.asked) if asked else None
    if first is None and len(left) == len(call.pair) and not call.cut:
        first = min(left, key=lambda leg: leg.left)
    if first is None:
        return HangupBy.SYSTEM
    return HangupBy.CALLER if _is_caller_side(call, direction, first) else HangupBy.CALLEE


def _is_caller_side(call: OpenCall, direction: Direction, leg: LegNote) -> bool:
    if direction is Direction.OUTBOUND:
        return leg.kind is LegKind.OPERATOR
    return leg is call.caller_leg
