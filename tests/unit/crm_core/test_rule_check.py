# SPDX-License-Identifier: Apache-2.0
"""Flaws of a rule set that reads well: each is found, and a good one has none."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.bench._many_rules import many_rules
from crm_core.domain.routing import check_logic
from crm_core.domain.routing.check import Known, check
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.rule_text import read_text
from crm_core.usecases.decide_route import explain
from tests.support.routing import PHONES, FakePbx, a_call_from, a_desk, a_house, rules_of, seed_rules
from tests.support.rule_strategies import LARGE, TABLES, bodies

QUEUE = {"to": "queue", "queue": "default", "seconds": 120}
REST = {"id": "rest", "step": [QUEUE]}
KNOWN = Known(
    teams={"retail": 2, "wholesale": 2, "new": 0},
    logins=frozenset({"anna", "boris", "clara"}),
    hours=frozenset({"shop"}),
    dids=frozenset({"+74951112233"}),
    queues=frozenset({"default", "retail"}),
    mailboxes=frozenset({"default"}),
    sounds=frozenset({"rolodial/closed"}),
)


def a_rule(when, *steps, name="it"):
    return {"id": name, "when": when, "step": [*steps, QUEUE]}


def found(*rules, known=KNOWN, **tables):
    return check(rules_of(*rules, REST, **(tables or TABLES)), known)


def codes(*rules, known=KNOWN, **tables):
    return [(one.code, one.rule, one.step) for one in found(*rules, known=known, **tables)]


def test_the_seed_has_no_flaw():
    assert check(seed_rules(), KNOWN) == ()


@pytest.mark.parametrize(
    ("step", "code", "params", "grave"),
    [
        ({"to": "team", "team": "gone", "seconds": 9}, "no_such_team", {"team": "gone"}, True),
        ({"to": "team", "team": "new", "seconds": 9}, "team_is_empty", {"team": "new"}, False),
        ({"to": "queue", "queue": "gone", "seconds": 9}, "no_such_queue", {"queue": "gone"}, True),
        ({"to": "announce", "prompt": "rolodial/gone"}, "no_such_sound", {"sound": "rolodial/gone"}, False),
        (
            {"to": "callback", "prompt": "rolodial/gone", "seconds": 5},
            "no_such_sound",
            {"sound": "rolodial/gone"},
            False,
        ),
        (
            {"to": "skill", "skill": "english", "at_least": 9, "seconds": 9},
            "nobody_has_skill",
            {"skill": "english"},
            True,
        ),
        ({"to": "assigned_manager", "seconds": 2}, "rings_too_short", {"seconds": 2}, False),
        ({"to": "assigned_manager", "seconds": 999}, "rings_too_long", {"seconds": 999}, False),
    ],
)
def test_a_step(step, code, params, grave):
    [flaw] = found(a_rule({"caller": "known"}, step))
    assert (flaw.code, flaw.params, flaw.grave, flaw.rule, flaw.step) == (code, params, grave, "it", 1)


@pytest.mark.parametrize(
    ("when", "code", "grave"),
    [
        ({"open": "house:gone"}, "no_such_hours", True),
        ({"did": "+74951119999"}, "no_such_did", False),
        ({"on_list": "nobody"}, "list_is_empty", False),
    ],
)
def test_a_condition_names_what_is_not_there(when, code, grave):
    [flaw] = found(a_rule(when))
    assert (flaw.code, flaw.grave) == (code, grave)


def test_a_band_that_the_settings_do_not_have():
    rule = a_rule({"band": ["wholesale", "gone", "none"]})
    assert codes(rule) == []  # nobody could say which there are
    [flaw] = found(rule, known=replace(KNOWN, bands=frozenset({"wholesale"})))
    assert (flaw.code, flaw.params, flaw.grave) == ("no_such_band", {"band": "gone"}, False)


def test_a_number_of_ours_would_bring_the_call_back_without_end():
    rule = a_rule({"caller": "known"}, {"to": "number", "number": "8 495 111-22-33", "seconds": 30})
    assert codes(rule) == []
    known = replace(KNOWN, lines=frozenset({"+74951112233"}))
    [flaw] = found(rule, known=known)
    assert (flaw.code, flaw.grave, flaw.step) == ("number_is_ours", True, 1)


def test_tables():
    skills = {"english": {"anna": 3, "nobody": 2}}
    hours = {"never": {"zone": "Europe/Moscow"}}
    assert codes(skills=skills, hours=hours) == [
        ("hours_never_open", None, None),
        ("no_such_login", None, None),
    ]


@pytest.mark.parametrize("prompt", ["rolodial/closed", "custom/closed"])
def test_a_sound_of_the_house_or_of_the_pbx_is_not_missing(prompt):
    assert codes(a_rule({"caller": "unknown"}, {"to": "announce", "prompt": prompt})) == []


def test_what_could_not_be_asked_is_not_doubted():
    steps = [{"to": "queue", "queue": "x", "seconds": 9}, {"to": "voicemail", "mailbox": "x", "seconds": 9}]
    rules = rules_of({"id": "it", "step": steps})
    assert check(rules, replace(KNOWN, queues=None, mailboxes=None)) == ()
    assert [one.code for one in check(rules, KNOWN)] == ["no_such_queue", "no_such_mailbox"]


@pytest.mark.parametrize(
    "when",
    [
        {"caller": "unknown", "manager": "free"},
        {"caller": "known", "lead_status": "spam"},
        {"caller": "unknown", "turnover": {"window": "30d", "at_least": 1}},
        {"turnover": {"window": "30d", "at_least": 5, "below": 5}},
        {"open": "office", "closed": "office"},
        {"open": "did", "closed": "did"},
        {"caller": "withheld", "number_begins": "+7"},
        {"caller": "withheld", "missed_today": True},
        {"caller": "unknown", "last_operator_days": 3},
        {"manager": "free", "deputy": "free"},
        {"deputy": ["free", "paused"], "manager": ["on_call", "none"]},
    ],
)
def test_conditions_that_exclude_each_other(when):
    assert codes(a_rule(when))[0] == ("contradiction", "it", None)


@pytest.mark.parametrize(
    "when",
    [
        {"caller": "unknown", "manager": ["free", "none"]},
        {"caller": "unknown", "turnover": {"window": "30d", "below": 5}},
        {"open": "office", "closed": "night shift"},
        {"caller": "withheld", "missed_today": False},
        {"manager": "away", "deputy": "free"},
    ],
)
def test_conditions_that_can_hold_together(when):
    assert codes(a_rule(when)) == []


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"manager": ["free", "paused"]}, {"manager": "free", "caller": "contact"}),
        ({"caller": ["known", "lead"]}, {"manager": "free"}),
        ({"caller": "lead"}, {"lead_status": "spam"}),
        (
            {"turnover": {"window": "30d", "at_least": 10}},
            {"turnover": {"window": "30d", "at_least": 20, "below": 30}},
        ),
        ({"last_operator_days": 30}, {"last_operator_days": 7}),
        ({"number_begins": "+7"}, {"number_begins": ["+7495", "+7916"]}),
        ({"manager": "away"}, {"deputy": "free"}),
        ({"open": "office"}, {"open": "office", "caller": "known"}),
    ],
)
def test_a_rule_that_an_earlier_one_covers(earlier, later):
    [flaw] = found(a_rule(earlier, name="first"), a_rule(later))
    assert (flaw.code, flaw.rule, flaw.params) == ("covered", "it", {"by": "first"})


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"manager": "free", "caller": "contact"}, {"manager": "free"}),
        ({"turnover": {"window": "30d", "at_least": 20}}, {"turnover": {"window": "30d", "at_least": 10}}),
        ({"turnover": {"window": "all", "at_least": 5}}, {"turnover": {"window": "30d", "at_least": 10}}),
        ({"number_begins": "+7495"}, {"number_begins": ["+7"]}),
        ({"caller": "contact"}, {"manager": "free"}),
        ({"open": "office"}, {"closed": "office"}),
    ],
)
def test_a_rule_that_is_still_needed(earlier, later):
    assert "it" not in [rule for _, rule, _ in codes(a_rule(earlier, name="first"), a_rule(later))]


@pytest.mark.parametrize(
    "earlier",
    [
        [{"caller": "known"}, {"caller": ["lead", "unknown"]}, {"caller": ["withheld", "own"]}],
        [{"open": "office"}, {"closed": "office"}],
        [{"closed": "did"}, {"open": "did"}],
        [{"manager": "assigned"}, {"manager": "none"}],
    ],
)
def test_rules_that_leave_nothing_between_them(earlier):
    flaws = codes(*(a_rule(when, name=f"rule-{at}") for at, when in enumerate(earlier)))
    assert flaws == [("covered_together", "rest", None)]


def test_hours_that_somebody_may_remove_leave_something():
    assert codes(a_rule({"open": "house:shop"}, name="a"), a_rule({"closed": "house:shop"})) == []


def test_steps_that_nobody_reaches():
    voicemail = {"to": "voicemail", "mailbox": "default", "seconds": 60}
    assert codes(a_rule({"caller": "known"}, voicemail)) == [("after_voicemail", "it", 2)]
    guarded = voicemail | {"if_manager": "paused"}
    assert codes(a_rule({"caller": "known"}, guarded)) == []
    assert codes(a_rule({"manager": "free"}, guarded)) == [("step_never", "it", 1)]
    manager = {"to": "assigned_manager", "seconds": 15}
    assert codes(a_rule({"caller": "unknown"}, manager)) == [("no_manager_here", "it", 1)]
    assert codes(a_rule({"caller": "known"}, manager, manager | {"seconds": 9})) == [("step_twice", "it", 2)]


def test_a_road_that_is_too_long():
    long = {"to": "queue", "queue": "retail", "seconds": 3600}
    [flaw] = found(a_rule({"caller": "known"}, long))
    assert (flaw.code, flaw.params) == ("road_too_long", {"seconds": 3720})


def test_a_road_without_an_end_made_by_a_program():
    rules = rules_of(a_rule({"caller": "known"}, {"to": "assigned_manager", "seconds": 9}), REST)
    first = rules.rules[0]
    for steps, code in (((), "no_steps"), (first.steps[:1], "no_end")):
        flaws = check(replace(rules, rules=(replace(first, steps=steps), rules.last)), KNOWN)
        assert [(one.code, one.grave) for one in flaws] == [(code, True)]


def test_rules_that_ask_of_other_things_are_not_compared_one_by_one(monkeypatch):
    """Of 200 rules of a large house 20 000 pairs: nobody may wait for that while calls are routed."""
    body = read_text(many_rules())
    rules, asked = parse_rules(body, currency="RUB", region="RU"), []
    implies = check_logic._implies
    monkeypatch.setattr(check_logic, "_implies", lambda *pair: asked.append(pair) or implies(*pair))
    codes = {one.code for one in check(rules, replace(KNOWN, lines=frozenset()))}
    assert not codes & NEVER
    assert len(asked) < len(rules.rules) ** 2 / 3


CALLERS = st.sampled_from([*PHONES.values(), "+74950000000", "+18005550000", "anonymous", "", "+74951112233"])
STATES = st.sampled_from(["NOT_INUSE", "INUSE", "UNAVAILABLE"])


@LARGE
@given(bodies(), CALLERS, STATES, st.sampled_from(["PJSIP/trunk", ""]))
def test_a_rule_that_is_said_never_to_match_never_does(body, caller, state, trunk):
    rules = parse_rules(body, currency="RUB", region="RU")
    never = {one.rule for one in check(rules, KNOWN) if one.code in NEVER}
    desk = a_desk(a_house(), rules=rules, pbx=FakePbx({"PJSIP/101": state}))
    decision = explain(a_call_from(caller, trunk=trunk), desk)
    assert decision.rule not in never
    left = tuple(rule for rule in rules.rules if rule.id not in never)
    if left:
        assert evaluate(decision.facts, replace(rules, rules=left)).rule == decision.rule


NEVER = {"contradiction", "covered", "covered_together"}
