# SPDX-License-Identifier: Apache-2.0
"""Lists as people read them: what is asked for, the rows, the views they keep and the files they take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from crm_core.domain.client import Company, Contact
from crm_core.domain.deal import Deal
from crm_core.domain.lead import Lead
from crm_core.domain.order import Order

MOST_FOUND = 1000  # owners that a text narrows a list to
Row = TypeVar("Row")


class ListKind(StrEnum):
    CONTACTS = "contacts"
    COMPANIES = "companies"
    ORDERS = "orders"
    CALLS = "calls"
    LEADS = "leads"
    VOICEMAIL = "voicemail"
    DEALS = "deals"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Place:
    """The value sorted by and the id of the last row: the next page begins after it."""

    value: Any
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    sort: str
    descending: bool = False
    filters: Mapping[str, object] = field(default_factory=dict)
    after: Place | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Listed(Generic[Row]):
    """A page, where the next one begins, and whether a search found more than it may narrow to."""

    rows: Sequence[Row]
    next: Place | None = None
    capped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    contact: Contact
    company: str | None = None
    manager: str | None = None
    numbers: Sequence[str] = ()
    band: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyRow:
    company: Company
    manager: str | None = None
    numbers: Sequence[str] = ()
    people: int = 0
    band: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    order: Order
    contact: str | None = None
    company: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DealRow:
    deal: Deal
    contact: str | None = None
    company: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRow:
    lead: Lead
    contact: str | None = None
    manager: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    id: UUID
    user_id: UUID
    list: ListKind
    name: str
    query: str
    created_at: datetime


class FileFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportJob:
    id: UUID
    user_id: UUID
    list: ListKind
    query: str
    format: FileFormat
    created_at: datetime
    state: JobState = JobState.WAITING
    rows: int = 0
    total: int = 0
    ended_at: datetime | None = None
