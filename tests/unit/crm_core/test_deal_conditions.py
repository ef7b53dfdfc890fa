# SPDX-License-Identifier: Apache-2.0
"""Rules that ask for open deals and tasks: what holds, how they are written, what the checks say, tests of rules."""

import tomllib
from datetime import date, datetime, timedelta
from uuid import UUID

import orjson
import pytest

from crm_core.domain.directory import PartyKind
from crm_core.domain.open_items import OpenDeal, OpenItems, OpenTask, dues, largest, soonest
from crm_core.domain.routing.check import Known, check
from crm_core.domain.routing.codec import facts_from_json, facts_to_json
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.routing.rule_tests import run_tests
from crm_core.domain.routing.tests_from_calls import test_of as made_of
from crm_core.domain.routing.toml import tests_to_toml as written_out
from crm_core.domain.routing.toml import to_toml
from crm_core.domain.routing.write import rules_as_kept
from crm_core.domain.task import Due, due
from crm_core.usecases.decide_route import explain
from tests.support.routing import IVAN, MARIA, NORTH, NOW, OLGA, PHONES, a_call_from, a_desk, a_house, traced

END = [{"to": "queue", "queue": "default", "seconds": 60}]
TODAY = date(2026, 11, 22)  # of the house, at NOW


def rules(*whens, tests=()):
    named = [{"id": f"r{n}", "when": when, "step": END} for n, when in enumerate(whens)]
    body = {"rule": [*named, {"id": "rest", "step": END}], "test": list(tests)}
    return parse_rules(body, currency="RUB", region="RU")


def facts_of(caller, directory):
    return explain(a_call_from(PHONES.get(caller, caller)), a_desk(directory)).facts


def a_busy_house():
    """Olga has two offers and a task of yesterday; Maria's company a contract in euros and a task of today."""
    directory = a_house()
    clients = directory.clients
    olga, north = clients.find(PartyKind.CONTACT, OLGA), clients.find(PartyKind.COMPANY, NORTH)
    clients.deals.put(UUID(int=1), [olga], OpenDeal("offer", 120_000_00, "RUB"))
    clients.deals.put(UUID(int=2), [olga], OpenDeal("offer", 500_00, "RUB"))
    clients.deals.put(UUID(int=3), [north], OpenDeal("contract", 9000_00, "EUR"))
    clients.tasks.put(UUID(int=4), [olga], OpenTask(TODAY - timedelta(days=1)))
    clients.tasks.put(UUID(int=5), [olga], OpenTask(TODAY + timedelta(days=9)))
    clients.tasks.put(UUID(int=6), [north], OpenTask(TODAY, NOW + timedelta(hours=1)))
    return directory


@pytest.mark.parametrize(
    ("caller", "when", "holds"),
    [
        (OLGA, {"deal": {}}, True),
        (OLGA, {"deal": {"has": "open"}}, True),
        (OLGA, {"deal": {"has": "none"}}, False),
        (IVAN, {"deal": {}}, False),
        (IVAN, {"deal": {"has": "none"}}, True),
        ("+79160000000", {"deal": {"has": "none"}}, True),
        (OLGA, {"deal": {"stage": "offer"}}, True),
        (OLGA, {"deal": {"stage": "OFFER"}}, True),
        (OLGA, {"deal": {"stage": ["new", "contract"]}}, False),
        (OLGA, {"deal": {"at_least": 120000}}, True),
        (OLGA, {"deal": {"at_least": 120000.01}}, False),
        (OLGA, {"deal": {"stage": "offer", "at_least": 1}}, True),
        (MARIA, {"deal": {"stage": "contract"}}, True),
        (MARIA, {"deal": {"at_least": 1}}, False),
        (MARIA, {"deal": {"at_least": 9000, "currency": "EUR"}}, True),
        (MARIA, {"deal": {"at_least": 9001, "currency": "EUR"}}, False),
        (OLGA, {"task": "open"}, True),
        (OLGA, {"task": "overdue"}, True),
        (OLGA, {"task": "later"}, True),
        (OLGA, {"task": "today"}, False),
        (OLGA, {"task": ["today", "overdue"]}, True),
        (OLGA, {"task": "none"}, False),
        (MARIA, {"task": "today"}, True),
        (IVAN, {"task": "open"}, False),
        (IVAN, {"task": ["none", "overdue"]}, True),
        ("+79160000000", {"task": "none"}, True),
    ],
)
def test_what_holds_is_the_same_of_the_kept_facts(caller, when, holds):
    facts = facts_of(caller, a_busy_house())
    kept = facts_from_json(orjson.loads(orjson.dumps(facts_to_json(facts))))
    wanted = "r0" if holds else "rest"
    assert [evaluate(one, rules(when)).rule for one in (facts, kept)] == [wanted, wanted]
    assert traced(facts, rules(when)) == traced(kept, rules(when))


