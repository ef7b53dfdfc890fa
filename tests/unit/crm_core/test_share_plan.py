# SPDX-License-Identifier: Apache-2.0
"""Dealing out: as even as can be, with as few changing hands as must; for any loads."""

from collections import Counter
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.share_plan import Dealer, Dealt, quotas
from crm_core.domain.sharing import OwnedRecord

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
