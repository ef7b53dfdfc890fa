# SPDX-License-Identifier: Apache-2.0
"""Rules carry tests: said in the rule file, run without a house, and made from calls that were routed."""

import re
import tomllib
from pathlib import Path

import orjson
import pytest
from hypothesis import given

from crm_core.domain.directory import OperatorState
from crm_core.domain.routing.codec import facts_from_json, facts_to_json
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.routing.rule_tests import run_tests
from crm_core.domain.routing.tests_from_calls import test_of as make_test
from crm_core.domain.routing.toml import to_toml
from crm_core.domain.routing.write import rules_as_kept
from crm_core.usecases.decide_route import explain
from tests.support.routing import ANNA, NOW, OLGA, PHONES, a_call_from, a_desk, a_house
from tests.support.rule_strategies import LARGE
from tests.unit.crm_core.test_routing_properties import ASKS, desks

RULES = """
[hours.office]
zone = "Europe/Moscow"
fri = ["09:00-18:00"]
[skills.english]
anna = 3
boris = 2
[[rule]]
id = "night"
[rule.when]
closed = "office"
manager = ["offline", "on_call"]
turnover = { window = "30d", at_least = 200000 }
[[rule.step]]
to = "team"
team = "wholesale"
seconds = 15
[[rule.step]]
to = "queue"
queue = "wholesale"
seconds = 60
[[rule]]
id = "shop"
[rule.when]
open = "did"
did = "+74951112233"
[[rule.step]]
to = "skill"
skill = "english"
how = "round_robin"
seconds = 15
[[rule.step]]
to = "queue"
queue = "retail"
seconds = 60
[[rule]]
id = "rest"
[[rule.step]]
to = "voicemail"
mailbox = "default"
seconds = 60
"""
FRIDAY = """
[[test]]
name = "a wholesale client on Friday evening"
at = "2026-11-27T19:05:00+03:00"
number = "8 916 100-00-01"
caller = "contact"
manager = "Anna"
turnover = { 30d = 200000 }
people = { Anna = "on_call", Clara = "paused" }
teams = { wholesale = ["Clara", "Dmitri", "Eva"] }
expect = { rule = "night", steps = ["Dmitri + Eva", "queue wholesale"] }
"""
SHOP = """
[[test]]
name = "the shop by skill"
at = "2026-11-27T12:00:00+03:00"
did = "+74951112233"
caller = "unknown"
open = { did = true }
people = { anna = { turn = 5 }, boris = "free" }
expect = { steps = ["anna", "boris"] }
"""


def parsed(text):
    return parse_rules(tomllib.loads(text), currency="RUB", region="RU")


def results(text):
    return run_tests(parsed(text))


def test_tests_of_a_file_pass():
    assert [(one.test.name, one.passed) for one in results(RULES + FRIDAY + SHOP)] == [
        ("a wholesale client on Friday evening", True),
        ("the shop by skill", True),
    ]


@pytest.mark.parametrize(
    ("old", "new", "rule", "steps"),
    [
        ("30d = 200000", "30d = 199999.99", "rest", ("voicemail default",)),
        ("19:05", "17:05", "rest", ("voicemail default",)),
        ('Anna = "on_call"', 'Anna = "free"', "rest", ("voicemail default",)),
        ('Clara = "paused"', 'Clara = "free"', "night", ("Clara + Dmitri + Eva", "queue wholesale")),
        ('Clara = "paused"', "Eva = { phone = false }", "night", ("Clara + Dmitri", "queue wholesale")),
        ("wholesale = [", "retail = [", "night", ("queue wholesale",)),
        ('rule = "night"', 'rule = "shop"', "night", ("Dmitri + Eva", "queue wholesale")),
    ],
)
def test_a_test_that_fails_says_what_came(old, new, rule, steps):
    assert old in FRIDAY
    [result] = results(RULES + FRIDAY.replace(old, new))
    assert not result.passed
    assert (result.rule, result.steps) == (rule, steps)


def test_only_the_steps_that_are_named_are_compared():
    text = FRIDAY.replace(', "queue wholesale"', "")
    assert results(RULES + text)[0].passed
    longer = FRIDAY.replace('"queue wholesale"', '"queue wholesale", "voicemail default"')
    assert not results(RULES + longer)[0].passed


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('caller = "contact"', 'caller = "vip"', "test.1.caller"),
        ('caller = "contact"\n', "", "test.1.caller"),
        ("+03:00", "", "a time with its offset"),
        ('at = "2026-11-27T19:05:00+03:00"\n', "", "test.1.at: is missing"),
        ('"on_call"', '"ill"', "test.1.people.Anna"),
        ('"on_call"', "{ state = 3 }", "test.1.people.Anna.state"),
        ("30d", "30_days", "is not known here"),
        ('name = "a', 'title = "a', "test.1.name"),
        (
            'expect = { rule = "night", steps = ["Dmitri + Eva", "queue wholesale"] }',
            "",
            "rule, steps or an assign",
        ),
        ('["Clara", "Dmitri", "Eva"]', '"Clara"', "a list of texts"),
        ("8 916 100-00-01", "eight", "not a telephone number"),
    ],
)
def test_a_test_that_makes_no_sense(old, new, says):
    assert old in FRIDAY
    with pytest.raises(RuleSetError, match=says):
        results(RULES + FRIDAY.replace(old, new))


def test_tests_are_written_with_the_rules():
    rules = parsed(RULES + FRIDAY + SHOP)
    again = parsed(to_toml(rules_as_kept(rules, "RUB")))
    assert again == rules
    assert all(one.passed for one in run_tests(again))


@LARGE
@given(desks(), ASKS)
def test_a_test_made_of_any_decision_passes(desk, ask):
    decision = explain(ask, desk)
    facts = facts_from_json(orjson.loads(orjson.dumps(facts_to_json(decision.facts))))
    made = make_test("as it was", facts, decision.rule, decision.steps)
    kept = rules_as_kept(desk.rules, "RUB") | {"test": [orjson.loads(orjson.dumps(made))]}
    [result] = results(to_toml(kept))
    assert result.passed, (result.rule, result.steps, made)


def test_what_such_a_test_says():
    directory = a_house()
    directory.set_state(ANNA, OperatorState.PAUSED, NOW)
    decision = explain(a_call_from(PHONES[OLGA]), a_desk(directory))
    said = make_test("a call", decision.facts, decision.rule, decision.steps)
    assert said == {
        "name": "a call",
        "at": NOW.isoformat(),
        "caller": "contact",
        "number": PHONES[OLGA],
        "did": "+74951112233",
        "manager": "Anna",
        "band": "retail",
        "turnover": {"30d": 48300},
        "people": {"Anna": {"state": "paused", "turn": 1}, "Boris": {"turn": 2}},
        "teams": {"retail": ["Anna", "Boris"]},
        "expect": {"rule": "retail", "steps": ["Boris", "queue default", "voicemail default"]},
    }


def test_the_example_of_the_page_passes():
    page = (Path(__file__).parents[3] / "docs/routing.md").read_text()
    tables, example, assign = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    queue = [{"to": "queue", "queue": "default", "seconds": 60}]
    team = {"to": "team", "team": "wholesale", "seconds": 9}
    when = {"closed": "did", "turnover": {"window": "30d", "at_least": 200000}}
    rules = [{"id": "wholesale", "when": when, "step": [team, *queue]}, {"id": "rest", "step": queue}]
    [result] = results(
        f"{tables}\n{to_toml({'rule': rules}).removeprefix('format = 1')}\n{example}\n{assign}"
    )
    assert result.passed, (result.rule, result.steps)
