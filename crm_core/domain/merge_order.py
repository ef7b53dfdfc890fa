# SPDX-License-Identifier: Apache-2.0
"""An order as received, met with what we knew of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.money import to_minor
from crm_core.domain.order import Order, OrderStatus
from crm_core.domain.received import ReceivedOrder

_FUTURE = timedelta(days=366)  # later is a slip of the keyboard


def merge_order(
    received: ReceivedOrder, known: Order | None, *, order_id: UUID, currency: str, now: datetime
) -> Order:
    """The order to keep; `known` itself when nothing is new. Raises InvalidInputError."""
    merged = Order(
        id=known.id if known else order_id,
        number=_number(received.number),
        status=received.status,
        amount=received.amount,
        returned=_returned(received, known),
        currency=received.currency or (known.currency if known else currency),
        ordered_at=received.ordered_at,
        contact_id=known.contact_id if known else None,
        company_id=known.company_id if known else None,
        paid_at=_moment(received, known, OrderStatus.PAID, now),
        shipped_at=_moment(received, known, OrderStatus.SHIPPED, now),
        returned_at=_moment(received, known, OrderStatus.RETURNED, now),
        updated_at=now,
    )
    _check(merged, now)
    return known if known and replace(merged, updated_at=known.updated_at) == known else merged


def _number(number: str) -> str:
    cleaned = clean.line(number, 100)
    if cleaned is None:
        raise InvalidInputError("the order has no number")
    return cleaned


def _returned(received: ReceivedOrder, known: Order | None) -> Decimal:
    if received.returned is not None:
        return received.returned
    if received.status is OrderStatus.RETURNED:
        return received.amount
    return known.returned if known else Decimal(0)


def _moment(
    received: ReceivedOrder, known: Order | None, status: OrderStatus, now: datetime
) -> datetime | None:
    """When it was paid (shipped, returned): as told, as known, else by the status.

    A status without a date: an order first seen so was it from the start; one known before became so just now.
    """
    told, before = {
        OrderStatus.PAID: (received.paid_at, known.paid_at if known else None),
        OrderStatus.SHIPPED: (received.shipped_at, known.shipped_at if known else None),
        OrderStatus.RETURNED: (received.returned_at, known.returned_at if known else None),
    }[status]
    if told is not None:
        return told
    if received.status is OrderStatus.NEW:
        return None  # it is open again
    if before is None and received.status is status:
        return max(now, received.ordered_at) if known else received.ordered_at
    return before


def _check(order: Order, now: datetime) -> None:
    if order.amount < 0:
        raise InvalidInputError("the amount is negative; a return is told by 'returned'")
    if not 0 <= order.returned <= order.amount:
        raise InvalidInputError("more came back than was bought")
    for amount in (order.amount, order.returned):
        to_minor(amount, order.currency)
    for at in (order.ordered_at, order.paid_at, order.shipped_at, order.returned_at):
        if at is not None and not (at.year >= 1990 and at <= now + _FUTURE):  # noqa: PLR2004
            raise InvalidInputError(f"the date cannot be right: {at:%Y-%m-%d}")
