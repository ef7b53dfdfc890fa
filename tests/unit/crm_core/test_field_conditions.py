# SPDX-License-Identifier: Apache-2.0
"""Rules that ask for fields of contacts and companies: what holds, what is kept, what the checks and tests say."""

import tomllib
from uuid import UUID

import orjson
import pytest

from crm_core.domain.client import ClientKind
from crm_core.domain.client_field import ClientField, FieldKind
from crm_core.domain.routing.check import Known, check
from crm_core.domain.routing.codec import NotKeptError, facts_from_json, facts_to_json
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.field_conditions import fields_named
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.routing.replay import replay
from crm_core.domain.routing.rule_tests import run_tests
from crm_core.domain.routing.tests_from_calls import test_of as made_of
from crm_core.domain.routing.toml import to_toml
from crm_core.domain.routing.write import rules_as_kept
from crm_core.usecases.decide_route import explain
from tests.support.routing import MARIA, NORTH, OLGA, PHONES, a_call_from, a_desk, a_house, traced

END = [{"to": "queue", "queue": "default", "seconds": 60}]
VALUES = {
    "contact.segment": {OLGA.bytes: "Gold"},
    "contact.discount": {OLGA.bytes: "12.5"},
    "contact.since": {OLGA.bytes: "2026-02-28"},
    "contact.vip": {OLGA.bytes: "yes"},
    "company.segment": {NORTH.bytes: "Silver"},
}


def body_of(*whens, tests=()):
    named = [{"id": f"r{n}", "when": when, "step": END} for n, when in enumerate(whens)]
    return {"rule": [*named, {"id": "rest", "step": END}], "test": list(tests)}


def rules(*whens, tests=()):
    return parse_rules(body_of(*whens, tests=tests), currency="RUB", region="RU")


def a_filled_house():
    """Olga's fields are filled; of Maria's, only her company's."""
    directory = a_house()
    for name, values in VALUES.items():
        directory.clients.fields.put(name, dict(values))
    return directory


def asked(caller, *whens, directory=None):
    """The facts after these rules were asked."""
    desk = a_desk(directory or a_filled_house())
    desk.rules = rules(*whens)
    return explain(a_call_from(PHONES.get(caller, caller)), desk).facts


def field(name, **more):
    return {"field": {"name": name} | more}


@pytest.mark.parametrize(
    ("caller", "when", "holds"),
    [
        (OLGA, field("contact.segment", **{"is": "gold"}), True),
        (OLGA, field("contact.segment", **{"is": ["GOLD", "silver"]}), True),
        (OLGA, field("contact.segment", **{"is": "silver"}), False),
        (OLGA, field("company.segment", **{"is": "silver"}), False),
        (MARIA, field("company.segment", **{"is": "silver"}), True),
        (MARIA, field("contact.segment", state="empty"), True),
        (MARIA, field("company.segment", state="filled"), True),
        (OLGA, field("contact.segment", state="empty"), False),
        (OLGA, field("contact.discount", at_least=12.5), True),
        (OLGA, field("contact.discount", at_least=2, at_most=100), True),
        (OLGA, field("contact.discount", at_least="13"), False),
        (OLGA, field("contact.discount", **{"is": 12.50}), True),
        (OLGA, field("contact.since", at_most="2026-02-28"), True),
        (OLGA, field("contact.since", at_least="2026-03-01"), False),
        (OLGA, field("contact.since", at_least=5), False),
        (OLGA, field("contact.segment", at_least=5), False),
        (OLGA, field("contact.vip", **{"is": True}), True),
        (OLGA, field("contact.vip", **{"is": "no"}), False),
        (MARIA, field("contact.discount", at_most=5), False),
        ("+79160000000", field("contact.segment", state="empty"), True),
        ("+79160000000", field("company.segment", state="filled"), False),
        ("", field("contact.vip", **{"is": True}), False),
    ],
)
def test_what_holds_is_the_same_of_the_kept_facts(caller, when, holds):
    facts = asked(caller, when)
    kept = facts_from_json(orjson.loads(orjson.dumps(facts_to_json(facts))))
    wanted = "r0" if holds else "rest"
    assert [evaluate(one, rules(when)).rule for one in (facts, kept)] == [wanted, wanted]
    assert traced(facts, rules(when)) == traced(kept, rules(when))


