# SPDX-License-Identifier: Apache-2.0
"""Channels that begin, change and end."""

from crm_core.domain.call import LegKind
from crm_core.domain.ids import ORIGINATED
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.call_tracker.legs import end_leg, note_result
from pbx_bridge.call_tracker.model import RINGING, UP, Channel, Contact, LeftFrom, LegNote, OpenCall
from pbx_bridge.call_tracker.queues import hung_up_after, message_began, recorded
from pbx_bridge.call_tracker.state import LOST, State
from pbx_bridge.call_tracker.talking import settle, settle_left, stop, take_out
from pbx_bridge.profile import Place, device_of, said_number

_BUSY = "7"
_CANCELLED = "487"


def new_channel(state: State, e: AmiEvent) -> None:
    uniqueid = e["Uniqueid"]
    if uniqueid in state.dead or not e["Channel"]:
        return
    channel = state.channels.get(uniqueid) or state.add_channel(e)
    if uniqueid == (e.get("Linkedid") or uniqueid):
        channel.call.head_seen = True
    if channel.call.from_outside and channel.leg is channel.call.caller_leg:
        _watch_presentation(channel, e.chanvars.get("CALLERID(pres)", ""))


def new_state(state: State, e: AmiEvent) -> None:
    channel = state.channel_of(e)
    if channel:
        channel.state = e["ChannelState"]
        if channel.state == UP and channel.up_at is None:
            channel.up_at = state.at


def new_caller_id(state: State, e: AmiEvent) -> None:
    """The first number said is kept: later ones are the dialplan's work. But a number that is withheld is no number."""
    channel = state.channel_of(e)
    if channel is None:
        return
    if channel.number is None:
        channel.number = said_number(e.get("CallerIDNum"))
        leg = channel.leg
        if leg and leg.party is None and leg.kind is LegKind.EXTERNAL and leg.dialled:
            leg.party = channel.number
    call, leg = channel.call, channel.leg
    if leg is not None and leg is call.caller_leg:
        if call.from_outside and call.caller is None:
            call.caller = leg.party = channel.number
        call.caller_name = call.caller_name or said_number(e.get("CallerIDName"))
    if channel.origin and call.dialled is None and channel.uniqueid.startswith(ORIGINATED):
        call.dialled = _number_on_display(channel, e)
    _watch_presentation(channel, e.get("CID-CallingPres"))


def _number_on_display(channel: Channel, e: AmiEvent) -> str | None:
    """We ask for a call with the client's number on the operator's phone. OriginateResponse may come after the end."""
    shown = said_number(e.get("CallerIDNum"))
    return None if shown == channel.extension else shown


def _watch_presentation(channel: Channel, presentation: str) -> None:
    call = channel.call
    leg = channel.leg
    if "rohib" in presentation and leg is not None and leg is call.caller_leg and call.from_outside:
        call.caller = leg.party = channel.number = None
        call.caller_name = None


def rename(state: State, e: AmiEvent) -> None:
    """After a masquerade another phone stands behind the same uniqueid."""
    channel = state.channels.get(e["Uniqueid"])
    name = e["Newname"]
    if channel is None or "<" in name:
        return
    device = device_of(name)
    channel.name = name
    if device == channel.device:
        return
    channel.device = device
    channel.place, channel.extension = state.profile.place(name, channel.number or "", channel.context)
    old = channel.leg
    if old is None:
        return
    channel.leg = None
    if channel.is_person:
        new = state.leg_of(channel)
        new.rang_at, new.dialled = old.rang_at, old.dialled
        if channel.call.caller_leg is old:
            channel.call.caller_leg = new
    stop(state, old)
    settle(state, channel.call)
    end_leg(state, channel.call, old, "answered_elsewhere")


def chan_spy(state: State, e: AmiEvent) -> None:
    """A supervisor listens in, whispers or barges in: no call, and nobody's leg. What was begun for it is undone."""
    spy, other = state.channels.get(e["SpyerUniqueid"]), state.channels.get(e["SpyeeUniqueid"])
    if spy and other and other.call is not spy.call and spy.bridge is None and len(spy.call.channels) == 1:
        state.bury(spy)
        state.discard(spy.call, other.call)


