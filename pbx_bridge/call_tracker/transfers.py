# SPDX-License-Identifier: Apache-2.0
"""Transfers, pickup and parking: what joins calls and hands them on."""

from crm_core.domain.call import CallTransferred, TransferKind
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.call_tracker.legs import end_leg
from pbx_bridge.call_tracker.model import Channel, LegNote, OpenCall, TransferNote
from pbx_bridge.call_tracker.state import State
from pbx_bridge.call_tracker.talking import client_leg, partners, settle
from pbx_bridge.call_tracker.verdict import transfer_of


def blind_transfer(state: State, e: AmiEvent) -> None:
    by = state.channel_of(e, "Transferer")
    if by is None or e.get("Result", "Success") != "Success":
        return
    call = by.call
    transferee = state.channel_of(e, "Transferee") if e.get("TransfereeUniqueid") else None
    if transferee:
        call = state.join(call, transferee.call)
        transferee.dying, transferee.sent_on = False, True
    leg = state.leg_of(by) if by.is_person else None
    leg = leg or _leg_behind(state, by)
    to = e.get("Extension") or None
    note = TransferNote(TransferKind.BLIND, leg, leg.party if leg else None, to, state.at)
    _record(state, call, note)


def attended_transfer(state: State, e: AmiEvent) -> None:
    if e.get("Result", "Success") != "Success":
        return
    first, second = state.channel_of(e, "OrigTransferer"), state.channel_of(e, "SecondTransferer")
    if first is None and second is None:
        return
    call = (first or second).call  # type: ignore[union-attr]  # one of them is there
    for channel in (second, _named(state, e, "Transferee"), _named(state, e, "TransferTarget")):
        if channel:
            call = state.join(call, channel.call)
    by = _leg_of(state, first) or _leg_of(state, second)
    for channel in (first, second):
        if channel and channel.leg:
            channel.leg.transferred = True
    consult, call.consult = call.consult, None
    transferee = _named(state, e, "Transferee")
    to = _colleague(state, e, call, transferee) or _target(state, e, second, first)
    to = to or (consult.to if consult else None)
    note = TransferNote(TransferKind.ATTENDED, by, by.party if by else None, to, state.at)
    if transferee:
        _hand_over(state, note, second, transferee)
    _record(state, call, note)
    settle(state, call)


def _colleague(state: State, e: AmiEvent, call: OpenCall, transferee: Channel | None) -> str | None:
    """Asked for from the consultation's side, the client is the 'target' and the colleague is the 'transferee'."""
    target = _named(state, e, "TransferTarget")
    if target is None or target.leg is None or target.leg is not client_leg(call):
        return None
    colleague = _leg_of(state, transferee)
    return colleague.party if colleague else None


def _hand_over(state: State, note: TransferNote, second: Channel | None, transferee: Channel) -> None:
    if second and second.queue:
        transferee.queue, second.queue = second.queue, ""  # it takes the asker's place in the queue
    if any(other.leg is not note.by for other in partners(state, transferee)):
        note.completed, note.pending = True, False


def _record(state: State, call: OpenCall, note: TransferNote) -> None:
    for earlier in call.transfers:
        earlier.pending = False
    if note.by:
        note.by.transferred = True
    call.transfers.append(note)
    state.emit(CallTransferred, call, transfer=transfer_of(note))


def _named(state: State, e: AmiEvent, prefix: str) -> Channel | None:
    return state.channel_of(e, prefix) if e.get(prefix + "Uniqueid") else None


def _leg_of(state: State, channel: Channel | None) -> LegNote | None:
    if channel is None:
        return None
    return state.leg_of(channel) if channel.is_person else _leg_behind(state, channel)


def _leg_behind(state: State, channel: Channel) -> LegNote | None:
    """The person behind a Local half: of the other half's bridge, or rung by it."""
    mate = state.channels.get(channel.mate)
    if mate is None:
        return None
    if mate.bridge:
        for member in mate.bridge.members.values():
            if member.is_person:
                return member.leg
    for uniqueid, dialler in channel.call.dials.items():
        rung = state.channels.get(uniqueid)
        if dialler == mate.uniqueid and rung and rung.leg:
            return rung.leg
    return None


def _target(state: State, e: AmiEvent, second: Channel | None, first: Channel | None) -> str | None:
    target = _named(state, e, "TransferTarget")
    leg = _leg_of(state, target)
    if leg:
        return leg.party
    if target and target.exten:
        return target.exten
    if second and second is not first and second.exten not in {"", "s"}:
        return second.exten
    for dest, dialler in (second.call.dials if second else {}).items():
        rung = state.channels.get(dest)
        if second and dialler == second.uniqueid and rung and rung.leg:
            return rung.leg.party
    return e.get("SecondTransfererExten") or None


def pickup(state: State, e: AmiEvent) -> None:
    """Somebody took a call that rang at a colleague's phone (FACTS F3, F4)."""
    taker, target = state.channel_of(e), state.channel_of(e, "Target")
    if taker is None or target is None:
        return
    call = state.join(taker.call, target.call)
    if taker.is_person:  # a Local half takes it for somebody who is rung behind it
        leg = state.leg_of(taker)
        leg.rang_at = leg.rang_at or state.at
        leg.dialled = True  # it stands in the rung phone's place now, and ends with the talk
    state.mark_dying(target)
    if target.leg and not target.leg.has_talked:
        end_leg(state, call, target.leg, "answered_elsewhere")


def parked(state: State, e: AmiEvent) -> None:
    """Told by a thread of its own, so that who fetches them may begin after it: then their bridge joins the two."""
    parkee = state.channels.get(e["ParkeeUniqueid"])
    retriever = state.channels.get(e.get("RetrieverUniqueid"))
    if parkee and retriever:
        state.join(parkee.call, retriever.call)