def test_only_what_a_rule_asked_is_kept_and_of_the_rest_a_replay_says_so():
    facts = asked(OLGA, field("contact.segment", **{"is": "silver"}), {"caller": "known"})
    assert facts.fields == {"contact.segment": "Gold"}
    assert asked(OLGA, {"caller": "known"}).fields == {}
    kept = orjson.dumps(facts_to_json(facts)).decode()
    with pytest.raises(NotKeptError):
        evaluate(facts_from_json(orjson.loads(kept)), rules(field("contact.vip", **{"is": True})))
    decided = [(UUID(int=1), "r1", kept, "[]", None)]
    told = [
        replay(body_of(field(name, **{"is": "gold"})), "RUB", "RU", "UTC", decided).unsure
        for name in ("contact.segment", "contact.vip")
    ]
    assert told == [0, 1]


def test_a_field_that_is_not_in_memory_was_not_looked_at_and_stays_so():
    when = field("contact.segment", state="empty")
    facts = asked(OLGA, when, directory=a_house())
    assert facts.fields == {"contact.segment": None}
    kept = facts_from_json(orjson.loads(orjson.dumps(facts_to_json(facts))))
    assert [evaluate(one, rules(when)).rule for one in (facts, kept)] == ["rest", "rest"]
    assert traced(kept, rules(when))[0].params["saw"] == "field_unknown"


@pytest.mark.parametrize(
    "when",
    [
        field("contact.segment"),
        field("segment", **{"is": "gold"}),
        field("lead.segment", **{"is": "gold"}),
        field("contact.segment", **{"is": []}),
        field("contact.segment", **{"is": "x" * 501}),
        field("contact.segment", **{"is": "gold"}, at_least=5),
        field("contact.segment", **{"is": "gold"}, state="filled"),
        field("contact.segment", state="full"),
        field("contact.segment", at_least="many"),
        field("contact.segment", at_least="2026-13-01"),
        field("contact.segment", at_least=True),
        field("contact.segment", **{"is": "gold"}, more=1),
        {"field": "contact.segment"},
    ],
)
def test_what_cannot_be_understood_is_said(when):
    with pytest.raises(RuleSetError):
        rules(when)


def test_what_was_written_is_read_again():
    whens = (
        field("contact.segment", **{"is": ["gold", "silver"]}),
        field("contact.vip", **{"is": True}),
        field("contact.discount", at_least=0.5, at_most=100),
        field("contact.since", at_least="2026-01-01"),
        field("company.segment", state="empty"),
    )
    text = to_toml(rules_as_kept(rules(*whens), "RUB"))
    assert 'field = { name = "contact.discount", at_least = 0.5, at_most = 100 }' in text
    again = tomllib.loads(text)
    assert parse_rules(again, currency="RUB", region="RU") == rules(*whens)
    assert fields_named(again) == {
        "contact.segment", "contact.vip", "contact.discount", "contact.since", "company.segment"
    }  # fmt: skip


def known(*fields):
    listed = [
        ClientField(
            id=UUID(int=n), of=ClientKind.CONTACT, key=key, label=key.title(), position=n, kind=kind, **more
        )
        for n, (key, kind, more) in enumerate(fields)
    ]
    usual = {"teams": {}, "logins": frozenset(), "hours": frozenset(), "dids": frozenset()}
    return Known(**usual, fields={one.name: one for one in listed})


def codes(there, *whens):
    return [one.code for one in check(rules(*whens), there) if one.grave]


