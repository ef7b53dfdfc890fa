# SPDX-License-Identifier: Apache-2.0
"""What other rules would have done with calls that were decided: sums, hours, and calls to look at."""

from uuid import UUID

import orjson
import pytest

from crm_core.domain.routing.codec import facts_from_json, facts_to_json
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.replay import Again, Tally, replay
from crm_core.usecases.decide_route import decide_route
from tests.support.routing import (
    ANNA,
    CLARA,
    IVAN,
    NOW,
    OLGA,
    PHONES,
    a_call_from,
    a_desk,
    rules_of,
)

LAST = {"id": "rest", "step": [{"to": "queue", "queue": "default", "seconds": 60}]}
MANAGER = {
    "id": "manager",
    "when": {"manager": "free"},
    "step": [{"to": "assigned_manager", "seconds": 9}, *LAST["step"]],
}
TEAM = {
    "id": "team",
    "when": {"caller": "known"},
    "step": [{"to": "team", "team": "retail", "seconds": 9}, *LAST["step"]],
}


def decided(caller, rules, answered_by=None, number=1):
    """A decision as the database gives it."""
    kept = []
    decide_route(a_call_from(caller), a_desk(rules=rules_of(*rules), kept=kept))
    [(_, decision, _)] = kept
    facts = orjson.dumps(facts_to_json(decision.facts)).decode()
    return UUID(int=number), decision.rule, facts, orjson.dumps(decision.steps).decode(), answered_by


def replayed(rules, *decisions):
    return replay({"rule": list(rules)}, "RUB", "RU", "Europe/Moscow", decisions)


def test_the_load_of_each_operator_is_counted_by_the_hour_of_the_house():
    tally = replayed([LAST], decided(PHONES[OLGA], [MANAGER, LAST]), decided(PHONES[IVAN], [MANAGER, LAST]))
    assert NOW.hour == 9  # in Moscow it is 12
    assert list(tally.hours) == [str(ANNA)]
    then, now = tally.hours[str(ANNA)]
    assert (then[12], sum(then), sum(now)) == (1, 1, 0)


@pytest.mark.parametrize(("extension", "others"), [(str(ANNA.int), 1), (str(CLARA.int), 0), (None, 0)])
def test_an_answer_by_who_would_not_be_rung_first_is_counted_apart(extension, others):
    """Of Clara nothing was looked at, so nothing is said of her."""
    tally = replayed([LAST], decided(PHONES[OLGA], [MANAGER, LAST], extension))
    assert (tally.other_answer, tally.other_people) == (others, 1)
    assert tally.apart.get("other_answer", []) == [str(UUID(int=1))] * others


def test_calls_that_fall_to_the_last_rule_are_counted_and_kept():
    fallen, not_fallen = (
        decided(PHONES[OLGA], [MANAGER, LAST]),
        decided(PHONES[IVAN], [MANAGER, LAST], number=2),
    )
    tally = replayed([LAST], fallen, not_fallen)
    assert (tally.default_old, tally.default_new, tally.to_default) == (1, 2, 1)
    assert tally.apart["to_default"] == [str(UUID(int=1))]


def test_pieces_add_up_to_the_whole():
    some = [
        decided(PHONES[one], [MANAGER, LAST], "101", number) for number, one in enumerate((OLGA, IVAN, OLGA))
    ]
    whole, pieces = replayed([TEAM, LAST], *some), Tally()
    for one in some:
        pieces.add(replayed([TEAM, LAST], one))
    assert pieces.to_json() == whole.to_json()


def test_a_call_is_taken_again_as_far_as_it_was_kept():
    _, _, facts, _, _ = decided(PHONES[OLGA], [MANAGER, LAST])
    kept = facts_from_json(orjson.loads(facts))
    decision, missing = Again(rules_of(MANAGER, LAST)).as_far_as_kept(kept)
    assert (decision.rule, missing) == ("manager", None)
    decision, missing = Again(rules_of(TEAM, LAST)).as_far_as_kept(kept)
    assert (decision.rule, decision.steps, missing) == ("team", (), ("team", "retail"))


@pytest.mark.parametrize(
    ("rule", "missing"),
    [
        ({"id": "new", "when": {"open": "did"}, "step": LAST["step"]}, ("hours", "did")),
        ({"id": "new", "when": {"closed": "house:shop"}, "step": LAST["step"]}, ("hours", "house:shop")),
        (
            TEAM | {"step": [{"to": "skill", "skill": "english", "seconds": 9}, *LAST["step"]]},
            ("login", "anna"),
        ),
        (TEAM, ("team", "retail")),
    ],
)
def test_what_nobody_asked_for_then_is_not_guessed(rule, missing):
    """Neither that it was closed, nor that nobody speaks English; the call is kept, to be looked at."""
    body = {"rule": [rule, LAST], "skills": {"english": {"anna": 9}}}
    some = [decided(PHONES[OLGA], [MANAGER, LAST])]
    tally = replay(body, "RUB", "RU", "Europe/Moscow", some)
    assert (tally.unsure, tally.other_people, tally.to_default) == (1, 0, 0)
    told = tally.to_json()
    assert told["apart"] == {"unsure": [str(UUID(int=1))]}
    assert [(one["count"], one["unsure"]) for one in told["cells"]] == [(1, 1)]
    rules = parse_rules(body, currency="RUB", region="RU")
    _, found = Again(rules).as_far_as_kept(facts_from_json(orjson.loads(some[0][2])))
    assert found == missing


def test_all_calls_that_move_are_kept_to_be_looked_through_and_some_of_those_that_do_not():
    fallen, waiting = decided(PHONES[OLGA], [MANAGER, LAST]), decided(PHONES[IVAN], [MANAGER, LAST])
    whole = Tally()
    for tally in (replayed([LAST], *[fallen] * 250, *[waiting] * 250), replayed([LAST], *[fallen] * 50)):
        whole.add(tally)
    cells = {(tuple(one["old"]), tuple(one["new"])): one for one in whole.to_json()["cells"]}
    [moved] = [one for (old, new), one in cells.items() if old != new]
    [same] = [one for (old, new), one in cells.items() if old == new]
    assert (moved["count"], len(moved["calls"])) == (300, 300)
    assert (same["count"], len(same["calls"])) == (250, 200)
    assert len(whole.apart["other_people"]) == 300
