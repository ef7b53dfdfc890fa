# SPDX-License-Identifier: Apache-2.0
"""Who enters and leaves which bridge, Local pairs, hold and music."""

from crm_core.domain.call import LegKind, PauseKind, TransferKind
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.call_tracker.model import Bridge, Channel, Contact, LegNote, OpenCall, TransferNote
from pbx_bridge.call_tracker.state import LOST, State
from pbx_bridge.call_tracker.talking import client_leg, note_pause, partners, settle, settle_left, take_out
from pbx_bridge.profile import Place

HOLDING = "holding_bridge"
_TWO = 2
_LONGEST_COUNT = 6  # digits


def bridge_enter(state: State, e: AmiEvent) -> None:
    bridge_id = e["BridgeUniqueid"]
    channel = state.channel_of(e)
    if channel is None:
        return
    if channel.bridge is not None:
        if channel.bridge.id == bridge_id:
            return
        take_out(state, channel)
        channel.call.doubt(LOST)
    bridge = _bridge(state, bridge_id, e)
    bridge.members[channel.uniqueid] = channel
    channel.bridge, channel.left_bridge = bridge, ""
    channel.held = channel.music = channel.dying = False
    call = join_members(state, bridge, channel.call)
    _count(bridge, call, e)
    if e.get("BridgeType", "basic") == "basic":  # in a conference music goes on until a moderator comes
        for other in partners(state, channel) if channel.is_person else ():
            other.music = False  # should the music's own end be lost
    settle(state, call)
    _watch_handover(state, call, channel)
    if bridge.holding and channel.leg is client_leg(call):
        note_pause(state, call, PauseKind.PARKED, begins=True)
    _watch_consult(state, call, channel, bridge)


def bridge_leave(state: State, e: AmiEvent) -> None:
    channel = state.channel_of(e)
    if channel is None:
        return
    bridge_id = e["BridgeUniqueid"]
    bridge = channel.bridge
    if bridge is None or bridge.id != bridge_id:
        if channel.left_bridge != bridge_id:
            channel.call.doubt(LOST)
            channel.left_bridge = bridge_id
        return
    call = channel.call
    take_out(state, channel)
    channel.left_bridge = bridge_id
    _note_leaving(state, channel)
    if _has_no_dialplan(channel):
        is_client = channel.leg is not None and channel.leg.kind is LegKind.EXTERNAL
        state.mark_dying(channel, lingers=channel.sent_on or is_client)
    _count(bridge, call, e)
    settle_left(state, call, bridge)


def join_members(state: State, bridge: Bridge, call: OpenCall) -> OpenCall:
    """Who is together is in one call. A parking lot is one bridge for all who wait in it, strangers to each other."""
    if not bridge.holding:
        for member in list(bridge.members.values()):
            call = state.join(call, member.call)
    return call


def _has_no_dialplan(channel: Channel) -> bool:
    """Of its own, to go back to."""
    return channel.place is Place.LOCAL or (
        channel.leg is not None and channel.leg.dialled and not channel.origin
    )


def _watch_handover(state: State, call: OpenCall, channel: Channel) -> None:
    """Others begin to talk when the client is gone: the client sent them on, and that was not told."""
    client = client_leg(call)
    if client is None or not client.has_talked or client.transferred or client.contact is not Contact.NONE:
        return
    if call.consult is None and channel.is_person and channel.leg is not client and partners(state, channel):
        call.doubt(LOST)


def _note_leaving(state: State, channel: Channel) -> None:
    if channel.left_t is not None:
        channel.left_at, channel.left_t = state.at, state.t
    if channel.leg:
        state.order += 1
        channel.leg.left = state.order


def _bridge(state: State, bridge_id: str, e: AmiEvent) -> Bridge:
    bridge = state.bridges.get(bridge_id)
    if bridge is None:
        bridge = state.bridges[bridge_id] = Bridge(bridge_id, e.get("BridgeTechnology") == HOLDING)
    return bridge


