# SPDX-License-Identifier: Apache-2.0
"""Who talks with whom: bridges looked through Local pairs, hold, and the sums that follow from them."""

from crm_core.domain.call import CallHeld, CallResumed, LegAnswered, LegKind, PauseKind
from pbx_bridge.call_tracker.lag import note_lag
from pbx_bridge.call_tracker.model import Bridge, Channel, Contact, LegNote, OpenCall, PauseNote, TalkNote
from pbx_bridge.call_tracker.state import State


def partners(state: State, channel: Channel) -> list[Channel]:
    """The other people this channel hears. A Local pair is two doors of one wall: what stands behind is what counts."""
    start = channel.bridge
    if start is None or start.holding:
        return []
    people: list[Channel] = []
    seen = {start.id}
    waiting = [start]
    while waiting:
        for member in waiting.pop().members.values():
            if member is channel:
                continue
            if member.is_person:
                people.append(member)
            elif member.mate:
                mate = state.channels.get(member.mate)
                beyond = mate.bridge if mate else None
                if beyond and not beyond.holding and beyond.id not in seen:
                    seen.add(beyond.id)
                    waiting.append(beyond)
    return people


def settle(state: State, call: OpenCall) -> None:
    """Something about bridges or hold changed: bring every leg and the call itself up to date."""
    talking: dict[LegNote, list[Channel]] = {}
    changes: list[tuple[LegNote, Contact, bool]] = []
    for channel in list(call.channels.values()):
        if not channel.is_person or (channel.leg is None and channel.bridge is None):
            continue
        others = partners(state, channel)
        leg = state.leg_of(channel)
        talking[leg] = others
        before, now = leg.contact, _contact(channel, others)
        if now is not before:
            changes.append((leg, before, not leg.has_talked))
            _turn(state, leg, now)
    if changes:
        _settle_call(state, call, talking)
        for leg, before, first in changes:
            _tell(state, call, leg, before, first=first)


def _contact(channel: Channel, others: list[Channel]) -> Contact:
    if channel.bridge is None or channel.bridge.holding:
        return Contact.NONE
    if not others:  # alone with the music while somebody asks a colleague
        leg, consult = channel.leg, channel.call.consult
        asked_for = channel.music or (consult is not None and consult.by is not leg)
        return Contact.HOLD if leg is not None and leg.has_talked and asked_for else Contact.NONE
    held = channel.held or channel.music or all(other.held or other.music for other in others)
    return Contact.HOLD if held else Contact.TALK


def _turn(state: State, leg: LegNote, now: Contact) -> None:
    lasted = _lasted(state, leg.since)
    if leg.contact is Contact.TALK:
        leg.talk += lasted
        leg.stopped_at = state.at
    elif leg.contact is Contact.HOLD:
        leg.hold += lasted
        leg.stopped_at = state.at
    if now is not Contact.NONE and not leg.has_talked:
        leg.has_talked = True
        leg.answered_at = state.at
        leg.ended_at, leg.reason, leg.ended = None, None, False
    leg.contact, leg.since = now, state.t


def stop(state: State, leg: LegNote) -> None:
    """Its channel is gone."""
    if leg.contact is not Contact.NONE:
        _turn(state, leg, Contact.NONE)


def _lasted(state: State, since: float | None) -> float:
    """Never negative: a channel whose end was lost ends in the past, when others may have talked on."""
    return max(0.0, state.t - since) if state.t is not None and since is not None else 0.0


def take_out(state: State, channel: Channel) -> Bridge | None:
    """Of its bridge, which is forgotten when nobody is left in it. Whoever calls this settles."""
    bridge = channel.bridge
    if bridge is None:
        return None
    bridge.members.pop(channel.uniqueid, None)
    channel.bridge = None
    if bridge.holding:
        note_pause(state, channel.call, PauseKind.PARKED, begins=False)
    if not bridge.members:
        state.bridges.pop(bridge.id, None)
    return bridge


def settle_left(state: State, call: OpenCall, bridge: Bridge) -> None:
    """Somebody of this call left the bridge: who stays may be of another call, were the join lost."""
    settle(state, call)
    for member in list(bridge.members.values()):
        if member.call is not call:
            settle(state, member.call)