def test_a_decision_keeps_of_each_stage_and_currency_the_largest():
    facts = facts_of(OLGA, a_busy_house())
    assert facts.deals == (OpenDeal("offer", 120_000_00, "RUB"),)
    assert facts.tasks == ("later", "overdue")


def test_a_decision_that_was_kept_before_there_were_deals_can_be_taken_again():
    stored = orjson.loads(orjson.dumps(facts_to_json(facts_of(OLGA, a_busy_house()))))
    del stored["deals"], stored["tasks"]
    old = facts_from_json(stored)
    assert (old.deals, old.tasks) == (None, None)
    asked = rules({"deal": {"has": "none"}}, {"task": ["none", "open"]})
    assert evaluate(old, asked).rule == "rest"
    assert [one.params["saw"] for one in traced(old, asked)[:2]] == ["deal_unknown", "task_unknown"]


def test_rules_are_written_as_they_were_read():
    whens = [
        {"deal": {}},
        {"deal": {"has": "none"}},
        {"deal": {"stage": ["contract", "offer"], "at_least": 1000.5}},
        {"deal": {"at_least": 0, "currency": "EUR"}},
        {"task": ["later", "overdue", "today"]},
        {"task": "none"},
    ]
    kept = rules_as_kept(rules(*whens), "RUB")
    assert [rule["when"] for rule in kept["rule"][:-1]] == whens
    assert tomllib.loads(to_toml(kept))["rule"] == kept["rule"]
    assert rules(*whens).rules == parse_rules(kept, currency="RUB", region="RU").rules
    usual = rules_as_kept(rules({"deal": {"has": "open", "at_least": 5, "currency": "RUB"}}), "RUB")
    assert usual["rule"][0]["when"] == {"deal": {"at_least": 5}}


@pytest.mark.parametrize(
    "when",
    [
        *(
            {"deal": wrong}
            for wrong in (
                "offer",
                {"has": "some"},
                {"stage": []},
                {"stage": "x" * 41},
                {"at_least": "much"},
                {"currency": "EUR"},
                {"at_least": 1, "currency": "euro"},
                {"has": "none", "stage": "offer"},
                {"has": "none", "at_least": 1},
                {"below": 1},
            )
        ),
        *({"task": wrong} for wrong in ("", [], "tomorrow", {}, 5)),
    ],
)
def test_nonsense_is_refused(when):
    with pytest.raises(RuleSetError):
        rules(when)


def found(*whens, stages=frozenset({"offer"}), currencies=frozenset({"RUB", "EUR"})):
    known = Known(
        teams={},
        logins=frozenset(),
        hours=frozenset(),
        dids=frozenset(),
        stages=stages,
        currencies=currencies,
    )
    return [(one.code, one.rule) for one in check(rules(*whens), known)]


