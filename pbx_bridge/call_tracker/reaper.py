# SPDX-License-Identifier: Apache-2.0
"""Channels whose Hangup was lost: they may not keep a call open for ever."""

from collections import deque
from collections.abc import Iterator

from pbx_bridge.call_tracker.channels import hang_up
from pbx_bridge.call_tracker.model import Channel
from pbx_bridge.call_tracker.state import LOST, State

PATIENCE_S = 60.0
LINGER_S = 3600.0  # whom somebody sent to an announcement, a menu, a mailbox is silent for longer


def reap_overdue(state: State, now: float) -> None:
    for since, channel in _overdue(state, state.dying, now - PATIENCE_S):
        if channel.lingers:
            state.lingering.append((since, channel.uniqueid))
        else:
            _give_up(state, channel)
    for _, channel in _overdue(state, state.lingering, now - LINGER_S):
        _give_up(state, channel)


def _overdue(
    state: State, waiting: deque[tuple[float, str]], before: float
) -> Iterator[tuple[float, Channel]]:
    """Those that are still there, and have not come to life again."""
    while waiting and waiting[0][0] < before:
        since, uniqueid = waiting.popleft()
        channel = state.channels.get(uniqueid)
        if channel and channel.dying and channel.dying_t == since:
            yield since, channel


def _give_up(state: State, channel: Channel) -> None:
    channel.call.doubt(LOST)
    reap(state, channel)


def reap(state: State, channel: Channel) -> None:
    """As if the Hangup had come when all else said that it would."""
    at, t = state.at, state.t
    state.at, state.t = channel.dying_at, channel.dying_t
    hang_up(state, channel, "")
    state.at, state.t = at, t
