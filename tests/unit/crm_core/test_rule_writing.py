# SPDX-License-Identifier: Apache-2.0
"""Rules written out and read again are the same rules, whatever they say."""

import tomllib

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.routing_file import DEFAULT_FILE, read_routing_file
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.routing.toml import to_toml
from crm_core.domain.routing.write import rules_as_kept
from tests.support.rule_strategies import LARGE, bodies


def read(text, currency="RUB"):
    return parse_rules(tomllib.loads(text), currency=currency, region="RU")


@LARGE
@given(bodies())
def test_what_is_written_reads_back_as_the_same_rules(body):
    rules = parse_rules(body, currency="RUB", region="RU")
    kept = rules_as_kept(rules, "RUB")
    assert parse_rules(orjson.loads(orjson.dumps(kept)), currency="RUB", region="RU") == rules
    assert read(to_toml(kept)) == rules


@LARGE
@given(bodies())
def test_any_kept_form_survives_a_file(body):
    assert tomllib.loads(to_toml(body)) == {"format": 1, **body}


@pytest.mark.parametrize("currency", ["RUB", "JPY", "KWD"])
@pytest.mark.parametrize("amount", [0, 1, 200000, 99999999])
def test_amounts_of_every_kind_of_currency(currency, amount):
    body = {
        "rule": [
            {"id": "a", "when": {"turnover": {"window": "all", "below": amount}}, "step": [QUEUE]},
            {"id": "b", "step": [QUEUE]},
        ]
    }
    rules = parse_rules(body, currency=currency, region="RU")
    assert read(to_toml(rules_as_kept(rules, currency)), currency) == rules


@LARGE
@given(st.integers(-(10**15), 10**15), st.sampled_from(["RUB", "KWD"]))
def test_no_kopeck_is_lost(units, currency):
    from crm_core.domain.routing.conditions import TurnoverIs
    from crm_core.domain.routing.rules import Rule, RuleSet, ToQueue

    end = (ToQueue(seconds=5, queue="q"),)
    big = Rule(id="big", when=(TurnoverIs("30d", units, None),), steps=end)
    rules = RuleSet(version=0, rules=(big, Rule(id="rest", when=(), steps=end)))
    assert read(to_toml(rules_as_kept(rules, currency)), currency) == rules


def test_the_seed_survives():
    _, rules = read_routing_file(DEFAULT_FILE, currency="RUB", region="RU")
    text = to_toml(rules_as_kept(rules, "RUB"))
    assert read(text) == rules
    assert text.startswith("format = 1\n")
    assert 'turnover = { window = "30d", at_least = 200000 }' in text


@LARGE
@given(
    st.dictionaries(st.text(max_size=9), st.text() | st.booleans() | st.integers(-99, 99) | st.floats(-9, 9))
)
def test_names_and_texts_of_any_kind(table):
    assert tomllib.loads(to_toml({"x": table}))["x"] == table


def test_a_file_of_a_later_format_is_refused_clearly():
    with pytest.raises(RuleSetError, match="these rules are of format 2; this Rolodial reads 1"):
        read(to_toml({"rule": []}).replace("format = 1", "format = 2"))


QUEUE = {"to": "queue", "queue": "default", "seconds": 120}
