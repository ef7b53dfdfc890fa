# SPDX-License-Identifier: Apache-2.0
"""Phones that are rung, and how each ringing ended."""

import re

from crm_core.domain.call import CallStarted, LegKind, LegRang
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.call_tracker.legs import end_leg, note_result
from pbx_bridge.call_tracker.model import Channel, LeftFrom, LegNote, OpenCall
from pbx_bridge.call_tracker.queues import join_queue
from pbx_bridge.call_tracker.state import LOST, State
from pbx_bridge.profile import Place, dialled_number

_NUMBER = re.compile(r"[+*#]?[0-9*#]+")


def dial_begin(state: State, e: AmiEvent) -> None:
    dialler = state.channel_of(e) if e.get("Uniqueid") else None
    target = state.channel_of(e, "Dest")
    if target is None:
        return
    call = state.join(dialler.call, target.call) if dialler else target.call
    if target.uniqueid in call.dials:
        return
    if dialler:
        dialler.dying = False
    _begin_step(call, dialler)
    call.dials[target.uniqueid] = dialler.uniqueid if dialler else ""
    if not target.is_person:
        return
    if call.caller_leg is None:
        _begin_originated(state, call, target)
    leg = _ring(state, call, target, e)
    _learn_dialled(call, dialler, leg, e)
    if leg is not call.caller_leg or call.originated:
        state.emit(LegRang, call, leg=leg.snapshot())


def _begin_step(call: OpenCall, dialler: Channel | None) -> None:
    if not call.dials:
        call.step = []
        call.steps += 1
        call.step_is_queue = bool(dialler and dialler.queue)


def _begin_originated(state: State, call: OpenCall, target: Channel) -> None:
    """Nobody called: we, or another program, asked Asterisk to ring this phone first."""
    call.originated = True
    leg = state.leg_of(target)
    if leg.kind is LegKind.OPERATOR:
        call.caller_leg = leg
        call.caller = leg.party
        state.emit(CallStarted, call)


def _ring(state: State, call: OpenCall, target: Channel, e: AmiEvent) -> LegNote:
    leg = state.leg_of(target)
    leg.dialled = True
    leg.rang_at = leg.rang_at or state.at
    if leg.kind is LegKind.EXTERNAL:
        leg.party = dialled_number(e.get("DialString")) or leg.party
    call.step.append(leg)
    return leg


def _learn_dialled(call: OpenCall, dialler: Channel | None, leg: LegNote, e: AmiEvent) -> None:
    if leg.kind is LegKind.EXTERNAL and not call.from_outside and call.trunk is None:
        call.trunk = leg.device
    if call.dialled is not None or leg is call.caller_leg:
        return
    exten = e.get("Exten") if dialler and (dialler.leg is call.caller_leg or not dialler.is_person) else ""
    if not _NUMBER.fullmatch(exten):  # a step of our dialplan, an `s`, a feature's name
        exten = leg.party or ""
    call.dialled = exten or None


def agent_called(state: State, e: AmiEvent) -> None:
    """A queue rings a member; DialBegin tells the same, but either may be lost."""
    dialler = state.channel_of(e)
    if dialler and e.get("Queue"):
        join_queue(dialler, e["Queue"], state.at)


def dial_end(state: State, e: AmiEvent) -> None:
    target = state.channels.get(e["DestUniqueid"])
    if target is None:
        return
    call = target.call
    dialler = state.channel_of(e) if e.get("Uniqueid") else None
    if dialler:
        call = state.join(dialler.call, call)
    call.dials.pop(target.uniqueid, None)
    if target.leg is None and not target.is_person:
        _note_dying(state, target, e)
        return
    leg = target.leg or _ring_unseen(state, call, target, e)
    leg.status = leg.status or e["DialStatus"]
    _note_dying(state, target, e)
    if leg.status == "ANSWER" or leg.has_talked:
        _tell_losers(call)
        return
    note_result(leg)
    if e.get("Forward"):
        leg.reason = "forwarded"
    elif leg.status == "CANCEL":
        leg.reason = _why_cancelled(call, leg, dialler)
    end_leg(state, call, leg, leg.reason)


def _note_dying(state: State, target: Channel, e: AmiEvent) -> None:
    if e["DialStatus"] != "ANSWER":
        state.mark_dying(target)


def _ring_unseen(state: State, call: OpenCall, target: Channel, e: AmiEvent) -> LegNote:
    """Its DialBegin was lost, or it took the call by pickup."""
    if target.place is not Place.EXTENSION:
        call.doubt(LOST)  # DialBegin would have told the number
    leg = _ring(state, call, target, e)
    leg.rang_at = target.born_at
    call.steps = max(call.steps, 1)
    return leg


def _tell_losers(call: OpenCall) -> None:
    """Asterisk may say that the others were cancelled before it says who answered."""
    for other in call.step:
        if other.reason == "cancelled":
            other.reason = "answered_elsewhere"
    if call.left_from is LeftFrom.RING and not (call.caller_leg and call.caller_leg.asked):
        call.left_from = None


def _why_cancelled(call: OpenCall, leg: LegNote, dialler: Channel | None) -> str:
    if any(other.status == "ANSWER" for other in call.step):
        return "answered_elsewhere"
    if dialler and dialler.leg is call.caller_leg is not leg:
        # Whoever called gave up. With no request to hang up seen, this is how we know it.
        if call.left_from is None and not call.has_talked:
            call.left_from = LeftFrom.QUEUE if dialler.queue else LeftFrom.RING
        return "cancelled"
    return "cancelled" if call.left_from else "no_answer"  # a Local half stopped: the dial behind it was over


def originate_response(state: State, e: AmiEvent) -> None:
    """Says which number was meant, even when the operator never picked up."""
    channel = state.channels.get(e["Uniqueid"]) or _refused_at_once(state, e)
    if channel is None:
        return
    exten = e.get("Exten")
    if e.get("Response") == "Failure":
        state.mark_dying(channel)
    if channel.call.originated and channel.call.dialled is None and exten not in {"", "s"}:
        channel.call.dialled = exten


def _refused_at_once(state: State, e: AmiEvent) -> Channel | None:
    """A phone that declines before it rings leaves no id here, only what was asked for: 'PJSIP/101'."""
    if e.get("Response") != "Failure":
        return None
    for channel in reversed(state.channels.values()):
        if channel.origin and channel.dying and channel.device == e.get("Channel"):
            return channel
    return None