def test_the_check_finds_fields_and_values_that_are_not_there():
    there = known(
        ("segment", FieldKind.CHOICE, {"choices": ("Gold", "Silver")}),
        ("discount", FieldKind.NUMBER, {}),
        ("since", FieldKind.DATE, {}),
        ("vip", FieldKind.FLAG, {}),
        ("old", FieldKind.TEXT, {"archived_at": object()}),
    )
    good = (
        field("contact.segment", **{"is": ["gold", "silver"]}),
        field("contact.discount", at_least=5),
        field("contact.since", at_least="2026-01-01"),
        field("contact.vip", **{"is": True}),
        field("contact.vip", state="empty"),
    )
    assert codes(there, *good) == []
    wrong = {
        "no_such_field": [field("contact.old", **{"is": "x"}), field("contact.none", state="filled")],
        "no_such_value": [
            field("contact.segment", **{"is": "bronze"}),
            field("contact.discount", **{"is": "12.50"}),
            field("contact.since", at_least=5),
            field("contact.vip", **{"is": "perhaps"}),
        ],
        "field_has_no_limits": [field("contact.segment", at_least=5)],
    }
    for code, whens in wrong.items():
        assert [codes(there, when) for when in whens] == [[code]] * len(whens)
    nobody_asked = Known(teams={}, logins=frozenset(), hours=frozenset(), dids=frozenset())
    assert codes(nobody_asked, field("contact.none", state="filled")) == []


def test_rules_that_can_never_match_are_found():
    nobody = Known(teams={}, logins=frozenset(), hours=frozenset(), dids=frozenset())
    gold = field("contact.segment", **{"is": "gold"})
    assert codes(nobody, {"caller": "unknown"} | gold) == ["contradiction"]
    assert codes(nobody, field("contact.segment", **{"is": ["gold", "silver"]}), gold) == ["covered"]
    assert codes(nobody, field("contact.segment", state="filled"), gold) == ["covered"]
    assert codes(nobody, {"caller": "known"}, gold) == ["covered"]
    assert codes(nobody, field("contact.a", at_least=5), field("contact.a", at_least=6, at_most=9)) == [
        "covered"
    ]
    for other in (
        field("company.segment", **{"is": "gold"}),
        field("contact.segment", **{"is": "silver"}),
        field("contact.segment", at_least=5),
        field("contact.segment", state="empty"),
        {"caller": "unknown"},
    ):
        assert codes(nobody, other, gold) == []


def test_tests_state_fields_and_those_they_do_not_name_are_empty():
    gold, empty = field("contact.segment", **{"is": "gold"}), field("contact.vip", state="empty")
    usual = {"name": "gold", "at": "2026-11-27T19:05:00+03:00", "caller": "contact"}
    stated = {"fields": {"contact.segment": "Gold", "contact.discount": 12.50}}
    tests = [
        usual | stated | {"expect": {"rule": "r0"}},
        usual | {"name": "none", "fields": {"contact.vip": True}, "expect": {"rule": "rest"}},
        usual | {"name": "nothing", "expect": {"rule": "r1"}},
    ]
    ruled = rules(gold, empty, tests=tests)
    assert [one.passed for one in run_tests(ruled)] == [True, True, True]
    assert ruled.tests[0].facts.fields["contact.discount"] == "12.5"
    for wrong in ({"segment": "Gold"}, {"contact.segment": []}, {"contact.segment": ""}):
        with pytest.raises(RuleSetError):
            rules(gold, tests=[usual | {"fields": wrong, "expect": {"rule": "r0"}}])


def test_a_test_is_made_of_a_decision():
    when = field("contact.segment", **{"is": "gold"})
    facts = asked(OLGA, when)
    kept = facts_from_json(orjson.loads(orjson.dumps(facts_to_json(facts))))
    decision = evaluate(kept, rules(when))
    table = made_of("from a call", kept, decision.rule, decision.steps)
    assert table["fields"] == {"contact.segment": "Gold"}
    body = body_of(when) | {"test": [table]}
    assert [one.passed for one in run_tests(parse_rules(body, currency="RUB", region="RU"))] == [True]
    again = tomllib.loads(to_toml(body))
    assert again["test"] == [table]