def test_the_checks():
    assert found({"deal": {"stage": "offer"}}) == []
    assert found({"deal": {"stage": ["offer", "gone"]}}) == [("no_such_stage", "r0")]
    assert found({"deal": {"stage": "gone"}}, stages=None) == []
    assert found({"caller": "unknown", "deal": {}}) == [("contradiction", "r0")]
    assert found({"caller": "lead", "task": "overdue"}) == [("contradiction", "r0")]
    assert found({"caller": "lead", "task": ["none", "today"], "deal": {"has": "none"}}) == []
    assert found({"deal": {}}, {"deal": {"stage": "offer"}}) == [("covered", "r1")]
    assert found({"deal": {"at_least": 5}}, {"deal": {"stage": "offer", "at_least": 6}}) == [
        ("covered", "r1")
    ]
    assert found({"deal": {"at_least": 5}}, {"deal": {"at_least": 6, "currency": "EUR"}}) == []
    assert found({"deal": {"stage": "offer"}}, {"deal": {}}) == []
    assert found({"task": "open"}, {"task": "overdue"}) == [("covered", "r1")]
    assert found({"task": "overdue"}, {"task": "today"}) == []


def test_a_currency_that_does_not_exist_is_a_grave_finding():
    when = {"deal": {"at_least": 5, "currency": "XYZ"}}
    assert found(when) == [("no_such_currency", "r0")]
    assert found(when, currencies=None) == []
    assert found({"deal": {"at_least": 5}}, {"deal": {}}) == [], "that of the house, and none"


def test_rules_carry_tests_of_them_and_a_real_call_makes_one():
    whens = {"deal": {"stage": "contract", "at_least": 5000, "currency": "EUR"}, "task": "today"}
    facts = facts_of(MARIA, a_busy_house())
    decision = evaluate(facts, rules(whens))
    assert decision.rule == "r0"
    said = made_of("Maria", facts, decision.rule, decision.steps)
    assert said["deals"] == [{"stage": "contract", "amount": 9000, "currency": "EUR"}]
    assert said["tasks"] == ["today"]
    assert tomllib.loads(written_out([said]))["test"] == [said]
    mine = {"name": "a client", "at": facts.at.isoformat(), "caller": "contact"}
    tested = rules(
        whens,
        {"deal": {"at_least": 100}},
        tests=[
            said,
            mine | {"deals": [{"stage": "new", "amount": 100}], "expect": {"rule": "r1"}},
            mine | {"deals": [{"stage": "new"}], "tasks": ["overdue"], "expect": {"rule": "rest"}},
        ],
    )
    assert all(one.passed for one in run_tests(tested))


def test_when_a_task_is_overdue():
    moscow = datetime.fromisoformat("2026-11-22T23:30:00+03:00")
    assert due(TODAY, None, moscow, TODAY) is Due.TODAY, "all of the day is there for it"
    assert due(TODAY, moscow - timedelta(minutes=1), moscow, TODAY) is Due.OVERDUE
    assert due(TODAY, moscow + timedelta(minutes=1), moscow, TODAY) is Due.TODAY
    assert due(TODAY - timedelta(days=1), None, moscow, TODAY) is Due.OVERDUE
    assert due(TODAY + timedelta(days=1), None, moscow, TODAY) is Due.LATER
    tasks = [OpenTask(TODAY), OpenTask(TODAY, moscow), OpenTask(TODAY), OpenTask(TODAY - timedelta(days=1))]
    assert soonest(tasks) == (tasks[3], tasks[1], tasks[0])
    assert dues(tasks[:1], moscow, TODAY) == ("today",)


def test_who_has_nothing_open_takes_no_memory():
    items = OpenItems[OpenDeal]()
    deal = OpenDeal("offer", 5, "RUB")
    assert items.put(UUID(int=1), [3, 4], deal) == {3, 4}
    assert items.put(UUID(int=1), [4, 3], deal) == set(), "as it was"
    assert items.put(UUID(int=1), [3, 7], deal) == {3, 4, 7}, "it went to another company"
    assert (items.of(3), items.of(4), items.of(3, 7, None)) == ([deal], [], [deal])
    assert items.drop(UUID(int=1)) == {3, 7}
    assert items.drop(UUID(int=1)) == set()
    assert items.put(UUID(int=2), [], deal) == set()
    assert not len(items)
    assert (items._items, items._of) == ({}, {})
    assert largest([]) == ()
