# SPDX-License-Identifier: Apache-2.0
"""The fold that makes a screen: what a person sees after each frame."""

from typing import Any

import pytest

from crm_core.domain.workspace import MAX_CARDS, MAX_RECENT, State, apply, empty

ME, OTHER, CALL = "u-me", "u-other", "call-1"


def after(*frames: tuple[str, dict[str, Any]], state: State | None = None) -> State:
    state = state or empty(ME)
    for seq, (kind, data) in enumerate(frames, start=1):
        state = apply(state, {"seq": seq, "type": kind, "data": data})
    return state


def pop(call_id: str = CALL, **more: Any) -> tuple[str, dict[str, Any]]:
    return "pop", {"pop": "p", "call_id": call_id, "stage": "first", **more}


def call(state: str, user_id: str | None = ME, **more: Any) -> tuple[str, dict[str, Any]]:
    return "call", {"call_id": CALL, "state": state, "user_id": user_id, **more}


RAISED = ("pop.raised", {"call_id": CALL, "user_id": ME})


def closed(reason: str, user_id: str | None = ME) -> tuple[str, dict[str, Any]]:
    return "pop.closed", {"call_id": CALL, "user_id": user_id, "reason": reason, "by": "Boris"}


def card(state: State) -> dict[str, Any]:
    return state["cards"][CALL]


def test_a_call_goes_from_card_to_talk_to_end():
    assert card(after(pop()))["state"] == "offered"
    assert card(after(pop(), RAISED))["state"] == "ringing"
    talking = after(pop(), RAISED, call("talking", answered_at="2026-01-01T10:00:00Z"))
    assert card(talking)["state"] == "talking"
    assert card(talking)["answered_at"] == "2026-01-01T10:00:00Z"
    ended = after(call("ended", disposition="answered", talk_s=12.5), state=talking)
    assert (card(ended)["state"], card(ended)["talk_s"]) == ("ended", 12.5)
    assert card(ended)["pop"]["pop"] == "p"


def test_who_loses_a_ring_all_is_told_who_answered():
    state = after(pop(), RAISED, closed("answered_elsewhere"))
    assert state["cards"] == {}
    assert [(one["call_id"], one["reason"], one["by"]) for one in state["recent"]] == [
        (CALL, "answered_elsewhere", "Boris")
    ]


def test_a_next_candidate_rings_only_when_their_phone_does():
    state = after(pop(stage="next"))
    assert card(state)["state"] == "next"
    assert card(after(RAISED, state=state))["state"] == "ringing"


def test_the_card_that_comes_after_the_ring_does_not_take_the_state_back():
    assert card(after(RAISED, pop()))["state"] == "ringing"
    assert card(after(call("talking"), pop(stage="next")))["state"] == "talking"


def test_who_hands_a_call_over_keeps_the_card_for_the_note():
    state = after(pop(), call("talking"), closed("transferred"))
    assert (card(state)["state"], card(state)["reason"]) == ("ended", "transferred")


def test_a_call_that_comes_back_is_a_new_card():
    state = after(pop(), call("talking"), call("ended", talk_s=3))
    back = apply(state, {"seq": 9, "type": "pop", "data": pop(**{"from": {"name": "A"}})[1]})
    assert (card(back)["state"], card(back)["opened"]) == ("offered", 9)
    assert "talk_s" not in card(back)


def test_a_caller_who_gives_up_leaves_the_card_among_the_recent():
    state = after(pop(), RAISED, call("ended", disposition="cancelled"))
    assert state["cards"] == {}
    assert state["recent"][0]["reason"] == "cancelled"


@pytest.mark.parametrize(
    "frame",
    [
        call("talking", OTHER),
        closed("no_answer", OTHER),
        ("pop.raised", {"call_id": CALL, "user_id": OTHER}),
        call("dreaming"),
        ("communication", {"id": "x"}),
        ("never_heard_of", {}),
        ("pop.raised", {}),
        ("call", {}),
        ("pop", {"stage": "first"}),
        ("pop.closed", {}),
    ],
)
def test_what_is_not_mine_or_not_known_changes_nothing(frame: tuple[str, dict[str, Any]]):
    before = after(pop())
    assert after(frame, state=before) == before


def test_the_end_of_a_call_nobody_saw_makes_no_card():
    assert after(call("ended"), (*RAISED[:1], {"call_id": "", "user_id": ME})) == empty(ME)


def test_a_late_ring_does_not_reopen_a_talk():
    assert card(after(pop(), call("talking"), RAISED))["state"] == "talking"


def test_a_call_without_a_card_makes_one():
    state = after(call("ringing", direction="outbound", number="+79161000001"))
    assert card(state)["direction"] == "outbound"
    assert card(state)["pop"] is None


def test_a_screen_nobody_tidies_stays_small():
    state = after(call("talking"), call("ended"))
    for number in range(MAX_CARDS):
        state = apply(state, {"seq": 10 + number, "type": "pop", "data": pop(f"c{number}")[1]})
    assert CALL not in state["cards"], "the ended one goes first"
    assert len(state["cards"]) == MAX_CARDS
    for number in range(MAX_CARDS):
        state = apply(
            state,
            {"seq": 30 + number, "type": "pop.closed", "data": {"call_id": f"c{number}", "reason": "x"}},
        )
    assert len(state["recent"]) == MAX_RECENT


def test_a_card_put_away_is_gone():
    assert after(pop(), ("pop.dismissed", {"call_id": CALL}))["cards"] == {}


def test_who_of_several_it_is_stands_on_the_card_once_somebody_said_so():
    told = {"call_id": CALL, "user_id": ME, "client": {"kind": "contact", "name": "Olga"}, "sharers": []}
    card = after(pop(), ("pop.client", told))["cards"][CALL]
    assert (card["pop"]["client"]["name"], card["pop"]["sharers"]) == ("Olga", [])
    assert after(("pop.client", told))["cards"] == {}


def test_presence_phones_and_links_are_kept_by_name():
    state = after(
        ("operator", {"user_id": OTHER, "state": "paused", "reason": "lunch", "since": "t"}),
        ("phone", {"user_id": OTHER, "device": "PJSIP/101", "state": "INUSE"}),
        ("phone", {"user_id": OTHER, "device": "PJSIP/201", "state": "UNAVAILABLE"}),
        ("pbx", {"name": "main", "state": "connected", "detail": ""}),
    )
    said = {"state": "paused", "reason": "lunch", "since": "t", "source": None, "until": None}
    assert state["operators"] == {OTHER: said}
    assert state["phones"] == {OTHER: {"PJSIP/101": "INUSE", "PJSIP/201": "UNAVAILABLE"}}
    assert state["pbx"] == {"main": {"state": "connected", "detail": "", "alone": False}}