def hangup_request(state: State, e: AmiEvent) -> None:
    """Somebody hung up. The halves of Local pairs only pass it on."""
    channel = state.channels.get(e["Uniqueid"])
    if channel is None:
        return
    state.mark_dying(channel)
    if not channel.is_person:
        return
    leg, call = channel.leg, channel.call
    if leg is None:
        return
    leg.cause = leg.cause or e.get("Cause")
    if leg is call.caller_leg and not leg.dialled and _turned_away(channel, e):
        return
    state.order += 1
    leg.asked = leg.asked or state.order
    channel.left_at, channel.left_t = state.at, state.t
    if leg is call.caller_leg and not call.has_talked and call.left_from is None:
        call.left_from = _left_from(call, channel)


def _turned_away(channel: Channel, e: AmiEvent) -> bool:
    """Asterisk itself refused the caller: Busy(), Congestion(). The cause may be a rung phone's, TechCause is not."""
    if channel.state == _BUSY:
        return True
    return channel.state != UP and e.get("TechCause") not in {"", _CANCELLED}


def soft_hangup_request(state: State, e: AmiEvent) -> None:
    """Asterisk ends a channel: ordinary after somebody left the talk, an act of its own before."""
    channel = state.channels.get(e["Uniqueid"])
    if channel is None:
        return
    state.mark_dying(channel)
    if channel.leg and channel.leg.contact is not Contact.NONE:
        channel.call.cut = True


def _left_from(call: OpenCall, channel: Channel) -> LeftFrom | None:
    if (channel.origin or (channel.leg and channel.leg.dialled)) and channel.state != UP:
        return None  # the operator refused our own call
    if channel.queue:
        return LeftFrom.QUEUE
    if any(dest != channel.uniqueid for dest in call.dials) or any(
        one.state == RINGING and one.is_person and one is not channel for one in call.channels.values()
    ):
        return LeftFrom.RING
    if call.steps and (not call.from_outside or channel.state != UP):
        return None  # a busy tone is not a menu: what the last step came to is what happened
    return LeftFrom.MENU


def hangup(state: State, e: AmiEvent) -> None:
    channel = state.channels.get(e["Uniqueid"]) or _unseen(state, e)
    if channel is None:
        state.remember_dead(e["Uniqueid"])  # what is said of it from now on comes late
        return
    said = e.chanvars
    recorded(channel, said.get("ROLODIAL_REC", ""))
    began, at, t = message_began(state, e, said), state.at, state.t
    if channel.left_t is not None and channel.bridge is None:
        state.at, state.t = channel.left_at, channel.left_t
    hung_up_after(state, channel, began, said.get("VMSTATUS", ""))
    hang_up(state, channel, e.get("Cause"))
    state.at, state.t = at, t


def _unseen(state: State, e: AmiEvent) -> Channel | None:
    """A person's channel whose beginning was lost, and all else that was said of it: its call was there all the same.

    While we connect, what ends was there before us, and the list of channels tells of the rest.
    """
    if not state.complete or e["Uniqueid"] in state.dead or not e["Channel"]:
        return None
    if not state.is_person(e):
        return None
    channel = state.channel_of(e)
    if channel:
        channel.call.doubt(LOST)
    return channel


def hang_up(state: State, channel: Channel, cause: str) -> None:
    call = channel.call
    if state.t is not None and (call.last_t is None or state.t > call.last_t):
        call.last_at, call.last_t = state.at, state.t
    bridge = take_out(state, channel)
    if bridge is not None:
        call.doubt(LOST)
        settle_left(state, call, bridge)
    call.dials.pop(channel.uniqueid, None)
    if channel.leg:
        channel.leg.cause = channel.leg.cause or cause
        _hang_up_leg(state, channel)
    if not call.steps and not channel.origin and channel.place is not Place.LOCAL:
        call.failed_cause = call.failed_cause or cause
    state.bury(channel)
    mate = state.channels.get(channel.mate)
    if mate:
        state.mark_dying(mate)
    if not call.channels:
        state.close(call)


def _hang_up_leg(state: State, channel: Channel) -> None:
    leg, call = channel.leg, channel.call
    if leg is None:
        return
    if leg.dialled and not leg.status and not leg.has_talked and leg is not call.caller_leg:
        _guess_status(call, leg)
    note_result(leg)
    end_leg(state, call, leg, leg.reason)


def _guess_status(call: OpenCall, leg: LegNote) -> None:
    """No DialEnd came for it: a pickup took the call away from this phone, or the event was lost."""
    caller = call.caller_leg
    if any(other.status == "ANSWER" and other is not caller for other in call.step):
        leg.reason = leg.reason or "answered_elsewhere"
    elif caller and caller.asked and leg.cause not in {"17", "21", "26"}:
        leg.reason = leg.reason or "cancelled"
