# SPDX-License-Identifier: Apache-2.0
"""An order: what a client bought, and when it was ordered, shipped, paid or returned."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class OrderStatus(StrEnum):
    NEW = "new"
    SHIPPED = "shipped"
    PAID = "paid"
    CANCELLED = "cancelled"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Known by its own `number`: saying it twice changes nothing."""

    id: UUID
    number: str
    status: OrderStatus
    amount: Decimal
    currency: str
    ordered_at: datetime
    updated_at: datetime
    returned: Decimal = Decimal(0)
    contact_id: UUID | None = None
    company_id: UUID | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    returned_at: datetime | None = None