def client_leg(call: OpenCall) -> LegNote | None:
    """The party whose time the call's time is: the outside one, else the caller."""
    if call.from_outside:
        return call.caller_leg
    external = call.external
    if external:
        return next((leg for leg in external if leg.has_talked), external[-1])
    return call.caller_leg


def _settle_call(state: State, call: OpenCall, talking: dict[LegNote, list[Channel]]) -> None:
    client = client_leg(call)
    handed_over = client is not None and (client.transferred or not call.external)
    stays = client in talking and not (client.transferred and client.contact is Contact.NONE)
    if handed_over and not stays:  # the others talk on
        client = next((leg for leg in talking if leg.contact is not Contact.NONE), client)
    now = client.contact if client in talking and client is not None else Contact.NONE
    note_lag(state, call)
    lasted = _lasted(state, call.since)
    if call.contact is Contact.TALK:
        call.talk += lasted
    elif call.contact is Contact.HOLD:
        call.hold += lasted
    call.contact, call.since = now, state.t
    note_pause(state, call, PauseKind.HOLD, begins=now is Contact.HOLD)
    others = [state.leg_of(other) for other in talking.get(client, ())] if client else []
    if now is not Contact.NONE and client is not None and others:
        _note_talk(state, call, client, others)
    _note_segment(state, call, now, others)


def note_pause(state: State, call: OpenCall, kind: PauseKind, *, begins: bool) -> None:
    """The client hears music instead of a person, or does so no longer."""
    current = call.pauses[-1] if call.pauses and call.pauses[-1].ended_at is None else None
    if begins is (current is not None and current.kind is kind) or state.at is None:
        return
    if current and (begins or current.kind is kind):
        current.ended_at = state.at
    if begins:
        call.pauses.append(PauseNote(kind, state.at))


def _note_talk(state: State, call: OpenCall, client: LegNote, others: list[LegNote]) -> None:
    if not call.has_talked:
        call.has_talked = True
        call.answered_at, call.answered = state.at, state.t
        call.answered_by = _answerer(call, client, others)
    if call.pair is None or call.pair[0] is not client or call.pair[1] not in others:
        call.pair = (client, others[-1])
    _complete_transfers(call, others)


def _answerer(call: OpenCall, client: LegNote, others: list[LegNote]) -> LegNote:
    if not call.from_outside and client.kind is LegKind.EXTERNAL and client is not call.caller_leg:
        return client
    return others[0]


def _complete_transfers(call: OpenCall, others: list[LegNote]) -> None:
    for transfer in call.transfers:
        if transfer.pending and any(not leg.transferred and not _is_same(leg, transfer.by) for leg in others):
            transfer.completed = True
            transfer.pending = False


def _is_same(leg: LegNote, by: LegNote | None) -> bool:
    """Whoever sent the client away and got them back, as from a parking lot, has handed them to nobody."""
    return by is not None and (leg is by or (leg.device, leg.party) == (by.device, by.party))


def _note_segment(state: State, call: OpenCall, now: Contact, others: list[LegNote]) -> None:
    """A recording must cover it, so hold within one conversation does not cut it."""
    party = others[-1].party if others else None
    current = call.talks[-1] if call.talks and call.talks[-1].ended_at is None else None
    if current and (now is Contact.NONE or (others and party != current.party) or not others):
        current.ended_at = state.at
        current = None
    if current is None and now is Contact.TALK and state.at is not None:
        call.talks.append(TalkNote(state.at, party))


def _tell(state: State, call: OpenCall, leg: LegNote, before: Contact, *, first: bool) -> None:
    if not leg.shown:
        return
    if first:
        state.emit(LegAnswered, call, leg=leg.snapshot())
    elif before is Contact.TALK and leg.contact is Contact.HOLD:
        state.emit(CallHeld, call, leg=leg.snapshot())
    elif before is Contact.HOLD and leg.contact is Contact.TALK:
        state.emit(CallResumed, call, leg=leg.snapshot())
