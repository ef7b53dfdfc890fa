# SPDX-License-Identifier: Apache-2.0
"""How an attempt to reach somebody ended, in one word."""

from crm_core.domain.call import LegEnded
from pbx_bridge.call_tracker.model import LegNote, OpenCall
from pbx_bridge.call_tracker.state import State

# Q.850 causes, as Asterisk puts SIP answers into them: 486 -> 17, 603 and 403 -> 21, 480 -> 18/19/20.
_BUSY = frozenset({"17"})
_REJECTED = frozenset({"21"})
_UNREACHABLE = frozenset(
    [
        "1",
        "2",
        "3",
        "20",
        "22",
        "27",
        "28",
        "34",
        "38",
        "41",
        "42",
        "44",
        "50",
        "58",
        "63",
        "66",
        "88",
        "102",
        "111",
    ]
)
_BY_STATUS = {
    "BUSY": "busy",
    "CANCEL": "cancelled",
    "NOANSWER": "no_answer",
    "CHANUNAVAIL": "failed",
    "CONGESTION": "failed",
    "DONTCALL": "rejected",
    "TORTURE": "rejected",
}


def note_result(leg: LegNote) -> None:
    """The reason from what is known by now. A later cause may sharpen it, but alone decides nothing (FACTS F5)."""
    if leg.has_talked:
        leg.reason = leg.reason or ("transferred" if leg.transferred else "hangup")
    elif not leg.dialled or leg.status == "ANSWER":
        leg.reason = leg.reason or "hangup"
    elif leg.reason in {None, "no_answer", "failed"}:
        leg.reason = _by_cause(leg) or leg.reason or _BY_STATUS.get(leg.status, "no_answer")


def _by_cause(leg: LegNote) -> str | None:
    if leg.cause == "26":
        return "answered_elsewhere"
    if leg.status == "CANCEL":
        return None
    if leg.cause in _REJECTED:
        return "rejected"
    if leg.cause in _BUSY:
        return "busy"
    return "failed" if leg.cause in _UNREACHABLE and leg.status != "BUSY" else None


def end_leg(state: State, call: OpenCall, leg: LegNote, reason: str | None) -> None:
    if leg.ended:
        return
    leg.ended = True
    leg.reason = reason
    leg.ended_at = leg.stopped_at if leg.has_talked else state.at
    if leg.shown and call.caller_leg:
        state.emit(LegEnded, call, leg=leg.snapshot())
