# SPDX-License-Identifier: Apache-2.0
"""After a new connection: what the PBX says is there now, held against what we believed."""

import re
from datetime import timedelta

from pbx_bridge.ami_event import AmiEvent, boot_of
from pbx_bridge.call_tracker.bridges import HOLDING, join_members
from pbx_bridge.call_tracker.legs import end_leg
from pbx_bridge.call_tracker.model import UNSEEN_START, Bridge, Channel, OpenCall
from pbx_bridge.call_tracker.state import GAP, RESTARTED, UNSEEN_END, State
from pbx_bridge.call_tracker.talking import settle, settle_left, take_out

_DURATION = re.compile(r"(\d{1,5}):(\d\d):(\d\d)", re.ASCII)


def banner(state: State, _e: AmiEvent) -> None:
    """Until the list of channels is complete nobody knows which of our calls still go on."""
    state.in_gap = bool(state.calls)
    state.complete = False
    if state.alive is None:  # else it was tried in vain since
        state.alive = state.before
    for channel in state.channels.values():
        channel.listed = False


def response(state: State, e: AmiEvent) -> None:
    boot = boot_of(e)
    if not boot:
        return
    if state.boot and boot != state.boot:
        restarted(state)
    state.boot, state.alive = boot, None


def restarted(state: State) -> None:
    """Nothing of before lives on, and uniqueids begin anew (FACTS F8). It ended when the PBX was last heard of."""
    now = state.at, state.t
    state.at, state.t = state.alive or now
    state.in_gap = False
    close_all(state, RESTARTED)
    state.at, state.t = now
    state.forget()


def close_all(state: State, reason: str) -> None:
    for call in list(state.calls.values()):
        _close(state, call, reason)


def forget_oldest(state: State) -> None:
    _close(state, next(iter(state.calls.values())), UNSEEN_END)


def _close(state: State, call: OpenCall, reason: str) -> None:
    call.doubt(reason)
    for channel in list(call.channels.values()):
        _gone(state, channel)
    state.close(call)


def show_bridge(state: State, e: AmiEvent) -> None:
    """Asked for before the channels, whose list does not tell that people wait in a parking lot and talk to nobody."""
    if not state.complete and e.get("BridgeTechnology") == HOLDING:
        state.bridges.setdefault(e["BridgeUniqueid"], Bridge(e["BridgeUniqueid"], holding=True))


def show_channel(state: State, e: AmiEvent) -> None:
    uniqueid = e["Uniqueid"]
    if not e["Channel"]:
        return
    is_new = uniqueid not in state.channels
    channel = state.channel_of(e)
    if channel is None:
        return
    if is_new:
        _began_before(state, channel.call, e.get("Duration"))
    channel.listed = True
    channel.state = e.get("ChannelState", channel.state)
    here = channel.bridge.id if channel.bridge else ""
    if here != e.get("BridgeId"):
        _move(state, channel, e.get("BridgeId"))


def _began_before(state: State, call: OpenCall, duration: str) -> None:
    call.doubt(UNSEEN_START)
    found = _DURATION.fullmatch(duration)
    if found is None or state.at is None:
        return
    ago = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])
    began = state.at - timedelta(seconds=ago)
    if call.started_at is None or began < call.started_at:
        call.started_at, call.started = began, None if state.t is None else state.t - ago


def _move(state: State, channel: Channel, bridge_id: str) -> None:
    left = take_out(state, channel)
    if bridge_id:
        bridge = state.bridges.setdefault(bridge_id, Bridge(bridge_id, holding=False))
        bridge.members[channel.uniqueid] = channel
        bridge.skew = 0
        channel.bridge = bridge
        join_members(state, bridge, channel.call)
    if left:
        settle_left(state, channel.call, left)
    else:
        settle(state, channel.call)


def channels_complete(state: State, _e: AmiEvent) -> None:
    state.complete = True
    for bridge in [one for one in state.bridges.values() if not one.members]:
        del state.bridges[bridge.id]
    if not state.in_gap:
        return
    state.in_gap = False
    for call in list(state.calls.values()):
        lost = [channel for channel in call.channels.values() if not channel.listed]
        call.doubt(GAP)
        _name_somebody(state, call)
        for channel in lost:
            _gone(state, channel)
        if not call.channels:
            call.doubt(UNSEEN_END)
            state.close(call)
        elif lost:
            settle(state, call)
    for channel in state.channels.values():
        channel.listed = True


def _name_somebody(state: State, call: OpenCall) -> None:
    """A call of which only the first channel was seen to be made is one all the same, whatever the gap swallowed."""
    if not call.caller_leg and not call.legs:
        for channel in call.channels.values():
            if channel.is_person:
                state.leg_of(channel)


def _gone(state: State, channel: Channel) -> None:
    call, bridge = channel.call, take_out(state, channel)
    if bridge is not None:
        settle_left(state, call, bridge)
    if channel.leg:
        end_leg(state, call, channel.leg, "unknown")
    call.dials.pop(channel.uniqueid, None)
    state.bury(channel)


def queue_entry(state: State, e: AmiEvent) -> None:
    channel = state.channels.get(e["Uniqueid"])
    if channel and not channel.queue:
        channel.queue = e["Queue"]
        channel.call.queue = channel.call.queue or e["Queue"]
