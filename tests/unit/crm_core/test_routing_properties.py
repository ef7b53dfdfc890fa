# SPDX-License-Identifier: Apache-2.0
"""What holds for every house, every rule set and every caller."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import orjson
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.absence import Absence
from crm_core.domain.directory import OperatorState, PartyKind
from crm_core.domain.routing.codec import facts_from_json, facts_to_json, trace_to_json, whys_from_json
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.trace import PASSED_OVER, spelled
from crm_core.domain.turnover import Window
from crm_core.usecases.decide_route import decide_route, explain
from pbx_bridge.route_agi import answer, variables
from tests.support.routing import (
    CALLER_X,
    IVAN,
    MARIA,
    NAMES,
    NORTH,
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
from tests.support.rule_strategies import LARGE

PEOPLE = st.sampled_from(sorted(NAMES))
MAYBE_PEOPLE = st.none() | PEOPLE
STATES = st.sampled_from(
    ["NOT_INUSE", "INUSE", "RINGING", "UNAVAILABLE", "UNKNOWN", "BUSY", "ONHOLD", "INVALID"]
)
CALLERS = st.sampled_from([*PHONES.values(), "+74950000000", "anonymous", "", "'; --"]) | st.text(max_size=30)
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "caller": st.sampled_from(["known", "unknown", "withheld", "lead", "contact", "own"]),
        "manager": st.sampled_from(
            ["free", "away", "paused", "on_call", "offline", "none", "assigned", "no_answer"]
        ),
        "lead_status": st.sampled_from(["spam", "open"]),
        "turnover": st.builds(
            lambda window, key, amount: {"window": window, key: amount},
            st.sampled_from([window.value for window in Window]),
            st.sampled_from(["at_least", "below"]),
            st.integers(0, 500_000),
        ),
        "last_operator_days": st.integers(1, 30),
        "open": st.sampled_from(["office", "did", "house:shop"]),
        "closed": st.sampled_from(["office", "did", "house:shop"]),
        "deputy": st.sampled_from(["free", "none", "away", "assigned"]),
        "missed_today": st.booleans(),
        "number_begins": st.lists(st.sampled_from(["+7", "+7916", "+7495"]), min_size=1, unique=True),
        "country": st.sampled_from(["RU", "KZ"]),
        "number_kind": st.sampled_from(["mobile", "fixed", "other"]),
        "on_list": st.just("vip"),
        "trunk": st.just("PJSIP/trunk"),
        "language": st.sampled_from(["ru", "uk"]),
    },
)
GUARDS = st.fixed_dictionaries({}, optional={"if_manager": st.sampled_from(["free", "away", "none"])})
PLAIN_STEPS = st.one_of(
    st.just({"to": "deputy", "seconds": 9}),
    st.just({"to": "announce", "prompt": "custom/closed"}),
    st.just({"to": "callback", "prompt": "custom/press-1", "seconds": 5}),
    st.just({"to": "skill", "skill": "english", "at_least": 2, "how": "fewest_calls", "seconds": 7}),
    st.just({"to": "assigned_manager", "seconds": 9}),
    st.just({"to": "last_operator", "seconds": 9}),
    st.builds(
        lambda team, how, prefer: {"to": "team", "team": team, "how": how, "prefer": prefer, "seconds": 7},
        st.sampled_from(["retail", "wholesale", "nobody"]),
        st.sampled_from(["ring_all", "round_robin", "least_recent", "fewest_calls"]),
        st.sampled_from(["last_operator", "nobody"]),
    ),
)
PERSON_STEPS = st.builds(lambda step, guard: step | guard, PLAIN_STEPS, GUARDS)
LAST_STEPS = st.sampled_from(
    [
        {"to": "queue", "queue": "default", "seconds": 60, "priority": 3},
        {"to": "number", "number": "+74951234567", "seconds": 30},
        {"to": "voicemail", "mailbox": "default", "seconds": 60},
    ]
)
STEPS = st.builds(lambda people, last: [*people, last], st.lists(PERSON_STEPS, max_size=4), LAST_STEPS)
HOURS = {"office": {"zone": "Europe/Moscow", "sun": ["09:00-18:00"], "mon": ["22:00-03:00"]}}
TABLES = {
    "hours": HOURS,
    "lists": {"vip": {"numbers": [PHONES[OLGA]], "beginnings": ["+1800"]}, "empty": {}},
    "skills": {"english": {"anna": 3, "boris": 2, "clara": 1, "nobody": 3}},
}


@st.composite
def rule_sets(draw):
    conditions = draw(st.lists(CONDITIONS.filter(bool), max_size=4))
    rules = [
        {"id": f"rule-{number}", "when": when, "step": draw(STEPS)} for number, when in enumerate(conditions)
    ]
    return rules_of(*rules, {"id": "rest", "step": draw(STEPS)}, **TABLES, no_answer_seconds=60)


ABSENCES = st.builds(
    lambda user, deputy, end: Absence(
        id=UUID(int=9),
        user_id=user,
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=end),
        created_at=NOW,
        deputy_id=deputy,
    ),
    PEOPLE,
    MAYBE_PEOPLE,
    st.integers(1, 99),
)


@st.composite
def houses(draw):
    directory = a_house()
    people = [replace(an_operator(one), login=name.lower()) for one, name in NAMES.items()]
    directory.set_people(people, directory.teams())
    directory.standing.set_absences(draw(st.lists(ABSENCES, max_size=3)))
    if draw(st.booleans()):
        directory.in_vain.note_missed(PHONES[OLGA], NOW)
    for user_id in NAMES:
        directory.set_state(user_id, draw(st.sampled_from(OperatorState)), NOW)
        if draw(st.booleans()):
            directory.presence.set_last_talk(user_id, NOW - timedelta(minutes=draw(st.integers(0, 99))))
    for contact in (OLGA, IVAN, MARIA):
        company = NORTH if draw(st.booleans()) else None
        directory.clients.put_contact(contact, "Somebody", draw(MAYBE_PEOPLE), company)
        amounts = {window: draw(st.integers(-1000, 60_000_000)) for window in (Window.DAYS_30, Window.ALL)}
        directory.clients.set_turnover(PartyKind.CONTACT, contact, amounts)
        if last := draw(MAYBE_PEOPLE):
            at = NOW - timedelta(days=draw(st.integers(0, 40)))
            directory.clients.note_talk(PartyKind.CONTACT, contact, last, at)
    return directory


@st.composite
def desks(draw):
    states = {f"PJSIP/{user_id.int}": draw(STATES) for user_id in NAMES}
    return a_desk(draw(houses()), rules=draw(rule_sets()), pbx=FakePbx(states))


ASKS = st.builds(
    lambda caller, did, minutes, pres: a_call_from(
        caller, did=did, at=NOW + timedelta(minutes=minutes), presentation=pres
    ),
    CALLERS,
    st.text(max_size=30),
    st.integers(0, 60 * 24 * 7),
    st.sampled_from(["0", "1", "32", "67", "x", ""]),
)


@LARGE
@given(desks(), ASKS)
def test_a_stored_decision_taken_again_is_the_same(desk, ask):
    decision = explain(ask, desk)
    facts = facts_from_json(orjson.loads(orjson.dumps(facts_to_json(decision.facts))))
    again = evaluate(facts, desk.rules)
    assert again.steps == decision.steps
    kept = whys_from_json(orjson.loads(orjson.dumps(trace_to_json(again))))
    assert kept == again.trace
    assert spelled(kept, facts, desk.rules) == decision.trace
    assert all(line.code != PASSED_OVER for line in decision.trace)
    assert (again.rule, again.why, again.priority) == (decision.rule, decision.why, decision.priority)


@LARGE
@given(desks(), ASKS)
def test_the_first_rule_whose_conditions_all_hold_decides(desk, ask):
    """However few of them are asked."""
    decision = explain(ask, desk)
    holding = (rule.id for rule in desk.rules.rules if all(one.holds(decision.facts) for one in rule.when))
    assert decision.rule == next(holding)


@LARGE
@given(desks(), ASKS)
def test_every_call_has_somewhere_to_go_that_needs_nobody(desk, ask):
    decision = decide_route(ask, desk).decision
    assert decision.fallback is None
    assert decision.steps[-1].kind != "dial"


@LARGE
@given(desks(), ASKS)
def test_only_people_who_are_free_are_rung_and_nobody_twice(desk, ask):
    decision = explain(ask, desk)
    rung = [user_id for step in decision.steps for user_id in step.people]
    assert len(rung) == len(set(rung))
    assert all(decision.facts.people[user_id].availability == "free" for user_id in rung)


@LARGE
@given(desks(), ASKS)
def test_who_is_not_rung_is_said_why(desk, ask):
    decision = explain(ask, desk)
    rung = {user_id for step in decision.steps for user_id in step.people}
    passed = {line.params.get("name") for line in decision.trace if line.code == "passed_over"}
    members = {one for team in decision.facts.teams for one in decision.facts.teams[team]}
    left_out = any(line.code == "step_not_meant" for line in decision.trace)
    assert left_out or {NAMES[one] for one in members - rung} <= passed


@LARGE
@given(desks(), ASKS)
def test_whatever_a_caller_sends_only_plain_values_reach_the_dialplan(desk, ask):
    routed = decide_route(ask, desk)
    assert all(re.fullmatch(r"[A-Za-z0-9_^|&@/:.+-]*", value) for _, value in variables(routed))
    lines = list(answer(routed).lines())
    assert all(line.count(b"\n") == 1 and line.endswith(b"\n") for line in lines)


@LARGE
@given(desks(), st.lists(st.sampled_from(sorted(PHONES.values())), min_size=2, max_size=5))
def test_calls_of_the_same_moment_never_ring_the_same_person_first(desk, callers):
    firsts = []
    for number, caller in enumerate(callers):
        routed = decide_route(a_call_from(caller, linkedid=f"1.{number}"), desk)
        firsts.extend(routed.decision.steps[0].people)
    assert len(firsts) == len(set(firsts))


def test_the_lead_of_the_house_is_one():
    assert a_house().identify(PHONES[CALLER_X]).kind == "lead"
