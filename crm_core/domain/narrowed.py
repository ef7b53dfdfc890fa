# SPDX-License-Identifier: Apache-2.0
"""What programs read page by page: clients and orders in the order they were last changed, communications as a log."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from crm_core.domain.deal import DealState
from crm_core.domain.lead import LeadStatus
from crm_core.domain.order import OrderStatus


class Archived(StrEnum):
    NO = "no"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFilter:
    """None narrows nothing; `company_id` is for contacts only, `tax_id`, `parent_id` and `head_id` for companies."""

    changed_since: datetime | None = None
    external_id: str | None = None
    company_id: UUID | None = None
    tax_id: str | None = None
    parent_id: UUID | None = None
    head_id: UUID | None = None
    manager_id: UUID | None = None
    tag: str | None = None
    archived: Archived = Archived.NO


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFilter:
    status: LeadStatus | None = None
    manager_id: UUID | None = None
    without_manager: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """A company's orders are its own and those of its contacts."""

    changed_since: datetime | None = None
    number: str | None = None
    status: OrderStatus | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DealFilter:
    """A company's deals are its own and those of its contacts. `text`: of their titles and clients, or a number."""

    changed_since: datetime | None = None
    text: str | None = None
    archived: Archived = Archived.NO
    owner_id: UUID | None = None
    stage: str | None = None
    state: DealState | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """As deals."""

    changed_since: datetime | None = None
    user_id: UUID | None = None
    is_open: bool | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunicationFilter:
    since: datetime | None = None
    until: datetime | None = None  # exclusive
    contact_id: UUID | None = None
    company_id: UUID | None = None
    lead_id: UUID | None = None
    user_id: UUID | None = None
    visible_to: UUID | None = None  # scope: theirs, of a call they took part in, or with a client of theirs