def _count(bridge: Bridge, call: OpenCall, e: AmiEvent) -> None:
    """Asterisk says how many are in the bridge. Events of two channels may change places; a lost one stays missing."""
    said = e.get("BridgeNumChannels")
    if not (said.isdecimal() and len(said) <= _LONGEST_COUNT) or e.get("BridgeType", "basic") != "basic":
        return  # conferences count their announcer too
    skew = int(said) - len(bridge.members)
    if bridge.skew and bridge.skew + skew:
        call.doubt(LOST)
        bridge.skew = 0
    elif bridge.skew:
        bridge.skew = 0
    else:
        bridge.skew = skew
    if bridge.skew and not bridge.members:
        call.doubt(LOST)


def local_bridge(state: State, e: AmiEvent) -> None:
    one, two = state.channel_of(e, "LocalOne"), state.channel_of(e, "LocalTwo")
    if one and two:
        pair(state, one, two)


def pair(state: State, one: Channel, two: Channel) -> None:
    one.mate, two.mate = two.uniqueid, one.uniqueid
    settle(state, state.join(one.call, two.call))


def hold(state: State, e: AmiEvent) -> None:
    _set_held(state, e, held=True)


def unhold(state: State, e: AmiEvent) -> None:
    _set_held(state, e, held=False)


def _set_held(state: State, e: AmiEvent, *, held: bool) -> None:
    channel = state.channel_of(e)
    if channel is None:
        return
    channel.held = held
    if not held:
        for other in partners(state, channel):  # should the music's own end be lost
            other.music = False
    settle(state, channel.call)


def music_start(state: State, e: AmiEvent) -> None:
    _set_music(state, e, music=True)


def music_stop(state: State, e: AmiEvent) -> None:
    _set_music(state, e, music=False)


def _set_music(state: State, e: AmiEvent, *, music: bool) -> None:
    channel = state.channel_of(e)
    if channel and channel.music is not music:
        channel.music = music
        if channel.bridge:
            for other in partners(state, channel) if not music else ():
                other.held = False
            if music and channel.place is Place.LOCAL:  # should its beginning be lost
                for other in channel.bridge.members.values():
                    other.held = other.held or other.is_person
            settle(state, channel.call)


def _watch_consult(state: State, call: OpenCall, channel: Channel, bridge: Bridge) -> None:
    """By feature code, the asking and the asked are one call: seen from a colleague left alone with the music."""
    consult = call.consult
    if consult is None:
        _begin_consult(state, call, channel, bridge)
    elif channel.leg is consult.by and any(
        member.is_person and member.leg is not consult.by for member in bridge.members.values()
    ):
        end_consult(call)


def _begin_consult(state: State, call: OpenCall, channel: Channel, bridge: Bridge) -> None:
    asked = next((one for one in bridge.members.values() if one.place is Place.LOCAL), None)
    leg = channel.leg
    if (
        asked is None
        or leg is None
        or not leg.has_talked
        or len(bridge.members) > _TWO
        or not _left_alone(state, call, channel)
    ):
        return
    call.consult = TransferNote(TransferKind.ATTENDED, leg, leg.party, asked.exten or None, state.at)
    settle(state, call)


def _left_alone(state: State, call: OpenCall, asking: Channel) -> LegNote | None:
    """Who waits in a bridge with nobody else; a Local pair between them and the asking may stay with them."""
    for channel in call.channels.values():
        bridge = channel.bridge
        if channel is asking or not channel.is_person or bridge is None or bridge.holding:
            continue
        if channel.leg and channel.leg.has_talked and not partners(state, channel):
            return channel.leg
    return None


def end_consult(call: OpenCall) -> None:
    """The colleague came back, or the call ended: nobody was transferred."""
    if call.consult:
        call.consult.pending = False
        call.transfers.append(call.consult)
        call.consult = None
