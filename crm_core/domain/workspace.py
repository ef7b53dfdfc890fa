# SPDX-License-Identifier: Apache-2.0
"""What stands on a person's screen, as a fold over frames: snapshot + the frames after it = the state.

The browser folds the same frames by web/static/js/live_reducer.js; a test holds the two together.
The state is plain JSON, so that a snapshot is the state itself.
"""

from collections.abc import Callable, Mapping
from typing import Any

State = dict[str, Any]
Frame = Mapping[str, Any]
Data = Mapping[str, Any]

# Whose state a frame changes. What is in neither leaves no trace.
PERSONAL = frozenset(
    {"pop", "pop.raised", "pop.closed", "pop.dismissed", "pop.client", "call", "call.recording"}
)
SHARED = frozenset({"operator", "phone", "pbx"})

MAX_CARDS = 8
MAX_RECENT = 6
_WAITING = frozenset({"next", "offered", "ringing"})
_TOLD_BY_CALL = ("extension", "answered_at", "disposition", "talk_s", "direction", "number", "ended_at")
_TOLD_OF_OPERATORS = ("state", "reason", "since", "source", "until")
_TOLD_BY_CLIENT = ("client", "turnover", "manager", "last_operator", "sharers")


def empty(me: str) -> State:
    return {"me": me, "cards": {}, "recent": [], "operators": {}, "phones": {}, "pbx": {}}


def apply(state: State, frame: Frame) -> State:
    """Return the state after a frame; a frame that says nothing to this screen returns it unchanged."""
    change = _CHANGES.get(frame["type"])
    return change(state, frame["data"], frame["seq"]) if change else state


def _pop(state: State, data: Data, seq: int) -> State:
    call_id = data.get("call_id")
    if not call_id:
        return state
    card = state["cards"].get(call_id)
    if card is None or card["state"] == "ended":
        card = _new_card(call_id, seq)
    asked = "next" if data.get("stage") == "next" else "offered"
    now = asked if card["state"] in {"next", "offered"} else card["state"]
    return _with_card(
        state, {**card, "pop": data, "state": now, "direction": data.get("direction", "inbound")}
    )


def _raised(state: State, data: Data, seq: int) -> State:
    if not _mine(state, data):
        return state
    card = state["cards"].get(data["call_id"]) or _new_card(data["call_id"], seq)
    if card["state"] not in _WAITING:
        return state
    return _with_card(state, {**card, "state": "ringing"})


def _closed(state: State, data: Data, seq: int) -> State:
    card = state["cards"].get(data.get("call_id")) if _mine(state, data) else None
    if card is None:
        return state
    told = {"reason": data.get("reason"), "by": data.get("by")}
    if card["state"] in _WAITING:
        return _to_recent(state, {**card, **told}, seq)
    return _with_card(state, {**card, **told, "state": "ended"})


def _dismissed(state: State, data: Data, _seq: int) -> State:
    cards = {call_id: card for call_id, card in state["cards"].items() if call_id != data.get("call_id")}
    return {**state, "cards": cards}


def _client(state: State, data: Data, _seq: int) -> State:
    """Somebody said who of several it is."""
    card = state["cards"].get(data.get("call_id")) if _mine(state, data) else None
    if card is None or not card["pop"]:
        return state
    told = {key: data[key] for key in _TOLD_BY_CLIENT if key in data}
    return _with_card(state, {**card, "pop": {**card["pop"], **told}})


def _call(state: State, data: Data, seq: int) -> State:
    if not _mine(state, data):
        return state
    card, now = state["cards"].get(data["call_id"]), data.get("state")
    if now not in {"ringing", "talking", "held", "ended"} or (card is None and now == "ended"):
        return state
    card = card or _new_card(data["call_id"], seq)
    told = {key: data[key] for key in _TOLD_BY_CALL if key in data}
    if now == "ended" and card["state"] in _WAITING:
        return _to_recent(state, {**card, **told, "reason": data.get("disposition")}, seq)
    return _with_card(state, {**card, **told, "state": now})


def _recording(state: State, data: Data, _seq: int) -> State:
    card = state["cards"].get(data.get("call_id")) if _mine(state, data) else None
    return _with_card(state, {**card, "paused_at": data.get("paused_at")}) if card else state


def _operator(state: State, data: Data, _seq: int) -> State:
    if not data.get("user_id"):
        return state
    kept = {key: data.get(key) for key in _TOLD_OF_OPERATORS}
    return {**state, "operators": {**state["operators"], data["user_id"]: kept}}


def _phone(state: State, data: Data, _seq: int) -> State:
    user, device = data.get("user_id"), data.get("device")
    if not user or not device:
        return state
    devices = {**state["phones"].get(user, {}), device: data.get("state")}
    return {**state, "phones": {**state["phones"], user: devices}}


def _pbx(state: State, data: Data, _seq: int) -> State:
    if not data.get("name"):
        return state
    kept = {key: data.get(key) for key in ("state", "detail")} | {"alone": data.get("alone") or False}
    return {**state, "pbx": {**state["pbx"], data["name"]: kept}}


def _mine(state: State, data: Data) -> bool:
    return bool(data.get("call_id")) and data.get("user_id") in {None, state["me"]}


def _new_card(call_id: str, seq: int) -> dict[str, Any]:
    return {"call_id": call_id, "opened": seq, "state": "offered", "pop": None, "direction": "inbound"}


def _with_card(state: State, card: dict[str, Any]) -> State:
    cards = {**state["cards"], card["call_id"]: card}
    if len(cards) > MAX_CARDS:
        # Ended ones go first, then the oldest: a screen that nobody tidies stays small.
        oldest = min(cards.values(), key=lambda one: (one["state"] != "ended", one["opened"]))
        del cards[oldest["call_id"]]
    return {**state, "cards": cards}


def _to_recent(state: State, card: dict[str, Any], seq: int) -> State:
    cards = {call_id: other for call_id, other in state["cards"].items() if call_id != card["call_id"]}
    passed = {**card, "closed": seq}
    others = [one for one in state["recent"] if one["call_id"] != card["call_id"]]
    return {**state, "cards": cards, "recent": [passed, *others][:MAX_RECENT]}


_CHANGES: dict[str, Callable[[State, Data, int], State]] = {
    "pop": _pop,
    "pop.raised": _raised,
    "pop.closed": _closed,
    "pop.dismissed": _dismissed,
    "pop.client": _client,
    "call": _call,
    "call.recording": _recording,
    "operator": _operator,
    "phone": _phone,
    "pbx": _pbx,
}
