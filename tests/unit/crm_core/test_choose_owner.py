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
        ([(OLGA, NORTH), (IVAN, NORTH)], [NORTH], (None, NORTH)),
        ([(OLGA, NORTH)], [NORTH], (OLGA, NORTH)),
        # Nobody's until somebody says who it was:
        ([(OLGA, NORTH), (IVAN, SOUTH)], [SOUTH], (None, None)),
        ([(OLGA, NORTH), (IVAN, SOUTH)], [], (None, None)),
        ([(OLGA, NORTH), (IVAN, None)], [], (None, None)),
        ([(OLGA, None), (IVAN, None)], [], (None, None)),
        ([(OLGA, NORTH)], [SOUTH], (None, None)),
        ([(OLGA, None)], [NORTH, SOUTH], (None, None)),
        ([], [NORTH, SOUTH], (None, None)),
    ],
)
def test_one_owner_for_a_number(contacts, companies, owner):
    chosen = choose_owner([Owner(*one) for one in contacts], companies)
    assert chosen == (Owner(*owner) if owner else None)
