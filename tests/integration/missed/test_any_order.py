# SPDX-License-Identifier: Apache-2.0
"""In whatever order calls are told (CEL is late, a PBX was away): who waits is who was not talked with since."""

import random

import pytest

from crm_core.domain.call import Direction
from crm_core.domain.client import ClientKind
from crm_core.usecases.add_phone_number import add_phone_number
from tests.support.builders import ANNA
from tests.support.calls import OLGA, T0, a_world, add_contact
from tests.support.missed import OTHER, answered_at, called_back, listed, missed_at, record

STRANGER = "+79161000055"


def some_calls(chance):
    """From both numbers of Olga's and from a stranger's: in vain, answered, ours."""
    calls = []
    for n in range(chance.randint(3, 9)):
        number, second, linkedid = chance.choice((OLGA, OTHER, STRANGER)), n * 200, f"17951652{n:02}.1"
        kind = chance.random()
        if kind < 0.5:
            calls.append(missed_at(second, linkedid, caller=number))
        elif kind < 0.65:
            calls.append(answered_at(second, linkedid, caller=number))
        else:
            calls.append(called_back(second, linkedid, number, answered=chance.random() < 0.5))
    return calls


def who_waits(calls):
    """As anybody would count it on paper."""
    missed, talked = {}, {}
    for call in calls:
        number = call.caller if call.direction is Direction.INBOUND else call.dialled
        who = STRANGER if number == STRANGER else "Olga"
        if call.missed:
            missed[who] = max(missed.get(who, call.started_at), call.started_at)
        elif call.answered_at:
            talked[who] = max(talked.get(who, call.answered_at), call.answered_at)
    return sorted(who for who, at in missed.items() if who not in talked or talked[who] < at)


@pytest.mark.parametrize("seed", [10, 17, *range(1, 7)])
@pytest.mark.parametrize("shuffled", [False, True])
async def test_who_waits_is_who_was_not_talked_with_since(store, seed, shuffled):
    chance = random.Random(seed)
    calls = some_calls(chance)
    world = await a_world(store)
    olga = await add_contact(store)
    await add_phone_number(store, ClientKind.CONTACT, olga.id, OTHER, ANNA, T0)
    told = list(calls)
    if shuffled:
        chance.shuffle(told)
    await record(world, *told)
    assert sorted("Olga" if one.contact_id else one.e164 for one in await listed(world)) == who_waits(calls)
