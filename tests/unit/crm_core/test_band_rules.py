# SPDX-License-Identifier: Apache-2.0
"""A turnover band decides where a call goes."""

import json
import tomllib
from datetime import date

import orjson
import pytest

from crm_core.domain.directory import PartyKind
from crm_core.domain.routing.codec import facts_from_json, facts_to_json
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.live import RouteRequest, live_facts
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.reading import RuleSetError
from tests.support.routing import CALLER_X, DID, IVAN, MARIA, NORTH, NOW, OLGA, PHONES, a_house

BY_BAND = """
[[rule]]
id = "big"
when = { band = ["wholesale", "key"] }
step = [{ to = "team", team = "wholesale", seconds = 15 }, { to = "queue", queue = "default", seconds = 60 }]
[[rule]]
id = "strangers"
when = { band = "none" }
step = [{ to = "team", team = "retail", seconds = 15 }, { to = "queue", queue = "default", seconds = 60 }]
[[rule]]
id = "others"
step = [{ to = "team", team = "retail", seconds = 15 }, { to = "queue", queue = "default", seconds = 60 }]
"""


def by_band(caller, directory=None):
    rules = parse_rules(tomllib.loads(BY_BAND), currency="RUB", region="RU")
    ask = RouteRequest(pbx="main", linkedid="1", did=DID, caller=PHONES.get(caller, caller), at=NOW)
    facts = live_facts(ask, directory or a_house(), lambda _device: "NOT_INUSE")
    assert facts_from_json(json.loads(orjson.dumps(facts_to_json(facts)))).band == facts.band
    return evaluate(facts, rules)


def test_a_band_is_a_fact_with_its_age():
    directory = a_house()
    directory.clients.set_band(PartyKind.COMPANY, NORTH, "wholesale", date(2026, 11, 3))
    directory.clients.bands_as_of = date(2026, 11, 22)
    decision = by_band(MARIA, directory)
    assert decision.rule == "big"
    [why] = [one for one in decision.why if one.code == "band"]
    assert why.params == {"band": "wholesale", "since": "2026-11-03", "as_of": "2026-11-22"}


def test_who_is_in_no_band_is_in_the_base_and_a_stranger_in_none():
    assert by_band(OLGA).rule == "others"
    assert by_band("+79169999999").rule == "strangers"
    assert by_band(CALLER_X).rule == "strangers"


def test_the_base_may_have_another_name():
    directory = a_house()
    directory.clients.set_band(PartyKind.CONTACT, OLGA, "wholesale", date(2026, 11, 3))
    directory.clients.set_band(PartyKind.CONTACT, IVAN, "retail", date(2026, 11, 3))
    directory.clients.band_names[0] = "key"
    assert by_band(OLGA, directory).rule == "big"
    party = directory.identify(PHONES[IVAN])
    assert (party.band, party.band_since) == ("key", None)


@pytest.mark.parametrize("value", ["[]", '""', "3", "[1]", '["a", ""]', f'"{"x" * 41}"', "true"])
def test_what_is_no_band_is_refused(value):
    text = BY_BAND.replace('["wholesale", "key"]', value, 1)
    with pytest.raises(RuleSetError, match=r"rule\.1\.when\.band"):
        parse_rules(tomllib.loads(text), currency="RUB", region="RU")
