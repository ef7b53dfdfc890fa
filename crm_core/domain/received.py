# SPDX-License-Identifier: Apache-2.0
"""What comes in from files and programs, before it meets what we know: clients and orders as others tell them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from crm_core.domain.order import OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedClient:
    """Whose. Found by external id, then by number, then (a company) by tax id and name; else made anew."""

    name: str | None = None
    external_id: str | None = None
    phones: tuple[str, ...] = ()  # as written
    email: str | None = None
    position: str | None = None
    note: str | None = None
    manager: str | None = None  # login
    company: str | None = None
    company_external_id: str | None = None
    tax_id: str | None = None
    parent: str | None = None  # name of the company that this company belongs to
    tags: tuple[str, ...] = ()  # come to those there are: a file takes none away
    fields: tuple[tuple[str, str], ...] = ()  # by name (contact.segment), as written; those that are filled


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedOrder:
    """None: not told, so what is known stays."""

    number: str
    client: ReceivedClient
    status: OrderStatus
    amount: Decimal
    ordered_at: datetime
    currency: str | None = None
    returned: Decimal | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    returned_at: datetime | None = None


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one received thing, and why if it was refused."""

    outcome: Outcome
    why: str = ""
