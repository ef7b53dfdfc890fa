# SPDX-License-Identifier: Apache-2.0
"""Channels whose Hangup was lost: they may not keep a call open for ever."""

from pbx_bridge.call_tracker.channels import hang_up
from pbx_bridge.call_tracker.model import Channel
from pbx_bridge.call_tracker.state import LOST, State

PATIENCE_S = 60.0


def reap_overdue(state: State) -> None:
    now = state.t
    while now is not None and state.dying and state.dying[0][0] < now - PATIENCE_S:
        since, uniqueid = state.dying.popleft()
        channel = state.channels.get(uniqueid)
        if channel and channel.dying and channel.dying_t == since:
            channel.call.doubt(LOST)
            reap(state, channel)


def reap(state: State, channel: Channel) -> None:
    """As if the Hangup had come when all else said that it would."""
    at, t = state.at, state.t
    state.at, state.t = channel.dying_at, channel.dying_t
    hang_up(state, channel, "")
    state.at, state.t = at, t
