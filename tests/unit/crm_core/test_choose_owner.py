# SPDX-License-Identifier: Apache-2.0
from uuid import UUID

import pytest

from crm_core.domain.communication import Owner, choose_owner

OLGA, IVAN, NORTH, SOUTH = (UUID(int=number) for number in range(1, 5))


@pytest.mark.parametrize(
    ("contacts", "companies", "owner"),
    [
        ([], [], None),
        ([(OLGA, None)], [], (OLGA, None)),
        ([(OLGA, NORTH)], [], (OLGA, NORTH)),
        ([(OLGA, None)], [NORTH], (OLGA, NORTH)),
        ([], [NORTH], (None, NORTH)),
        ([(OLGA, NORTH), (IVAN, NORTH)], [], (None, NORTH)),
        ([(OLGA, NORTH), (IVAN, SOUTH)], [SOUTH], (None, SOUTH)),
        ([(OLGA, NORTH), (IVAN, SOUTH)], [], (OLGA, NORTH)),
        ([(OLGA, None), (IVAN, None)], [], (OLGA, None)),
    ],
)
def test_one_owner_for_a_number(contacts, companies, owner):
    chosen = choose_owner([Owner(*one) for one in contacts], companies)
    assert chosen == (Owner(*owner) if owner else None)
