# SPDX-License-Identifier: Apache-2.0
"""Where steps lead: deputies, skills, fewest calls, announcements, and roads by why the manager cannot be rung."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from crm_core.domain.absence import Absence
from crm_core.domain.directory import OperatorState, Team
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.offline import OfflineRoutes
from crm_core.usecases.decide_route import explain
from tests.support.routing import (
    ANNA,
    BORIS,
    CLARA,
    DMITRI,
    IVAN,
    NAMES,
    NOW,
    OLGA,
    PHONES,
    FakePbx,
    a_call_from,
    a_desk,
    a_house,
    an_operator,
    rules_of,
)

QUEUE = {"to": "queue", "queue": "default", "seconds": 120}
MANAGER = {"to": "assigned_manager", "seconds": 15}
DEPUTY = {"to": "deputy", "seconds": 12}
SKILLS = {"english": {"anna": 1, "boris": 3, "clara": 3, "dmitri": 2}}


def a_house_with_logins():
    directory = a_house()
    people = [replace(an_operator(one), login=name.lower()) for one, name in NAMES.items()]
    directory.set_people(people, [Team(id=UUID(int=201), name="all", members=tuple(NAMES))])
    return directory


def decided(*steps, directory=None, caller=OLGA, states=None, **tables):
    rules = rules_of({"id": "it", "step": list(steps)}, **tables)
    return explain(a_call_from(PHONES[caller]), a_desk(directory, rules=rules, pbx=FakePbx(states)))


def wires(decision):
    return [step.wire() for step in decision.steps]


def rung(decision):
    return [step.people for step in decision.steps if step.people]


def with_absence(directory, user_id, deputy):
    absence = Absence(
        id=UUID(int=900),
        user_id=user_id,
        starts_at=NOW - timedelta(hours=1),
        ends_at=NOW + timedelta(hours=1),
        created_at=NOW,
        deputy_id=deputy,
    )
    directory.standing.set_absences([absence])
    return directory


def test_the_deputy_is_rung_for_a_manager_who_is_away():
    decision = decided(MANAGER, DEPUTY, QUEUE, directory=with_absence(a_house(), ANNA, CLARA))
    assert rung(decision) == [(CLARA,)]
    assert wires(decision)[0] == "dial^12^103:PJSIP/103"
    assert decision.trace[1].params["reason"] == "away"
    assert decision.steps[0].why.code == "deputy"


def test_a_manager_who_is_here_needs_no_deputy():
    assert rung(decided(MANAGER, DEPUTY, QUEUE)) == [(ANNA,)]


def test_who_is_away_is_not_rung_in_a_team_either():
    directory = with_absence(a_house(), CLARA, None)
    decision = decided({"to": "team", "team": "wholesale", "seconds": 9}, QUEUE, directory=directory)
    assert rung(decision) == [(DMITRI,)]


def test_the_fallback_table_knows_who_is_away():
    rules = rules_of({"id": "it", "step": [MANAGER, DEPUTY, QUEUE]})
    routes = OfflineRoutes(with_absence(a_house(), ANNA, CLARA), rules, "main", NOW)
    assert routes.lists[routes.of(PHONES[OLGA])] == "dial^12^103:PJSIP/103|queue^120^default"


@pytest.mark.parametrize(
    ("state", "states", "road"),
    [
        (OperatorState.AVAILABLE, {}, ["dial^15^101:PJSIP/101", "queue^120^default"]),
        (OperatorState.PAUSED, {}, ["voicemail^60^anna", "queue^120^default"]),
        (OperatorState.OFFLINE, {}, ["queue^30^vip", "queue^120^default"]),
        (OperatorState.AVAILABLE, {"PJSIP/101": "INUSE"}, ["queue^60^vip", "queue^120^default"]),
    ],
)
def test_each_kind_of_unavailable_has_its_own_road(state, states, road):
    directory = a_house()
    directory.set_state(ANNA, state, NOW)
    decision = decided(
        MANAGER,
        {"to": "voicemail", "mailbox": "anna", "seconds": 60, "if_manager": "paused"},
        {"to": "queue", "queue": "vip", "seconds": 30, "if_manager": ["offline", "away"], "priority": 7},
        {"to": "queue", "queue": "vip", "seconds": 60, "if_manager": "on_call", "priority": 5},
        QUEUE,
        directory=directory,
        states=states,
    )
    assert wires(decision) == road
    left_out = [line.params["as"] for line in decision.trace if line.code == "step_not_meant"]
    assert len(left_out) == 5 - len(decision.steps) - (state is not OperatorState.AVAILABLE or bool(states))


def test_the_priority_is_that_of_the_first_queue_walked():
    guarded = {"to": "queue", "queue": "vip", "seconds": 30, "if_manager": "none", "priority": 7}
    assert decided(guarded, QUEUE, caller=OLGA).priority == 0
    assert decided(guarded, QUEUE, caller=IVAN).priority == 7


def test_the_best_are_rung_first_level_by_level():
    step = {"to": "skill", "skill": "english", "seconds": 10}
    decision = decided(step, QUEUE, directory=a_house_with_logins(), skills=SKILLS)
    assert rung(decision) == [(BORIS, CLARA), (DMITRI,), (ANNA,)]
    assert decision.steps[0].why.params == {"skill": "english", "level": 3, "how": "ring_all"}


def test_only_those_who_are_good_enough_and_free_and_one_by_one():
    step = {"to": "skill", "skill": "english", "at_least": 2, "how": "least_recent", "seconds": 10}
    directory = a_house_with_logins()
    directory.presence.set_last_talk(BORIS, NOW)
    decision = decided(step, QUEUE, directory=directory, skills=SKILLS, states={"PJSIP/104": "INUSE"})
    assert rung(decision) == [(CLARA,), (BORIS,)]


def test_a_skill_of_people_who_left_rings_nobody():
    step = {"to": "skill", "skill": "latin", "seconds": 10}
    decision = decided(step, QUEUE, skills={"latin": {"cicero": 10}})
    assert wires(decision) == ["queue^120^default"]
    assert decision.trace[1].params == {"as": "skill", "reason": "no_members", "skill": "latin"}


def test_a_team_that_was_removed_meanwhile_rings_nobody():
    decision = decided({"to": "team", "team": "gone", "seconds": 10}, QUEUE)
    assert wires(decision) == ["queue^120^default"]
    assert decision.trace[1].params == {"as": "team", "reason": "no_members", "team": "gone"}


def test_a_manager_who_was_removed_meanwhile_is_nobodys():
    directory = a_house()
    directory.clients.put_contact(OLGA, "Olga Petrova", UUID(int=999), None)
    assert wires(decided(MANAGER, DEPUTY, QUEUE, directory=directory)) == ["queue^120^default"]


def test_who_talked_in_the_fewest_calls_today_comes_first():
    directory = a_house_with_logins()
    for user_id, calls in ((ANNA, 2), (BORIS, 1), (CLARA, 3)):
        for number in range(calls):
            directory.presence.set_talk(user_id, UUID(int=700 + number), directory.day(NOW))
            directory.presence.set_talk(user_id, UUID(int=700 + number), directory.day(NOW))
    directory.presence.set_talk(DMITRI, UUID(int=800), directory.day(NOW) - timedelta(days=1))
    step = {"to": "team", "team": "all", "how": "fewest_calls", "seconds": 10}
    decision = decided(step, QUEUE, directory=directory)
    assert rung(decision) == [(DMITRI,), (BORIS,), (ANNA,), (CLARA,)]
    assert evaluate(decision.facts, rules_of({"id": "it", "step": [step, QUEUE]})).steps == decision.steps


def test_an_announcement_is_a_step_of_its_own():
    decision = decided({"to": "announce", "prompt": "custom/closed"}, QUEUE)
    assert wires(decision) == ["announce^1^custom/closed", "queue^120^default"]


def test_an_offer_to_call_back_is_a_step_and_may_end_a_road():
    offer = {"to": "callback", "prompt": "custom/press-1"}
    decision = decided({**offer, "seconds": 8}, QUEUE)
    assert wires(decision) == ["callback^8^custom/press-1", "queue^120^default"]
    assert wires(decided(offer)) == ["callback^5^custom/press-1"]
    assert [why.code for why in decision.trace][-2:] == ["chosen_callback", "chosen_queue"]
