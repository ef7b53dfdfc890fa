# SPDX-License-Identifier: Apache-2.0
"""Companies that belong to companies: no rings, five levels, and in memory one band and one sum for all of them."""

import random
from datetime import date
from uuid import UUID

import orjson
import pytest

from crm_core.domain.company_group import LEVELS, check_parent, upwards
from crm_core.domain.directory import PartyKind
from crm_core.domain.directory.clients import Clients
from crm_core.domain.directory.roster import Roster
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.routing.codec import facts_from_json, facts_to_json
from crm_core.domain.turnover import Window
from crm_core.usecases.decide_route import decide_route
from tests.support.routing import MARIA, NORTH, PHONES, a_call_from, a_desk, a_house

A, B, C, D, E, F = (UUID(int=number) for number in range(1, 7))
CHAIN = {A: None, B: A, C: B, D: C, E: D}
HOLDING, SOUTH = UUID(int=70), UUID(int=71)


def test_who_belongs_to_oneself_is_refused_and_so_is_a_ring():
    for child, parent in ((A, A), (A, B), (A, E), (C, D)):
        with pytest.raises(InvalidInputError, match="nor to one that belongs to it"):
            check_parent(child, parent, CHAIN)
    check_parent(E, B, CHAIN)
    check_parent(F, D, CHAIN | {F: None})


def test_a_group_has_five_levels():
    assert len(list(upwards(E, CHAIN))) == LEVELS
    with pytest.raises(InvalidInputError, match="five levels"):
        check_parent(F, E, CHAIN)
    with pytest.raises(InvalidInputError, match="five levels"):  # what hangs below comes along
        check_parent(A, F, CHAIN | {F: None})


def test_data_with_a_ring_end_all_the_same():
    assert list(upwards(A, {A: B, B: A})) == [A, B]


def a_grouped_house():
    directory = a_house()
    clients = directory.clients
    clients.put_company(HOLDING, "Holding", None)
    clients.put_company(SOUTH, "South", None)
    clients.put_parent(NORTH, HOLDING)
    clients.put_parent(SOUTH, HOLDING)
    clients.set_turnover(PartyKind.COMPANY, HOLDING, {Window.DAYS_30: 1_00})
    clients.set_turnover(
        PartyKind.COMPANY, SOUTH, {Window.DAYS_30: -40_000_00, Window.THIS_MONTH: 5, Window.LAST_MONTH: 7}
    )
    clients.set_band(PartyKind.COMPANY, HOLDING, "wholesale", date(2026, 11, 1))
    clients.set_band(PartyKind.COMPANY, NORTH, "old", date(2026, 1, 1))
    return directory


def test_turnover_and_band_of_each_are_those_of_the_group():
    directory = a_grouped_house()
    party = directory.identify(PHONES[MARIA])
    assert (party.company_id, party.group_id, party.group_name) == (NORTH, HOLDING, "Holding")
    assert party.turnover["30d"] == 640_000_00 - 40_000_00 + 1_00
    assert party.turnover["larger_month"] == 7
    assert (party.band, party.band_since) == ("wholesale", date(2026, 11, 1))
    head = directory.clients.party_of(PartyKind.COMPANY, HOLDING, "")
    assert (head.turnover, head.group_id) == (party.turnover, None)
    # Followed at once: a member buys, another leaves.
    directory.clients.set_turnover(PartyKind.COMPANY, SOUTH, {})
    assert directory.identify(PHONES[MARIA]).turnover["30d"] == 640_001_00
    directory.clients.put_parent(NORTH, None)
    party = directory.identify(PHONES[MARIA])
    assert (party.turnover["30d"], party.group_id, party.band) == (640_000_00, None, "old")
    assert directory.clients.party_of(PartyKind.COMPANY, HOLDING, "").turnover["30d"] == 1_00


def test_switched_off_each_company_counts_alone():
    directory = a_grouped_house()
    directory.clients.groups.counted = False
    party = directory.identify(PHONES[MARIA])
    assert (party.turnover["30d"], party.band, party.group_name) == (640_000_00, "old", None)


def test_the_facts_of_a_decision_say_which_group():
    kept = []
    decide_route(a_call_from(PHONES[MARIA]), a_desk(a_grouped_house(), kept=kept))
    [(_, decision, _)] = kept
    told = facts_from_json(orjson.loads(orjson.dumps(facts_to_json(decision.facts))))
    assert (told.group_id, told.group_name) == (HOLDING, "Holding")
    assert (decision.facts.group_id, decision.facts.group_name) == (HOLDING, "Holding")
    assert decision.facts.turnover["30d"] == 600_001_00
    assert decision.facts.band == "wholesale"


def test_a_change_of_one_concerns_the_numbers_of_all_and_of_their_people():
    directory = a_grouped_house()
    directory.clients.put_number("+74955550000", PartyKind.COMPANY, SOUTH)
    assert directory.clients.numbers_of([(PartyKind.COMPANY, HOLDING)]) == {PHONES[MARIA], "+74955550000"}


def test_whatever_order_changes_come_in_sums_are_those_of_the_tree():
    chance = random.Random(5)
    ids = [UUID(int=number) for number in range(1, 31)]
    clients = Clients(Roster())
    for one in ids:
        clients.put_company(one, str(one.int), None)
    parents, own = dict.fromkeys(ids), dict.fromkeys(ids, 0)
    for _ in range(600):
        one = chance.choice(ids)
        if chance.random() < 0.5:
            own[one] = chance.randrange(-500, 1000)
            clients.set_turnover(PartyKind.COMPANY, one, {Window.ALL: own[one]})
        else:
            parent = chance.choice([None, *ids])
            try:
                if parent:
                    check_parent(one, parent, parents)
            except InvalidInputError:
                continue
            parents[one] = parent
            clients.put_parent(one, parent)
        heads = {each: list(upwards(each, parents))[-1] for each in ids}
        asked = chance.choice(ids)
        wanted = sum(own[each] for each in ids if heads[each] == heads[asked])
        party = clients.party_of(PartyKind.COMPANY, asked, "")
        assert party.turnover["all"] == wanted
        assert (party.group_id or asked) == heads[asked]
