# SPDX-License-Identifier: Apache-2.0
"""A number that several clients have: the likeliest first, nobody's until chosen, and the call goes somewhere."""

from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from crm_core.domain.directory import PartyKind
from crm_core.domain.open_items import OpenDeal
from crm_core.domain.routing.check import Known, check
from crm_core.domain.routing.codec import facts_from_json, facts_to_json
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.rules import RuleSet
from crm_core.domain.turnover import Window
from crm_core.usecases.decide_route import decide_route
from tests.support.routing import (
    ANNA,
    BORIS,
    DID,
    IVAN,
    MARIA,
    NORTH,
    NOW,
    OLGA,
    SilentFeed,
    a_call_from,
    a_desk,
    a_house,
)

SHARED = "+79161000044"


def a_shared_house(*owners):
    """Ivan's and Olga's, unless said otherwise."""
    directory = a_house()
    directory.clients.put_owners(
        SHARED,
        owners or ((PartyKind.CONTACT, IVAN, False), (PartyKind.CONTACT, OLGA, False)),
    )
    return directory


def names(directory):
    return [one.party.name for one in directory.sharers(SHARED, NOW)]


def codes(directory):
    return {one.party.id: [why.code for why in one.reasons] for one in directory.sharers(SHARED, NOW)}


def test_it_belongs_to_nobody():
    directory = a_shared_house()
    assert directory.identify(SHARED) is None
    assert names(directory) == ["Ivan Sokolov", "Olga Petrova"]
    assert directory.sharers("+79160000000", NOW) == ()
    assert directory.sharers(None, NOW) == ()


def test_a_recent_talk_says_more_than_money_and_money_more_than_whose_first_number_it_is():
    directory = a_shared_house((PartyKind.CONTACT, IVAN, True), (PartyKind.CONTACT, OLGA, False))
    assert names(directory)[0] == "Ivan Sokolov"
    directory.clients.set_turnover(PartyKind.CONTACT, OLGA, {Window.MONTHS_12: 900_00})
    assert names(directory)[0] == "Olga Petrova"
    directory.clients.note_talk(PartyKind.CONTACT, IVAN, BORIS, NOW - timedelta(days=2))
    assert codes(directory) == {IVAN: ["sharer_talked", "sharer_first_number"], OLGA: ["sharer_bought"]}
    assert names(directory)[0] == "Ivan Sokolov"
    directory.clients.forget_talk(PartyKind.CONTACT, IVAN)
    directory.clients.note_talk(PartyKind.CONTACT, IVAN, BORIS, NOW - timedelta(days=60))
    assert codes(directory)[IVAN] == ["sharer_talked_long_ago", "sharer_first_number"]


def test_an_open_deal_says_more_than_what_was_bought_and_less_than_a_recent_talk():
    directory = a_shared_house()
    clients = directory.clients
    clients.set_turnover(PartyKind.CONTACT, IVAN, {Window.MONTHS_12: 900_00})
    deal = OpenDeal("offer", 5_00, "RUB")
    clients.deals.put(UUID(int=9), [clients.find(PartyKind.CONTACT, OLGA)], deal)
    assert codes(directory) == {OLGA: ["sharer_deal"], IVAN: ["sharer_bought"]}
    assert names(directory)[0] == "Olga Petrova"
    clients.note_talk(PartyKind.CONTACT, IVAN, BORIS, NOW - timedelta(days=2))
    assert names(directory)[0] == "Ivan Sokolov"


def test_of_one_company_it_is_the_companys_and_who_is_still_asked():
    directory = a_house()
    directory.clients.put_contact(IVAN, "Ivan Sokolov", None, NORTH)
    directory.clients.put_owners(SHARED, [(PartyKind.CONTACT, IVAN, True), (PartyKind.CONTACT, MARIA, False)])
    party = directory.identify(SHARED)
    assert (party.kind, party.id) == (PartyKind.COMPANY, NORTH)
    assert set(names(directory)) == {"Ivan Sokolov", "Maria Orlova"}


def test_our_own_number_and_one_we_test_with_are_nobodys():
    directory = a_shared_house()
    directory.clients.set_own([DID, SHARED])
    assert directory.identify(SHARED) is None
    assert directory.sharers(SHARED, NOW) == ()


def test_dropped_and_given_to_one_it_is_no_longer_shared():
    directory = a_shared_house()
    assert directory.clients.numbers_of([(PartyKind.CONTACT, IVAN)]) >= {SHARED}
    directory.clients.put_number(SHARED, PartyKind.CONTACT, IVAN)
    assert (directory.identify(SHARED).id, directory.clients.shared) == (IVAN, {})
    directory.clients.drop_number(SHARED)
    assert directory.identify(SHARED) is None


def test_the_call_goes_where_the_likeliest_is_led_and_the_card_lets_choose():
    directory, feed = a_shared_house(), SilentFeed()
    directory.clients.note_talk(PartyKind.CONTACT, OLGA, BORIS, NOW - timedelta(days=2))
    routed = decide_route(a_call_from(SHARED), a_desk(directory, feed=feed))
    facts = routed.decision.facts
    assert (facts.caller_kind, facts.party_id, facts.manager) == ("shared", None, ANNA)
    assert facts.party_name == "Olga Petrova / Ivan Sokolov"
    assert routed.decision.steps[0].people == (ANNA,)
    head = feed.frames[0][1]
    assert head["client"] == {"kind": "shared", "id": None, "name": None, "number": SHARED, "company": None}
    assert [one["name"] for one in head["sharers"]] == ["Olga Petrova", "Ivan Sokolov"]
    assert (head["manager"], head["turnover"]) == (None, None)


def rules(*callers):
    whens = [{"id": f"r{n}", "when": {"caller": one}, "step": END} for n, one in enumerate(callers)]
    return parse_rules({"rule": [*whens, {"id": "rest", "step": END}]}, currency="RUB", region="RU")


END = [{"to": "queue", "queue": "default", "seconds": 60}]


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ("shared", "r0"),
        ("known", "r0"),
        (["contact", "company"], "r0"),
        ("contact", "rest"),
        ("unknown", "rest"),
    ],
)
def test_rules_may_ask_for_it_and_whoever_it_is_they_are_known(asked, rule):
    facts = decide_route(a_call_from(SHARED), a_desk(a_shared_house())).decision.facts
    kept = facts_from_json(orjson.loads(orjson.dumps(facts_to_json(facts))))
    assert evaluate(facts, rules(asked)).rule == evaluate(kept, rules(asked)).rule == rule


def found(rules: RuleSet):
    known = Known(teams={}, logins=frozenset(), hours=frozenset(), dids=frozenset())
    return [(one.code, one.rule) for one in check(rules, known)]


def test_checks_know_that_a_shared_number_is_a_known_one():
    assert found(rules("known", "shared")) == [("covered", "r1")]
    assert found(rules("contact", "company", "shared")) == []
    every = rules("known", "lead", "unknown", "withheld", ["own", "unknown"], "shared")
    assert ("covered", "r5") in found(every)
