# SPDX-License-Identifier: Apache-2.0
"""Dealing out: as even as can be, with as few changing hands as must; for any loads."""

from collections import Counter
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.share_plan import Dealer, Dealt, Heirs, quotas
from crm_core.domain.sharing import Owned, OwnedRecord

loads = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=6)


def a_person(number):
    return UUID(int=number + 1)


def records(owned, nobodys):
    made = [a_person(number) for number, many in enumerate(owned) for _ in range(many)]
    managers = [*made, *[None] * nobodys]
    return [OwnedRecord(id=UUID(int=1000 + n), manager_id=one) for n, one in enumerate(managers)]


def dealt_out(besides, owned, nobodys):
    them, dealt = records(owned, nobodys), Dealt()
    dealt.count(them)
    people = {a_person(number): many for number, many in enumerate(besides)}
    dealer = Dealer(quotas(dealt, people), dealt)
    return them, people, [dealer.deal(one) for one in them]


@given(loads, st.integers(0, 50))
def test_nobody_could_be_closer_to_the_others(loads, nobodys):
    besides, owned = zip(*loads, strict=True)
    them, people, heirs = dealt_out(besides, owned, nobodys)
    got = Counter(heirs)
    assert sum(got.values()) == len(them)
    after = {one: many + got[one] for one, many in people.items()}
    for one in people:  # who got any has at most one more than anybody else
        assert not got[one] or after[one] - min(after.values()) <= 1


@given(loads, st.integers(0, 50))
def test_only_those_change_hands_who_must(loads, nobodys):
    besides, owned = zip(*loads, strict=True)
    them, _, heirs = dealt_out(besides, owned, nobodys)
    loses, gains = set(), set()
    for record, heir in zip(them, heirs, strict=True):
        if record.manager_id is not None and record.manager_id != heir:
            loses.add(record.manager_id)
            gains.add(heir)
    assert not loses & gains


def test_more_than_there_were_are_dealt_in_turn():
    dealt = Dealt()
    dealer = Dealer(quotas(dealt, {a_person(0): 0, a_person(1): 0}), dealt)
    assert Counter(dealer.deal(one) for one in records([], 6)) == {a_person(0): 3, a_person(1): 3}


def a_record(number, company=None, contact=None):
    ids = {"company_id": company and UUID(int=company), "contact_id": contact and UUID(int=contact)}
    return OwnedRecord(id=UUID(int=number), manager_id=a_person(9), **ids)


def test_of_all_that_somebody_has_each_goes_with_its_client_and_the_rest_evenly():
    people = [a_person(0), a_person(1)]
    heirs = Heirs(people)
    firms = [heirs.deal(Owned.COMPANY, a_record(number)) for number in (10, 11)]
    assert set(firms) == set(people)
    of_first = [heirs.deal(Owned.CONTACT, a_record(number, company=10)) for number in (20, 21, 22)]
    assert set(of_first) == {firms[0]}
    leads = [heirs.deal(Owned.LEAD, a_record(number)) for number in (30, 31, 32)]
    assert leads == [firms[1]] * 3, "who has fewer clients catches up"
    assert heirs.deal(Owned.DEAL, a_record(40, contact=20, company=99)) == firms[0]
    assert heirs.deal(Owned.TASK, a_record(50, company=11)) == firms[1]
    others = [heirs.deal(Owned.DEAL, a_record(number, contact=99)) for number in (41, 42, 43)]
    assert Counter(others) == {firms[1]: 2, firms[0]: 1}
    assert heirs.of(a_record(60, contact=99)) is None
