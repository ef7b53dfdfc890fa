# SPDX-License-Identifier: Apache-2.0
"""Turnover: what orders are worth by the basis set, less returns, by day of the house's zone and by window."""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from crm_core.domain.order import Order, OrderStatus


class Basis(StrEnum):
    """When an order begins to count."""

    PAID = "paid"
    SHIPPED = "shipped"
    ORDERED = "ordered"


class Window(StrEnum):
    DAYS_30 = "30d"  # today and the 29 days before
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    LARGER_MONTH = "larger_month"  # the larger of this month and the last
    MONTHS_12 = "12m"  # today and back to the day after the same date a year ago
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnoverEntry:
    """What one order adds to one day. A return is a negative entry on the day it came back."""

    order_id: UUID
    contact_id: UUID | None
    company_id: UUID | None
    day: date
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Span:
    """From `first` to `last`, both counted; None is without end."""

    first: date | None
    last: date | None

    def __contains__(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def entries(order: Order, basis: Basis, zone: tzinfo) -> tuple[TurnoverEntry, ...]:
    """The days this order counts on: none, one, or two when it came back on a later day."""
    counted_at = _counted_at(order, basis)
    if counted_at is None or order.status is OrderStatus.CANCELLED:
        return ()
    days = {counted_at.astimezone(zone).date(): order.amount}
    if back := _returned(order):
        day = max((order.returned_at or counted_at).astimezone(zone).date(), *days)
        days[day] = days.get(day, Decimal(0)) - back
    return tuple(
        TurnoverEntry(
            order_id=order.id,
            contact_id=order.contact_id,
            company_id=order.company_id,
            day=day,
            amount=amount,
            currency=order.currency,
        )
        for day, amount in days.items()
        if amount
    )


def spans(window: Window, today: date) -> tuple[Span, ...]:
    """The days of a window; LARGER_MONTH has two, of which the larger sum counts."""
    month = Span(today.replace(day=1), today.replace(day=monthrange(today.year, today.month)[1]))
    end_of_last = today.replace(day=1) - timedelta(days=1)
    last_month = Span(end_of_last.replace(day=1), end_of_last)
    return {
        Window.DAYS_30: (Span(today - timedelta(days=29), today),),
        Window.THIS_MONTH: (month,),
        Window.LAST_MONTH: (last_month,),
        Window.LARGER_MONTH: (month, last_month),
        Window.MONTHS_12: (Span(_year_before(today) + timedelta(days=1), today),),
        Window.ALL: (Span(None, None),),
    }[window]


def turnover(days: Iterable[tuple[date, Decimal]], window: Window, today: date) -> Decimal:
    """The window's sum over (day, amount) pairs of one client and one currency."""
    pairs = list(days)
    return max(sum((a for day, a in pairs if day in span), Decimal(0)) for span in spans(window, today))


def together(several: Iterable[Mapping[Window, Decimal]]) -> dict[Window, Decimal]:
    """What some clients bought together. The larger month of all is not the sum of the larger months of each."""
    sums: dict[Window, Decimal] = {}
    for one in several:
        for window, amount in one.items():
            sums[window] = sums.get(window, Decimal(0)) + amount
    sums.pop(Window.LARGER_MONTH, None)
    if Window.THIS_MONTH in sums and Window.LAST_MONTH in sums:
        sums[Window.LARGER_MONTH] = max(sums[Window.THIS_MONTH], sums[Window.LAST_MONTH])
    return sums


def _counted_at(order: Order, basis: Basis) -> datetime | None:
    return {Basis.PAID: order.paid_at, Basis.SHIPPED: order.shipped_at, Basis.ORDERED: order.ordered_at}[
        basis
    ]


def _returned(order: Order) -> Decimal:
    """A returned order without a sum came back whole."""
    if order.status is OrderStatus.RETURNED and not order.returned:
        return order.amount
    return order.returned


def _year_before(day: date) -> date:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28) if leap else day.replace(year=day.year - 1)
