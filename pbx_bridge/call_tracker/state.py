# SPDX-License-Identifier: Apache-2.0
"""All that is open at one PBX: channels, bridges, calls; and how calls are found, joined, ended and forgotten."""

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crm_core.domain.call import Call, CallEnded, CallEvent, CallMerged, CallStarted, LegKind
from crm_core.domain.ids import ORIGINATED, call_id
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.call_tracker.clock import Clock
from pbx_bridge.call_tracker.folding import fold_into
from pbx_bridge.call_tracker.lag import note_lag
from pbx_bridge.call_tracker.model import UNSEEN_START, Bridge, Channel, LegNote, OpenCall
from pbx_bridge.profile import LONGEST_SHORT, PbxProfile, Place, asked_extension, device_of, said_number

if TYPE_CHECKING:
    from datetime import datetime

Moment = tuple["datetime | None", float | None]
KEPT_DEAD = 20_000  # hung up channels whose late events must not open a call again
KEPT_CLOSED = 2_000
KEPT_PLACES = 5_000
KEPT_CLOSED_S = 120.0

LOST = "lost_events"
CLOCK = "clock"
GAP = "gap"
UNSEEN_END = "end_unseen"
RESTARTED = "pbx_restarted"


class State:
    def __init__(
        self, profile: PbxProfile, pbx: str, boot: str, snapshot: Callable[[OpenCall, str], Call]
    ) -> None:
        self.profile = profile
        self.pbx = pbx
        self.boot = boot
        self.clock = Clock()
        self.channels: dict[str, Channel] = {}
        self.bridges: dict[str, Bridge] = {}
        self.calls: dict[int, OpenCall] = {}
        self.by_linkedid: dict[str, OpenCall] = {}
        self.dead: OrderedDict[str, None] = OrderedDict()
        self.closed: OrderedDict[int, OpenCall] = OrderedDict()
        self.out: list[CallEvent] = []
        self.at: datetime | None = None
        self.t: float | None = None
        self.event: AmiEvent | None = None
        self.heard: datetime | None = None  # the time at which the present event counts
        self.before: Moment = (None, None)  # the time before the event that is handled
        self.alive: Moment | None = None  # since a connection broke: when the PBX was last heard of before
        self.order = 0
        self.in_gap = False
        self.complete = False  # every channel that the PBX has is known
        self.dying: deque[tuple[float, str]] = deque()
        self.lingering: deque[tuple[float, str]] = deque()
        self._serial = 0
        self._places: dict[tuple[str, str, str], tuple[Place, str | None]] = {}
        self._snapshot = snapshot

    def snapshot(self, call: OpenCall) -> Call:
        return self._snapshot(call, self.pbx)

    def forget(self) -> None:
        """The PBX began anew: its old ids mean nothing any more."""
        self.channels.clear()
        self.bridges.clear()
        self.by_linkedid.clear()
        self.dead.clear()
        self.closed.clear()

    def emit(self, kind: type[CallEvent], call: OpenCall, **more: Any) -> None:
        self.out.append(kind(call=self.snapshot(call), at=self.at, **more))

    # Channels

    def channel_of(self, e: AmiEvent, prefix: str = "") -> Channel | None:
        """The channel an event speaks of; made if we did not see it begin. None for one that is gone."""
        uniqueid = e[prefix + "Uniqueid"]
        channel = self.channels.get(uniqueid)
        if channel is None:
            if not uniqueid or uniqueid in self.dead:
                return None
            channel = self.add_channel(e, prefix)
        else:
            linkedid = e.get(prefix + "Linkedid")
            if linkedid and linkedid not in channel.call.linkedids:
                self._follow_linkedid(channel, linkedid)
        return channel

    def add_channel(self, e: AmiEvent, prefix: str = "") -> Channel:
        uniqueid = e[prefix + "Uniqueid"]
        name = e[prefix + "Channel"]
        number = said_number(e.get(prefix + "CallerIDNum"))
        context = e.get(prefix + "Context")
        device = device_of(name)
        place, extension = self._place(name, device, number or "", context)
        linkedid = e.get(prefix + "Linkedid") or uniqueid
        call = self.by_linkedid.get(linkedid) or self._open_call(linkedid)
        if call.ended:
            self._reopen(call)
        channel = Channel(
            uniqueid, name, device, place, extension, number, e.get(prefix + "Exten"), context,
            e.get(prefix + "ChannelState"), call,
        )  # fmt: skip
        channel.born_at = self.at
        self.channels[uniqueid] = call.channels[uniqueid] = channel
        if place is Place.LOCAL:
            self._pair_local(channel)
        if uniqueid == linkedid and call.caller_leg is None:
            channel.origin = uniqueid.startswith(ORIGINATED) or channel.state in {"0", "1", "5"}
            self._begin(call, channel, e, prefix)
        return channel

    def is_person(self, e: AmiEvent) -> bool:
        """Whether an event's channel is somebody's, before there is a channel."""
        name = e["Channel"]
        place, _ = self._place(
            name, device_of(name), said_number(e.get("CallerIDNum")) or "", e.get("Context")
        )
        return place is not Place.LOCAL and place is not Place.TECHNICAL

    def _place(self, name: str, device: str, number: str, context: str) -> tuple[Place, str | None]:
        if name.startswith("Local/"):
            return Place.LOCAL, None
        key = (device, number if len(number) <= LONGEST_SHORT else "", context)
        known = self._places.get(key)
        if known is None:
            if len(self._places) >= KEPT_PLACES:
                self._places.clear()
            known = self._places[key] = self.profile.place(name, number, context)
        return known

    def _begin(self, call: OpenCall, channel: Channel, e: AmiEvent, prefix: str) -> None:
        call.originated = channel.origin
        if not channel.is_person or (channel.origin and channel.place is not Place.EXTENSION):
            return  # who calls shows when a person's phone is rung
        call.caller_leg = leg = self.leg_of(channel)
        call.from_outside = leg.kind is LegKind.EXTERNAL
        leg.shown = not call.from_outside
        call.caller = channel.number if call.from_outside else leg.party
        call.caller_name = said_number(e.get(prefix + "CallerIDName"))
        if not channel.origin:
            call.dialled = asked_extension(channel.exten, at_first=e.name == "Newchannel")
        call.trunk = channel.device if call.from_outside else call.trunk
        self.emit(CallStarted, call)

    def leg_of(self, channel: Channel) -> LegNote:
        """The leg of a person's channel; made at the first need."""
        if channel.leg is None:
            inside = channel.place is Place.EXTENSION
            channel.leg = LegNote(
                channel.uniqueid,
                channel.device,
                channel.extension if inside else channel.number,
                LegKind.OPERATOR if inside else LegKind.EXTERNAL,
            )
            channel.call.legs.append(channel.leg)
        return channel.leg

    def mark_dying(self, channel: Channel, *, lingers: bool = False) -> None:
        """Its Hangup should come now. Should it have been lost, the channel is not waited for without end.

        `lingers`: or it goes on for a while in a dialplan that somebody gave it, of which nothing tells.
        """
        if channel.dying and (lingers or not channel.lingers):
            return
        channel.dying, channel.lingers = True, lingers
        channel.dying_at, channel.dying_t = self.at, self.t
        if self.t is not None:
            self.dying.append((self.t, channel.uniqueid))

    def bury(self, channel: Channel) -> None:
        self.channels.pop(channel.uniqueid, None)
        channel.call.channels.pop(channel.uniqueid, None)
        self.remember_dead(channel.uniqueid)

    def remember_dead(self, uniqueid: str) -> None:
        self.dead[uniqueid] = None
        if len(self.dead) > KEPT_DEAD:
            self.dead.popitem(last=False)

    def _pair_local(self, channel: Channel) -> None:
        """The halves of a Local pair have one name, but for the last letter."""
        stem, _, half = channel.name.rpartition(";")
        for mate in channel.call.channels.values():
            if mate.name == f"{stem};{'2' if half == '1' else '1'}":
                mate.mate, channel.mate = channel.uniqueid, mate.uniqueid

    # Calls

    def _open_call(self, linkedid: str) -> OpenCall:
        self._serial += 1
        call = OpenCall(
            call_id(self.pbx, self.boot, linkedid), self._serial, self.boot, [linkedid], self.at, self.t
        )
        note_lag(self, call)
        self.calls[call.serial] = self.by_linkedid[linkedid] = call
        return call

    def _reopen(self, call: OpenCall) -> None:
        call.ended, call.ended_at, call.ended_t = False, None, None
        self.closed.pop(call.serial, None)
        self.calls[call.serial] = call

    def _follow_linkedid(self, channel: Channel, linkedid: str) -> None:
        """Asterisk says that this channel now belongs to another conversation, or gave the conversation a new name."""
        other = self.by_linkedid.get(linkedid)
        if other is None:
            channel.call.linkedids.append(linkedid)
            self.by_linkedid[linkedid] = channel.call
        elif not other.ended:
            self.join(channel.call, other)

    def join(self, one: OpenCall, other: OpenCall) -> OpenCall:
        """Two calls turned out to be one. The older stays."""
        if one is other:
            return one
        if one.ended or other.ended:
            return other if one.ended else one
        older, younger = (one, other) if one.serial < other.serial else (other, one)
        for channel in younger.channels.values():
            channel.call = older
        older.channels |= younger.channels
        for linkedid in younger.linkedids:
            self.by_linkedid[linkedid] = older
        older.linkedids += [one for one in younger.linkedids if one not in older.linkedids]
        fold_into(older, younger)
        del self.calls[younger.serial]
        self.emit(CallMerged, older, merged=younger.id)
        return older

    def discard(self, call: OpenCall, other: OpenCall) -> None:
        """It was no call: whoever was told of it is told that it belongs to the other one."""
        del self.calls[call.serial]
        for linkedid in call.linkedids:
            self.by_linkedid.pop(linkedid, None)
        self.emit(CallMerged, other, merged=call.id)

    def close(self, call: OpenCall) -> None:
        """The last channel is gone."""
        note_lag(self, call)
        call.ended, call.ended_at, call.ended_t = True, self.at, self.t
        if call.last_t is not None and (self.t is None or call.last_t > self.t):
            call.ended_at, call.ended_t = call.last_at, call.last_t
        for pause in call.pauses[-1:]:
            pause.ended_at = pause.ended_at or call.ended_at
        if call.consult:  # the client left while colleagues conferred
            call.transfers.append(call.consult)
            call.consult = None
        self._doubt_what_was_not_seen(call)
        del self.calls[call.serial]
        self.closed[call.serial] = call
        self._forget_closed()
        if call.caller_leg or call.legs:
            self.emit(CallEnded, call)

    def _doubt_what_was_not_seen(self, call: OpenCall) -> None:
        """And end what is still open."""
        for leg in call.legs:
            if not leg.ended:  # a queue's, of which the leaving was lost
                leg.ended, leg.ended_at, leg.reason = True, call.ended_at, leg.reason or "unknown"
                call.doubt(LOST)
        if not call.head_seen:
            call.doubt(UNSEEN_START)
        if self.in_gap:  # ended after we connected anew, and before the list of channels
            call.doubt(GAP)

    def _forget_closed(self) -> None:
        while self.closed:
            oldest = next(iter(self.closed.values()))
            too_old = (
                self.t is not None and oldest.ended_t is not None and self.t - oldest.ended_t > KEPT_CLOSED_S
            )
            if not too_old and len(self.closed) <= KEPT_CLOSED:
                return
            self.closed.popitem(last=False)
            for linkedid in oldest.linkedids:
                if self.by_linkedid.get(linkedid) is oldest:
                    del self.by_linkedid[linkedid]
