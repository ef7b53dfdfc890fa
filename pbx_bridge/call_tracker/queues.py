# SPDX-License-Identifier: Apache-2.0
"""Callers who wait in queues, messages they leave, and recordings."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from crm_core.domain.call import LegKind
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.call_tracker.model import Channel, LeftFrom, LegNote, OpenCall
from pbx_bridge.call_tracker.state import LOST, State

MOST_RECORDINGS = 50
_EPOCH = re.compile(r"\d{9,11}(\.\d{1,6})?\Z", re.ASCII)
_LONGEST_S = 86_400.0
_SHORTEST = timedelta(seconds=3)  # with the beep; app_voicemail throws away what is shorter than minsecs
_TELLS_OF_HANGUP = (
    "PJSIP/",
    "SIP/",
    "IAX2/",
)  # drivers that always send HangupRequest when the far end hangs up


def queue_join(state: State, e: AmiEvent) -> None:
    channel = state.channel_of(e)
    if channel:
        join_queue(channel, e["Queue"], state.at)


def join_queue(channel: Channel, queue: str, at: datetime | None) -> None:
    if channel.queue == queue:
        return
    call = channel.call
    channel.dying = False
    channel.queue = call.queue = queue
    call.steps += 1
    call.step, call.step_is_queue = [], True
    leg = LegNote("", None, queue, LegKind.QUEUE, rang_at=at)
    call.queue_leg = leg
    call.legs.append(leg)


def queue_leave(state: State, e: AmiEvent) -> None:
    channel = state.channel_of(e)
    if channel is None:
        return
    call = channel.call
    if not channel.queue and call.queue_leg is None:
        join_queue(channel, e["Queue"], None)
        call.doubt(LOST)
    answered = any(leg.status == "ANSWER" for leg in call.step)
    channel.queue = ""
    asked = channel.leg is not None and channel.leg.asked
    _end_wait(state, call, "answered" if answered else "abandoned" if asked else "left")


def queue_abandon(state: State, e: AmiEvent) -> None:
    """Sent for a caller who left and for one who waited too long; whether they hung up, their channel tells."""
    channel = state.channel_of(e)
    if channel is None:
        return
    call = channel.call
    asked = channel.leg is not None and channel.leg.asked
    if not asked and channel.name.startswith(_TELLS_OF_HANGUP):
        _end_wait(state, call, "timeout")
        return
    if not call.has_talked:
        call.left_from = call.left_from or LeftFrom.QUEUE
    _end_wait(state, call, "abandoned")


def _end_wait(state: State, call: OpenCall, reason: str) -> None:
    leg = call.queue_leg
    if leg is None or leg.ended:
        return
    leg.ended, leg.ended_at, leg.reason = True, state.at, reason
    if reason == "answered":
        leg.answered_at = state.at


def agent_connect(state: State, e: AmiEvent) -> None:
    """Comes after QueueCallerLeave; says that the waiting ended with a member, whoever that turned out to be (F3)."""
    channel = state.channel_of(e)
    leg = channel.call.queue_leg if channel else None
    if leg and leg.reason in {None, "left"}:
        leg.ended, leg.reason = True, "answered"
        leg.answered_at = leg.ended_at = leg.ended_at or state.at


def message_waiting(state: State, e: AmiEvent) -> None:
    """With a channel it means: this caller has just left a message."""
    channel = state.channels.get(e.get("Uniqueid"))
    if channel is None or e.get("New") in {"", "0"}:
        return
    _left_a_message(
        state, channel, message_began(state, e, e.chanvars), e.get("Mailbox").partition("@")[0] or None
    )


def hung_up_after(state: State, channel: Channel, began: datetime | None, status: str) -> None:
    """Nobody tells of a message that Record took, nor of one whose caller hung up: who spoke for a while left one."""
    spoke = began is not None and state.at is not None and state.at - began >= _SHORTEST
    if spoke and status in {"", "SUCCESS"}:
        _left_a_message(state, channel, began, None)


def message_began(state: State, e: AmiEvent, chanvars: Mapping[str, str]) -> datetime | None:
    """The dialplan marks it by the PBX's clock, as the event's own time is."""
    marked, now = chanvars.get("ROLODIAL_MESSAGE", ""), e.get("Timestamp")
    if state.at is None or not (_EPOCH.match(marked) and _EPOCH.match(now)):
        return None
    spoke = float(now) - float(marked)
    return state.at - timedelta(seconds=max(0.0, spoke)) if spoke < _LONGEST_S else None


def _left_a_message(state: State, channel: Channel, began: datetime | None, box: str | None) -> None:
    call = channel.call
    if call.voicemail:
        return
    call.voicemail = True
    greeted = max([at for at in (channel.up_at, *(leg.ended_at for leg in call.step)) if at], default=None)
    leg = LegNote("", None, box, LegKind.VOICEMAIL, answered_at=began or greeted)
    leg.ended_at, leg.reason, leg.ended = state.at, "message_left", True
    call.legs.append(leg)


def variable(state: State, e: AmiEvent) -> None:
    """MixMonitor's events carry no file name; this variable does, where all events are read."""
    if e["Variable"] != "MIXMONITOR_FILENAME" or not e["Value"]:
        return
    channel = state.channels.get(e["Uniqueid"])
    if channel is not None:
        recorded(channel, e["Value"])


def recorded(channel: Channel, file: str) -> None:
    """Our own dialplan keeps the name on the channel too, so that it comes with the Hangup (`channelvars`)."""
    recordings = channel.call.recordings
    if file and len(recordings) < MOST_RECORDINGS and not any(known.endswith(file) for known in recordings):
        recordings.append(file)
