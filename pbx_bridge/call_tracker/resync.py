# SPDX-License-Identifier: Apache-2.0
"""After a new connection: what the PBX says is there now, held against what we believed."""

from datetime import timedelta

from pbx_bridge.ami_event import AmiEvent, boot_of
from pbx_bridge.call_tracker.legs import end_leg
from pbx_bridge.call_tracker.model import UNSEEN_START, Bridge, Channel, OpenCall
from pbx_bridge.call_tracker.state import GAP, RESTARTED, UNSEEN_END, State
from pbx_bridge.call_tracker.talking import settle, stop


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
    close_all(state, RESTARTED)
    state.at, state.t = now
    state.in_gap = False
    state.forget()


def close_all(state: State, reason: str) -> None:
    for call in list(state.calls.values()):
        call.doubt(reason)
        for channel in list(call.channels.values()):
            _gone(state, channel)
        state.close(call)


def show_channel(state: State, e: AmiEvent) -> None:
    uniqueid = e["Uniqueid"]
    if uniqueid in state.dead or not e["Channel"]:
        return
    channel = state.channels.get(uniqueid)
    if channel is None:
        channel = state.add_channel(e)
        _began_before(state, channel.call, e.get("Duration"))
    channel.listed = True
    channel.state = e.get("ChannelState", channel.state)
    here = channel.bridge.id if channel.bridge else ""
    if here != e.get("BridgeId"):
        _move(state, channel, e.get("BridgeId"))


def _began_before(state: State, call: OpenCall, duration: str) -> None:
    call.doubt(UNSEEN_START)
    hours, _, rest = duration.partition(":")
    minutes, _, seconds = rest.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and seconds.isdecimal()) or state.at is None:
        return
    ago = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    began = state.at - timedelta(seconds=ago)
    if call.started_at is None or began < call.started_at:
        call.started_at, call.started = began, None if state.t is None else state.t - ago


def _move(state: State, channel: Channel, bridge_id: str) -> None:
    if channel.bridge:
        channel.bridge.members.pop(channel.uniqueid, None)
        if not channel.bridge.members:
            state.bridges.pop(channel.bridge.id, None)
        channel.bridge = None
    if bridge_id:
        bridge = state.bridges.setdefault(bridge_id, Bridge(bridge_id, holding=False))
        bridge.members[channel.uniqueid] = channel
        bridge.skew = 0
        channel.bridge = bridge
    settle(state, channel.call)


def channels_complete(state: State, _e: AmiEvent) -> None:
    state.complete = True
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
    if channel.bridge:
        channel.bridge.members.pop(channel.uniqueid, None)
        if not channel.bridge.members:
            state.bridges.pop(channel.bridge.id, None)
        channel.bridge = None
    if channel.leg:
        stop(state, channel.leg)
        end_leg(state, channel.call, channel.leg, "unknown")
    channel.call.dials.pop(channel.uniqueid, None)
    state.bury(channel)
    settle(state, channel.call)


def queue_entry(state: State, e: AmiEvent) -> None:
    channel = state.channels.get(e["Uniqueid"])
    if channel and not channel.queue:
        channel.queue = e["Queue"]
        channel.call.queue = channel.call.queue or e["Queue"]
