# SPDX-License-Identifier: Apache-2.0
"""How far our time of an event is from the PBX's own word for it; a call in which that moves is bent by as much."""

from typing import TYPE_CHECKING

from crm_core.domain.differences import LATE
from pbx_bridge.call_tracker.model import Lags, OpenCall

if TYPE_CHECKING:
    from pbx_bridge.call_tracker.state import State

LATE_S = 0.75  # we promise a second; Asterisk's own word is that of a thread which may come late too
DRIFT = 2e-4  # of two clocks that nobody sets
STEP_S = 60.0  # nothing is held up for so long: the PBX's clock was set, and ours still tells the truth


def note_lag(state: "State", call: OpenCall) -> None:
    """At a call's first event and at each turn of it: a machine without a core to spare reads late.

    It is between any two of them that it may not move: a talk of which both ends came late, but not alike, is wrong.
    """
    now = _lag(state)
    if now is None or state.t is None:
        return
    call.lags = least, most = wider(call.lags, (now, now)) or (now, now)
    if most - least >= STEP_S:
        call.lags = now, now
    elif most - least > LATE_S + DRIFT * (state.t - (call.started or state.t)):
        call.doubt(LATE)


def _lag(state: "State") -> float | None:
    """The time at which the present event counts, which need not be the one at which it came, less the PBX's."""
    event, heard = state.event, state.heard
    if event is None or heard is None or state.clock.of_pbx:
        return None
    try:
        return heard.timestamp() - float(event.get("Timestamp"))
    except ValueError:
        return None


def wider(one: Lags, other: Lags) -> Lags:
    """From the least to the most of both."""
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])
