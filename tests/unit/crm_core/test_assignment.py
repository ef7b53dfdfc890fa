# SPDX-License-Identifier: Apache-2.0
"""The rules [[assign]]: read, written, checked, tested, and whom they give a client to."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from crm_core.domain.open_items import OpenDeal
from crm_core.domain.routing.assign_rules import Share
from crm_core.domain.routing.assignment import Standing, assign
from crm_core.domain.routing.check import Known, check
from crm_core.domain.routing.facts import Facts
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.routing.rule_tests import run_tests
from crm_core.domain.routing.rule_text import read_text
from crm_core.domain.routing.toml import to_toml
from crm_core.domain.routing.write import rules_as_kept

ANNA, BORIS, CLARA = (UUID(int=number) for number in (1, 2, 3))
RULE = """
[[rule]]
id = "rest"
[[rule.step]]
to = "queue"
queue = "default"
seconds = 20
"""
ASSIGN = """
[[assign]]
id = "vip"
when = { caller = "contact", turnover = { window = "30d", at_least = 1000 } }
to = "person"
login = "anna"

[[assign]]
id = "moscow"
when = { source = ["import", "api"], number_begins = "+7495" }
to = "team"
team = "retail"
how = "round_robin"

[[assign]]
id = "talks"
when = { source = "call" }
to = "first_talk"

