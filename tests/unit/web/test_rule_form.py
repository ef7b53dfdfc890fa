# SPDX-License-Identifier: Apache-2.0
"""The form of a rule: every condition and step of the language has one, and what goes in comes out."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from crm_core.domain.routing.assign_rules import HEIRS
from crm_core.domain.routing.parse import house_of, parse_rules
from crm_core.domain.routing.parse_assign import ASKABLE
from crm_core.domain.routing.parse_conditions import _MAKERS as CONDITION_MAKERS
from crm_core.domain.routing.parse_steps import _MAKERS as STEP_MAKERS
from crm_core.domain.routing.reading import Reader, RuleSetError
from crm_core.domain.routing.rules import TO
from tests.support.rule_strategies import LARGE, bodies
from tests.unit.web.test_rule_words import L10N
from web.rule_acts import act_on
from web.rule_errors import TEXTS, WHATS, error_words
from web.rule_form import conditions_of, fits, form_of_rule, read_rule, steps_of
from web.rule_groups import grouped
from web.rule_parts import Looks, conditions_shown, steps_shown
from web.rule_registry import CONDITIONS, STEPS
from web.rule_tables import ASSIGN, CALLS

ROUTING = Path(__file__).parents[3] / "crm_core" / "domain" / "routing"
HOUSE = house_of(Reader({}, ()), "RUB", "RU")


def a_form(**fields):
    plain = {"id": "vip", "when": "caller", "w.caller.value": "known", "step": "0", "s.0.to": "queue"}
    return MultiDict({**plain, "s.0.queue": "default", "s.0.seconds": "60"} | fields)


def wrong(form, **more):
    return {name: str(error) for name, error in read_rule(form, HOUSE, is_last=False, **more).errors.items()}


def test_every_condition_and_step_of_the_language_has_a_form():
    assert set(CONDITIONS) == set(CONDITION_MAKERS) - {"source"}  # of [[assign]] alone
    assert set(STEPS) == set(STEP_MAKERS) == set(TO.values())
    assert set(ASSIGN.conditions) == ASKABLE
    assert set(ASSIGN.steps) == set(HEIRS.values())


def through(body, browser):
    """Each of its rules as a form, sent by `browser`, and read again."""
    house, all_read = house_of(Reader(body, ()), "RUB", "RU"), dict(body)
    for table in (CALLS, ASSIGN):
        rules = []
        for place, rule in enumerate(body[table.name]):
            assert fits(rule, table)
            is_last = table is CALLS and place == len(body[table.name]) - 1
            form = browser(form_of_rule(rule, table), table)
            read = read_rule(form, house, is_last=is_last, table=table)
            assert read.errors == {}
            rules.append(read.rule)
        all_read[table.name] = rules
    return all_read


def a_browser(form, table):
    """What is checked, chosen and typed on the page."""
    sent = MultiDict((name, form[name]) for name in ("id", "off") if name in form)
    looks = Looks(choices={}, l10n=L10N, currency="RUB", table=table)
    conditions, steps = (make(form, {}, looks) for make in (conditions_shown, steps_shown))
    sent.extend(("when", part.key) for part in conditions)
    for part in steps:
        sent.extend([("step", part.key), (f"s.{part.key}.to", form[f"s.{part.key}.to"])])
    for shown in (one for part in (*conditions, *steps) for one in part.fields):
        sent.extend((shown.name, one) for one in shown.options or shown.values if one in shown.values)
        if shown.more:
            sent.add(f"{shown.name}.more", shown.more)
    return sent


@given(bodies())
@LARGE
def test_every_rule_goes_through_its_form_unchanged(body):
    assert parsed(through(body, lambda form, _table: form)) == parsed(body)


@given(bodies())
@LARGE
def test_every_rule_goes_through_the_page_unchanged(body):
    assert parsed(through(body, a_browser)) == parsed(body)


def parsed(body):
    return parse_rules(body, currency="RUB", region="RU")


def test_errors_stand_at_their_fields_all_at_once():
    form = a_form(**{"id": "V.I.P.", "s.0.seconds": "soon", "w.turnover.at_least": "much"})
    form.add("when", "turnover")
    assert wrong(form) == {
        "id": "id: a name of small letters, digits, - and _ is wanted, not 'v.i.p.'",
        "w.turnover.window": "this is needed",
        "w.turnover.at_least": "an amount is needed, as 200000",
        "s.0.seconds": "a whole number is needed",
    }
    assert wrong(a_form(**{"s.0.seconds": "9000"})) == {
        "s.0.seconds": "seconds: a whole number from 1 to 3600 is wanted, not 9000"
    }
    assert wrong(a_form(), others={"vip"}) == {"id": "'vip' stands twice"}
    assert "when" in wrong(MultiDict((k, v) for k, v in a_form().items() if k != "when"))
    assert "s.0.to" in wrong(a_form(**{"s.0.to": "assigned_manager"}))
    assert "step" in wrong(MultiDict((k, v) for k, v in a_form().items() if k != "step"))


def test_amounts_are_read_as_people_write_them():
    form = a_form(**{"w.turnover.window": "30d", "w.turnover.at_least": "200\u00a0000,50"})
    form.add("when", "turnover")
    assert read_rule(form, HOUSE, is_last=False).rule["when"]["turnover"]["at_least"] == 200000.5


def test_a_currency_is_one_that_exists():
    form = a_form(**{"w.deal.at_least": "5", "w.deal.currency": "xyz"})
    form.add("when", "deal")
    assert wrong(form) == {"w.deal.currency": "This is not a currency (three letters, as EUR)."}
    form["w.deal.currency"] = " eur "
    assert read_rule(form, HOUSE, is_last=False).rule["when"]["deal"] == {"at_least": 5, "currency": "EUR"}


def test_a_rule_that_the_form_cannot_show_is_not_put_into_it():
    good = {"id": "a", "when": {"caller": "known"}, "step": [{"to": "queue", "queue": "q", "seconds": 1}]}
    assert fits(good)
    for more in (
        {"moon": 1},
        {"when": {"moon": "full"}},
        {"when": 1},
        {"when": {"turnover": 5}},
        {"when": {"turnover": {"moon": 1}}},
        {"when": {"caller": {"a": 1}}},
        {"when": {"number_begins": "+7,+8"}},
        {"step": [{"to": "mars"}]},
        {"step": [{"to": "queue", "moon": 1}]},
        {"step": "x"},
        {"off": "x"},
    ):
        assert not fits({**good, **more}), more
    assert not fits("x")


def test_who_becomes_the_manager_is_asked_by_the_same_form():
    form = MultiDict(
        {"id": "x", "step": "0", "s.0.to": "team", "when": "caller", "w.caller.value": "unknown"}
    )
    read = read_rule(form, HOUSE, is_last=False, table=ASSIGN)
    assert {name: str(error) for name, error in read.errors.items()} == {
        "s.0.team": "this is needed",
        "w.caller.value": "caller: only one of company, contact, lead has a manager",
    }
    form["new_step"] = "person"
    form, focus = act_on(form, "step-add", ASSIGN)
    assert (steps_of(form, ASSIGN), focus) == (["1"], "s.1")
    form["s.1.login"] = "anna"
    form, _ = act_on(form, "when-remove caller", ASSIGN)
    read = read_rule(form, HOUSE, is_last=False, table=ASSIGN)
    assert (read.rule, read.errors) == ({"id": "x", "to": "person", "login": "anna"}, {})
    form["off"] = "1"
    switched_off = {"id": "x", "off": True, "to": "person", "login": "anna"}
    assert read_rule(form, HOUSE, is_last=False, table=ASSIGN).rule == switched_off
    nobody_said = MultiDict({"id": "x"})
    assert set(read_rule(nobody_said, HOUSE, is_last=False, table=ASSIGN).errors) == {"step"}
    assert fits({"id": "x", "off": True, "to": "nobody"}, ASSIGN)
    for more in ({"off": "x"}, {"moon": 1}, {"when": {"manager": "free"}}, {"to": "queue"}):
        assert not fits({"id": "x", "to": "nobody", **more}, ASSIGN), more


@given(
    st.lists(
        st.sampled_from(
            [
                "when-add",
                "step-add",
                "step-up 0",
                "step-down 0",
                "step-remove 1",
                "when-remove caller",
                "x",
                "step-up 99",
            ]
        )
    ),
    st.data(),
)
def test_buttons_lose_nothing_that_was_typed(clicks, data):
    form = a_form(**{"s.0.seconds": "typed", "w.caller.value": "lead"})
    for do in clicks:
        form["new_when"] = data.draw(st.sampled_from([*CONDITIONS, "moon"]))
        form["new_step"] = data.draw(st.sampled_from([*STEPS, "moon"]))
        before = conditions_of(form), steps_of(form)
        form, _ = act_on(form, do)
        removed = {one for some in before for one in some} - {*conditions_of(form), *steps_of(form)}
        assert removed <= {do.partition(" ")[2]}
    assert form["s.0.seconds"] == "typed"


def test_a_step_added_comes_before_the_last_and_moves_on():
    form = a_form(new_step="team")
    form, focus = act_on(form, "step-add")
    assert (steps_of(form), focus, form["s.1.seconds"]) == (["1", "0"], "s.1", "20")
    form, focus = act_on(form, "step-down 1")
    assert (steps_of(form), focus) == (["0", "1"], "step-up 1")


def test_every_error_of_the_rules_is_named_for_translation():
    """Texts are literals at the place where they are raised, or the variable `text` of that function."""
    texts, whats = set(), set()
    for path in [*ROUTING.glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Assign) and [ast.unparse(one) for one in node.targets] == ["text"]:
                texts |= _literal(node.value)
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in {"fail", "RuleSetError"}:
                texts |= _literal(node.args[1])
            if name in {"text", "texts"} and len(node.args) > 2:
                whats |= _literal(node.args[2])
            whats |= set().union(*(_literal(one.value) for one in node.keywords if one.arg == "what"))
    assert texts <= TEXTS, texts - TEXTS
    assert whats <= WHATS, whats - WHATS
    assert whats >= WHATS, WHATS - whats


def _literal(node):
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_an_error_is_said_with_its_parameters():
    with pytest.raises(RuleSetError) as caught:
        Reader({"seconds": -1}, ("rule", 0)).whole("seconds", 1, 60)
    assert str(caught.value) == "rule.1.seconds: a whole number from 1 to 60 is wanted, not -1"
    assert error_words(caught.value, L10N) == "a whole number from 1 to 60 is wanted, not -1"
    assert all(re.fullmatch(r"[^%]*(%\(\w+\)[sr][^%]*)*", text) for text in TEXTS)


def test_a_name_is_taken_as_people_write_it():
    read = read_rule(a_form(id=" VIP  clients "), HOUSE, is_last=False)
    assert (read.rule["id"], read.errors) == ("vip-clients", {})
    assert "id" in wrong(a_form(id="VIP clients"), others=frozenset({"vip-clients"}))


@pytest.mark.parametrize(
    ("fields", "name", "said"),
    [
        ({"when": "turnover", "w.turnover.window": "30d"}, "w.turnover.at_least", "an amount is needed"),
        ({"step": ""}, "step", "a step is needed"),
        ({"id": " "}, "id", "this is needed"),
    ],
)
def test_a_form_speaks_of_no_file(fields, name, said):
    words = error_words(read_rule(a_form(**fields), HOUSE, is_last=False).errors[name], L10N)
    assert words.startswith(said)


@pytest.mark.parametrize("table", [CALLS, ASSIGN])
def test_each_condition_is_offered_once(table):
    offered = [key for members in grouped(table.conditions, L10N).values() for key in members]
    assert sorted(offered) == sorted(table.conditions)
