# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta
from decimal import Decimal

import pytest

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.merge_order import merge_order
from crm_core.domain.order import OrderStatus
from tests.support.builders import NOW, a_received_order

LATER = NOW + timedelta(days=3)


def merged(received, known=None, now=NOW):
    return merge_order(received, known, order_id=new_id(now), currency="RUB", now=now)


def test_telling_it_again_gives_the_very_same():
    received = a_received_order()
    first = merged(received)
    assert merged(received, first, now=LATER) is first


def test_first_seen_as_paid_it_was_paid_when_ordered():
    received = a_received_order()
    assert merged(received).paid_at == received.ordered_at


def test_known_and_now_paid_it_was_paid_just_now():
    first = merged(a_received_order(status=OrderStatus.NEW))
    assert first.paid_at is None
    assert merged(a_received_order(), first, now=LATER).paid_at == LATER


def test_open_again_it_is_not_paid():
    assert merged(a_received_order(status=OrderStatus.NEW), merged(a_received_order())).paid_at is None


def test_shipped_after_being_paid_stays_paid():
    shipped = merged(a_received_order(status=OrderStatus.SHIPPED), merged(a_received_order()), now=LATER)
    assert shipped.paid_at is not None
    assert shipped.shipped_at == LATER


def test_returned_without_a_sum_came_back_whole():
    assert merged(a_received_order(status=OrderStatus.RETURNED)).returned == 1000


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "-1"},
        {"returned": Decimal(1001)},
        {"returned": Decimal(-1)},
        {"amount": "0.001"},
        {"currency": "rubles"},
        {"number": " \x00 "},
        {"ordered_at": NOW.replace(year=1926)},
        {"paid_at": NOW.replace(year=2062)},
    ],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(InvalidInputError):
        merged(a_received_order(**wrong))