[[assign]]
id = "rest"
to = "team"
team = "retail"
"""
TEST = """
[[test]]
name = "Moscow, from a file"
at = 2026-11-27T19:05:00+03:00
caller = "contact"
number = "+74951234567"
source = "import"
expect = {{ assign = "{wanted}" }}
"""


def rules(text=ASSIGN):
    return parse_rules(read_text(RULE + text), currency="RUB", region="RU")


def facts(kind="contact", **more):
    at = datetime(2026, 11, 29, tzinfo=UTC)
    given = {"number": "+74951234567", "currency": "RUB", "caller_kind": kind}
    return Facts(at=at, pbx="", did=None, **given | more)


def standing(**more):
    given = {
        "names": {ANNA: "Anna", BORIS: "Boris", CLARA: "Clara"},
        "logins": {"anna": ANNA},
        "teams": {"retail": (BORIS, CLARA)},
    }
    return Standing(**given | more)


def given(there, found, talked=None, rule_set=None):
    decision = assign((rule_set or rules()).assign, found, there, talked)
    there.give(decision)
    return decision.rule, decision.user


def test_what_is_written_is_read_again():
    body = rules_as_kept(rules(), "RUB")
    again = parse_rules(read_text(to_toml(body)), currency="RUB", region="RU")
    assert again.assign == rules().assign
    assert [one.id for one in again.assign] == ["vip", "moscow", "talks", "rest"]


def test_a_rule_that_is_switched_off_is_kept_in_its_place_and_passed_by():
    off = ASSIGN.replace('id = "vip"', 'id = "vip"\noff = true').replace(
        'id = "rest"', 'id = "rest"\noff = true'
    )
    there = rules(off)
    assert [one.id for one in there.assign] == ["moscow", "talks"]
    assert [(place, one.id) for place, one in there.assign_off] == [(0, "vip"), (3, "rest")]
    rich = facts(turnover={"30d": 100_000}, source="import")
    assert given(standing(), rich) == ("vip", ANNA)
    assert given(standing(), rich, rule_set=there) == ("moscow", BORIS)
    assert given(standing(), facts(source="hand"), rule_set=there) == (None, None)
    body = rules_as_kept(there, "RUB")
    assert [(one["id"], one.get("off")) for one in body["assign"]] == [
        ("vip", True),
        ("moscow", None),
        ("talks", None),
        ("rest", True),
    ]
    again = parse_rules(read_text(to_toml(body)), currency="RUB", region="RU")
    assert (again.assign, again.assign_off) == (there.assign, there.assign_off)
    # Nothing is said of it, it takes nobody from the rules after it, and no test meets it.
    assert findings(off, logins=frozenset()) == []
    takes_all = '[[assign]]\nid = "a"\noff = true\nto = "nobody"\n[[assign]]\nid = "b"\nto = "first_talk"\n'
    assert findings(takes_all) == []
    tested = takes_all + TEST.format(wanted="b")
    assert [one.passed for one in run_tests(rules(tested))] == [True]


def test_the_first_rule_that_fits_gives_the_client():
    there = standing()
    assert given(there, facts(turnover={"30d": 100_000})) == ("vip", ANNA)
    assert given(there, facts(source="import")) == ("moscow", BORIS)
    assert given(there, facts(source="hand")) == ("rest", CLARA)


def test_round_robin_goes_round_and_fewest_evens_out():
    there = standing(clients={BORIS: 5, CLARA: 2})
    turns = [given(there, facts(source="api"))[1] for _ in range(4)]
    assert turns == [BORIS, CLARA, BORIS, CLARA]
    assert there.clients == {BORIS: 7, CLARA: 4}
    assert [given(there, facts())[1] for _ in range(4)] == [CLARA, CLARA, CLARA, BORIS]


def test_a_turn_is_remembered():
    there = standing(turns={("retail", BORIS): 7, ("retail", CLARA): 6})
    assert given(there, facts(source="api")) == ("moscow", CLARA)
    assert there.turns[("retail", CLARA)] == 8
    assert there.given == {("retail", CLARA)}


def test_first_talk_waits_and_asks_no_later_rule():
    assert given(standing(), facts("lead", source="call")) == ("talks", None)
    assert given(standing(), facts("lead", source="call"), talked=ANNA) == ("talks", ANNA)
    gone = standing(names={BORIS: "Boris"})
    assert given(gone, facts("lead", source="call"), talked=ANNA) == ("talks", None)


def test_who_is_away_is_passed_over_and_then_the_rule_is():
    without_anna = standing(names={BORIS: "Boris"})
    decision = assign(rules().assign, facts(turnover={"30d": 100_000}), without_anna)
    assert (decision.rule, decision.user, decision.passed) == ("rest", BORIS, ("vip",))
    assert given(standing(names={}), facts()) == (None, None)


def test_no_rule_no_owner():
    only = rules('[[assign]]\nid = "a"\nwhen = { caller = "lead" }\nto = "nobody"\n')
    assert given(standing(), facts("lead"), rule_set=only) == ("a", None)
    assert given(standing(), facts(), rule_set=only) == (None, None)


def test_the_reason_is_told():
    decision = assign(rules().assign, facts(source="import"), standing())
    assert [why.code for why in decision.why] == ["source_import", "number_begins", "assign_turn"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('when = { manager = "free" }\nto = "nobody"', "is not known of a new client"),
        ('when = { open = "did" }\nto = "nobody"', "is not known of a new client"),
        ('when = { caller = "withheld" }\nto = "nobody"', "only one of company, contact, lead"),
        ('to = "queue"', "one of"),
        ('to = "person"', "the login of a person"),
        ('to = "team"\nteam = "retail"\nhow = "ring_all"', "one of"),
        ('to = "nobody"\nteam = "retail"', "is not known here"),
        ('off = "yes"\nto = "nobody"', "true or false"),
        ('when = { source = "fax" }\nto = "nobody"', "one or some of"),
    ],
)
def test_what_makes_no_sense_is_refused(text, wrong):
    with pytest.raises(RuleSetError, match=wrong) as refused:
        rules(f'[[assign]]\nid = "a"\n{text}\n')
    assert refused.value.path[:2] == ("assign", 0)


def test_an_id_stands_once_and_a_rule_of_calls_asks_for_no_source():
    with pytest.raises(RuleSetError, match="stands twice"):
        rules('[[assign]]\nid = "a"\nto = "nobody"\n' * 2)
    asks = RULE.replace('id = "rest"', 'id = "rest"\nwhen = { source = "call" }')
    with pytest.raises(RuleSetError, match="asked of by"):
        parse_rules(read_text(asks), currency="RUB", region="RU")


def findings(text, **more):
    known = {"teams": {"retail": 2}, "logins": frozenset({"anna"}), "hours": frozenset(), "dids": frozenset()}
    found = check(rules(text), Known(**known | more))
    return [(one.code, one.grave, one.rule) for one in found if one.table == "assign"]


def test_the_check_names_what_is_gone_and_what_is_never_reached():
    assert findings(ASSIGN) == []
    assert findings(ASSIGN, teams={}) == [("no_such_team", True, "moscow"), ("no_such_team", True, "rest")]
    assert findings(ASSIGN, logins=frozenset()) == [("no_such_person", True, "vip")]
    assert findings(ASSIGN, teams={"retail": 0})[0] == ("team_is_empty", False, "moscow")
    covered = '[[assign]]\nid = "a"\nto = "nobody"\n[[assign]]\nid = "b"\nto = "first_talk"\n'
    assert findings(covered) == [("covered", True, "b")]
    only_they = '[[assign]]\nid = "a"\nwhen.caller = ["contact", "company", "lead"]\nto = "nobody"\n'
    assert findings(only_they + '[[assign]]\nid = "b"\nto = "first_talk"\n') == [("covered", True, "b")]
    # At the first talk they come by a call.
    waits = '[[assign]]\nid = "a"\nwhen.source = %s\nto = "first_talk"\n'
    assert findings(waits % '["import", "hand"]') == [("first_talk_never", True, "a")]
    assert findings(waits % '["import", "call"]') == []
    # A person may be away: what comes after them is reached then.
    behind = '[[assign]]\nid = "a"\nto = "person"\nlogin = "anna"\n[[assign]]\nid = "b"\nto = "nobody"\n'
    assert findings(behind) == []


CLIENT = """
[[assign]]
id = "dealers"
when = { tag = "dealer", debt = { below = 1 } }
to = "person"
login = "anna"
[[assign]]
id = "offers"
when = { deal = { stage = "offer", at_least = 100 }, task = "overdue" }
to = "team"
team = "retail"
"""


def test_what_is_known_of_a_client_decides():
    there, offer = rules(CLIENT), OpenDeal("offer", 200_00, "RUB")
    given_to = [
        given(standing(), facts(**known), rule_set=there)
        for known in (
            {"tags": ("dealer", "late"), "debt": 0, "deals": (), "tasks": ()},
            {"tags": ("dealer",), "debt": 100, "deals": (offer,), "tasks": ("overdue", "today")},
            {"tags": (), "debt": 0, "deals": (offer,), "tasks": ("today",)},
            {},  # nobody looked
        )
    ]
    assert given_to == [("dealers", ANNA), ("offers", BORIS), (None, None), (None, None)]
    because = assign(there.assign, facts(tags=("dealer",), debt=0), standing()).why
    assert [why.code for why in because] == ["tag", "debt_below", "assign_person"]
    tested = TEST.replace('source = "import"', 'tags = ["dealer"]\ndebt = 500').format(wanted="none")
    assert [one.passed for one in run_tests(rules(CLIENT + tested))] == [True]
    assert not run_tests(rules(CLIENT + tested.replace("debt = 500", "debt = 0")))[0].passed


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ('{ caller = "lead", tag = "vip" }', [("contradiction", True, "a")]),
        ('{ caller = "lead", deal = { has = "none" } }', []),
        ('{ source = "import", did = "600" }', [("contradiction", True, "a")]),
        ('{ language = "uk", source = ["api", "hand"] }', [("contradiction", True, "a")]),
        ('{ source = "import", last_operator_days = 5 }', [("contradiction", True, "a")]),
        ('{ source = ["import", "call"], did = "600", language = "uk" }', []),
        ('{ did = "700" }', [("no_such_did", False, "a")]),
        ('{ source = "import", debt = { at_least = 5 } }', []),
        ('{ tag = "gone" }', [("no_such_tag", False, "a")]),
        ('{ deal = { stage = "gone" } }', [("no_such_stage", False, "a")]),
    ],
)
def test_the_check_knows_what_is_asked_of_a_client(when, found):
    known = {"tags": frozenset({"vip"}), "stages": frozenset({"offer"}), "dids": frozenset({"600"})}
    assert findings(f'[[assign]]\nid = "a"\nwhen = {when}\nto = "nobody"\n', **known) == found
    wider = '[[assign]]\nid = "w"\nwhen.tag = ["vip", "dealer"]\nto = "nobody"\n'
    narrower = '[[assign]]\nid = "n"\nwhen = { tag = "vip", task = "open" }\nto = "nobody"\n'
    assert findings(wider + narrower) == [("covered", True, "n")]


def test_rules_carry_tests_of_it():
    [result] = run_tests(rules(ASSIGN + TEST.format(wanted="moscow")))
    assert (result.passed, result.assign) == (True, "moscow")
    [result] = run_tests(rules(ASSIGN + TEST.format(wanted="rest")))
    assert not result.passed
    [result] = run_tests(rules(TEST.format(wanted="none")))
    assert result.passed


def test_fewest_is_what_is_left_out():
    assert {one.to.how for one in rules().assign if hasattr(one.to, "how")} == set(Share)
    assert "how" not in rules_as_kept(rules(), "RUB")["assign"][-1]
