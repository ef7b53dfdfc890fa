# SPDX-License-Identifier: Apache-2.0
"""From AMI events to calls: pure, the same live and in replay. The table of handlers is the list of wanted events."""

from collections.abc import Callable

from crm_core.domain.call import Call, CallEvent
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.call_tracker import bridges, channels, dials, queues, resync, transfers
from pbx_bridge.call_tracker.model import UNSEEN_START
from pbx_bridge.call_tracker.reaper import PATIENCE_S, reap, reap_overdue
from pbx_bridge.call_tracker.state import CLOCK, LOST, UNSEEN_END, State
from pbx_bridge.call_tracker.verdict import Verdict
from pbx_bridge.profile import PbxProfile

_HANDLERS: dict[str, Callable[[State, AmiEvent], None]] = {
    "Newchannel": channels.new_channel,
    "Newstate": channels.new_state,
    "NewCallerid": channels.new_caller_id,
    "Rename": channels.rename,
    "HangupRequest": channels.hangup_request,
    "SoftHangupRequest": channels.soft_hangup_request,
    "ChanSpyStart": channels.chan_spy,
    "ChanSpyStop": channels.chan_spy,  # the same once more, should the first be lost
    "Hangup": channels.hangup,
    "DialBegin": dials.dial_begin,
    "DialEnd": dials.dial_end,
    "AgentCalled": dials.agent_called,
    "OriginateResponse": dials.originate_response,
    "BridgeEnter": bridges.bridge_enter,
    "BridgeLeave": bridges.bridge_leave,
    "LocalBridge": bridges.local_bridge,
    "Hold": bridges.hold,
    "Unhold": bridges.unhold,
    "MusicOnHoldStart": bridges.music_start,
    "MusicOnHoldStop": bridges.music_stop,
    "BlindTransfer": transfers.blind_transfer,
    "AttendedTransfer": transfers.attended_transfer,
    "Pickup": transfers.pickup,
    "UnParkedCall": transfers.parked,
    "QueueCallerJoin": queues.queue_join,
    "QueueCallerLeave": queues.queue_leave,
    "QueueCallerAbandon": queues.queue_abandon,
    "AgentConnect": queues.agent_connect,
    "MessageWaiting": queues.message_waiting,
    "VarSet": queues.variable,
    "Banner": resync.banner,
    "Response": resync.response,
    "BridgeListItem": resync.show_bridge,
    "CoreShowChannel": resync.show_channel,
    "CoreShowChannelsComplete": resync.channels_complete,
    "QueueEntry": resync.queue_entry,
}
# Answers to our questions bear no time of their own; they hold for the time of the event before them.
_TIMELESS = frozenset(
    {"Banner", "Response", "BridgeListItem", "CoreShowChannel", "CoreShowChannelsComplete", "QueueEntry"}
)
MOST_CHANNELS = 50_000  # garbage may not grow for ever
# Of VarSet, two thirds of all events, only one in a thousand matters: see is_wanted.
_RECORDING = b"\r\nVariable: MIXMONITOR_FILENAME\r\n"

WANTED = frozenset(_HANDLERS) - {"VarSet"}
_WANTED_BYTES = frozenset(name.encode() for name in WANTED)


def is_wanted(name: bytes, frame: bytes) -> bool:
    """Whether a frame of this name can matter; asked before it is parsed."""
    return name in _WANTED_BYTES or (name == b"VarSet" and _RECORDING in frame)


class CallTracker:
    """One per PBX. `skipped` counts events that lacked what they need; they change nothing.

    `of_pbx` tells that times come from the PBX's own clock (bare bytes), which may be set while calls go on.
    """

    def __init__(self, profile: PbxProfile, *, pbx: str, boot: str = "", of_pbx: bool = False) -> None:
        self._state = State(profile, pbx, boot, Verdict(profile).snapshot)
        self._state.clock.of_pbx = of_pbx
        self._before: AmiEvent | None = None
        self.skipped = 0

    @property
    def boot(self) -> str:
        return self._state.boot

    @property
    def channels(self) -> int:
        """How many channels are open: what a leak would show in."""
        return len(self._state.channels)

    def feed(self, event: AmiEvent) -> list[CallEvent]:
        handler = _HANDLERS.get(event.name)
        if handler is None or event.same_frame(self._before):
            return []
        self._before = event
        state = self._state
        if event.at is not None or event.name not in _TIMELESS:
            self._set_time(event)
        dying = state.dying
        if dying and state.t is not None and dying[0][0] < state.t - PATIENCE_S:
            reap_overdue(state, state.t)
        try:
            handler(state, event)
        except KeyError:
            self.skipped += 1
        if len(state.channels) > MOST_CHANNELS:
            resync.forget_oldest(state)
        out = state.out
        if out:
            state.out = []
        return out

    def _set_time(self, event: AmiEvent) -> None:
        state = self._state
        state.before = (state.at, state.t)
        state.event = event
        t = state.clock.seconds(event.at)
        if t != state.t or state.clock.stepped:  # else of the same moment, or stamped a little too early
            state.at, state.t = event.at, t
        state.heard = state.at
        if state.clock.stepped:
            state.clock.stepped = False
            for call in state.calls.values():
                call.doubt(CLOCK)

    def doubt(self, reason: str = LOST) -> None:
        """Events are missing here: nobody can be sure of the calls that go on."""
        for call in self._state.calls.values():
            call.doubt(reason)

    def finish(self) -> list[CallEvent]:
        """No more events will come: calls of which only the last Hangup is missing end where they were seen to end."""
        state = self._state
        for call in list(state.calls.values()):
            if all(channel.dying for channel in call.channels.values()):
                for channel in list(call.channels.values()):
                    reap(state, channel)
        out, state.out = state.out, []
        return out

    def knows(self, linkedid: str) -> bool:
        return linkedid in self._state.by_linkedid

    @property
    def open_count(self) -> int:
        """How many `open_calls` would give."""
        return sum(1 for call in self._state.calls.values() if call.caller_leg or call.legs)

    def open_calls(self) -> tuple[Call, ...]:
        state = self._state
        known = [call for call in state.calls.values() if call.caller_leg or call.legs]
        for call in known:
            if not call.head_seen:
                call.doubt(UNSEEN_START)
        return tuple([state.snapshot(call) for call in known])

    def close_all(self, reason: str = UNSEEN_END) -> list[CallEvent]:
        """The PBX is gone for good, or a journal ends: what is open ends at its last sign of life, and is marked."""
        resync.close_all(self._state, reason)
        out, self._state.out = self._state.out, []
        return out
