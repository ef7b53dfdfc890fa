# SPDX-License-Identifier: Apache-2.0
"""Rules that ask for tags and debts: what holds, how they are written, what the checks say, and tests of rules."""

import tomllib

import orjson
import pytest

from crm_core.domain.directory import PartyKind
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.routing.check import Known, check
from crm_core.domain.routing.codec import facts_from_json, facts_to_json
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.routing.rule_tests import run_tests
from crm_core.domain.routing.tests_from_calls import test_of as made_of
from crm_core.domain.routing.toml import to_toml
from crm_core.domain.routing.write import rules_as_kept
from crm_core.domain.tags import joined, split, tags
from crm_core.usecases.decide_route import explain
from tests.support.routing import MARIA, NORTH, OLGA, PHONES, a_call_from, a_desk, a_house, traced

END = [{"to": "queue", "queue": "default", "seconds": 60}]


def rules(*whens, tests=()):
    named = [{"id": f"r{n}", "when": when, "step": END} for n, when in enumerate(whens)]
    body = {"rule": [*named, {"id": "rest", "step": END}], "test": list(tests)}
    return parse_rules(body, currency="RUB", region="RU")


def facts_of(caller, directory):
    return explain(a_call_from(PHONES[caller]), a_desk(directory)).facts


def a_tagged_house():
    """Olga is one of the north and owes 120; Maria's company is important and owes 5000."""
    directory = a_house()
    clients = directory.clients
    clients.set_tags(PartyKind.CONTACT, OLGA, ("north", "slow"))
    clients.set_tags(PartyKind.COMPANY, NORTH, ("vip",))
    clients.set_debts(
        {clients.find(PartyKind.CONTACT, OLGA): 120_00, clients.find(PartyKind.COMPANY, NORTH): 5000_00}
    )
    return directory


@pytest.mark.parametrize(
    ("caller", "when", "holds"),
    [
        (OLGA, {"tag": "north"}, True),
        (OLGA, {"tag": "NORTH"}, True),
        (OLGA, {"tag": ["vip", "slow"]}, True),
        (OLGA, {"tag": "vip"}, False),
        (MARIA, {"tag": "vip"}, True),
        (OLGA, {"debt": {"at_least": 120}}, True),
        (OLGA, {"debt": {"at_least": 120.01}}, False),
        (OLGA, {"debt": {"below": 120}}, False),
        (MARIA, {"debt": {"at_least": 1000, "below": 6000}}, True),
    ],
)
def test_what_holds_is_the_same_of_the_kept_facts(caller, when, holds):
    facts = facts_of(caller, a_tagged_house())
    kept = facts_from_json(orjson.loads(orjson.dumps(facts_to_json(facts))))
    wanted = "r0" if holds else "rest"
    assert [evaluate(one, rules(when)).rule for one in (facts, kept)] == [wanted, wanted]
    assert traced(facts, rules(when)) == traced(kept, rules(when))


def test_who_is_no_client_has_no_tag_and_owes_nothing_and_what_nobody_looked_at_does_not_hold():
    facts = explain(a_call_from("+79160000000"), a_desk(a_tagged_house())).facts
    assert (facts.tags, facts.debt) == ((), 0)
    assert evaluate(facts, rules({"debt": {"below": 1}})).rule == "r0"
    stored = orjson.loads(orjson.dumps(facts_to_json(facts)))
    del stored["tags"], stored["debt"]
    old = facts_from_json(stored)
    asked = rules({"debt": {"below": 1}}, {"tag": "vip"})
    assert evaluate(old, asked).rule == "rest"
    assert [one.params["saw"] for one in traced(old, asked)[:2]] == ["debt_unknown", "tag_unknown"]
    untold = explain(a_call_from(PHONES[OLGA]), a_desk(a_house())).facts
    assert untold.debt is None, "before debts were summed up nobody knows them"


def test_rules_are_written_as_they_were_read():
    whens = [{"tag": ["north", "vip"]}, {"debt": {"at_least": 1000, "below": 2500.5}}, {"tag": "vip"}]
    kept = rules_as_kept(rules(*whens), "RUB")
    assert [rule["when"] for rule in kept["rule"][:3]] == whens
    assert tomllib.loads(to_toml(kept))["rule"] == kept["rule"]
    assert rules(*whens).rules == parse_rules(kept, currency="RUB", region="RU").rules


@pytest.mark.parametrize(
    "when",
    [
        *({"tag": wrong} for wrong in ("", [], "a,b", "x" * 41, 5)),
        *({"debt": wrong} for wrong in ({}, 5, {"at_least": "much"}, {"window": "30d", "below": 1})),
    ],
)
def test_nonsense_is_refused(when):
    with pytest.raises(RuleSetError):
        rules(when)


def found(*whens, tags=frozenset({"vip"})):
    known = Known(teams={}, logins=frozenset(), hours=frozenset(), dids=frozenset(), tags=tags)
    return [(one.code, one.rule) for one in check(rules(*whens), known)]


def test_the_checks():
    assert found({"tag": "vip"}) == []
    assert found({"tag": ["vip", "gone"]}) == [("no_such_tag", "r0")]
    assert found({"tag": "gone"}, tags=None) == []
    assert found({"caller": "unknown", "tag": "vip"}) == [("contradiction", "r0")]
    assert found({"caller": "lead", "debt": {"at_least": 1}}) == [("contradiction", "r0")]
    assert found({"debt": {"at_least": 5, "below": 5}}) == [("contradiction", "r0")]
    assert found({"debt": {"at_least": 5}}, {"debt": {"at_least": 10, "below": 20}}) == [("covered", "r1")]
    window = {"window": "30d", "at_least": 10}
    assert found({"debt": {"at_least": 5}}, {"turnover": window}) == []
    assert found({"tag": "vip"}, {"tag": "vip", "caller": "contact"}) == [("covered", "r1")]


def test_rules_carry_tests_of_them_and_a_real_call_makes_one():
    facts = facts_of(OLGA, a_tagged_house())
    decision = evaluate(facts, rules({"tag": "north", "debt": {"at_least": 100}}))
    said = made_of("Olga", facts, decision.rule, decision.steps)
    assert (said["tags"], said["debt"]) == (["north", "slow"], 120)
    mine = {"name": "an important client", "at": facts.at.isoformat(), "caller": "contact", "tags": ["VIP"]}
    tested = rules(
        {"tag": "north", "debt": {"at_least": 100}},
        {"tag": "vip"},
        tests=[said, mine | {"expect": {"rule": "r1"}}, mine | {"tags": [], "expect": {"rule": "rest"}}],
    )
    assert all(one.passed for one in run_tests(tested))


def test_tags_are_short_and_few_and_the_same_in_small_and_capital_letters():
    assert split(" VIP, north;vip ,,") == ("north", "vip")
    assert joined(tags(["b", "A"])) == "a, b"
    for wrong in (["x" * 41], [str(number) for number in range(21)]):
        with pytest.raises(InvalidInputError):
            tags(wrong)
