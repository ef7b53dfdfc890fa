# SPDX-License-Identifier: Apache-2.0
"""Who a number belongs to."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from crm_core.domain.frozen import frozen
from crm_core.domain.open_items import OpenDeal, OpenTask


class PartyKind(StrEnum):
    CONTACT = "contact"
    COMPANY = "company"  # the number stands on the company itself
    LEAD = "lead"


@frozen
class Party:
    """A contact (perhaps at a company), a company, or a lead; the manager and the turnover are those that count."""

    kind: PartyKind
    id: UUID
    name: str
    number: str  # E.164
    company_id: UUID | None = None
    company_name: str | None = None
    group_id: UUID | None = None  # the head of the company's group, where the group counts as one
    group_name: str | None = None
    manager_id: UUID | None = None  # the contact's own, else the company's; of a lead, while it is open
    lead_status: str | None = None
    turnover: Mapping[str, int] = field(
        default_factory=dict
    )  # window -> minor units; the company's if there is one, its group's if it is in one
    last_operator_id: UUID | None = None
    last_talk_at: datetime | None = None
    band: str | None = None  # as the turnover; None of a lead
    band_since: date | None = None  # None in the base
    band_as_of: date | None = None  # the last day that all were looked at
    tags: tuple[str, ...] = ()  # a contact's own, and those of their company
    deals: tuple[OpenDeal, ...] = ()  # open ones, their own and their company's
    tasks: tuple[OpenTask, ...] = ()  # the same
    debt: int | None = None  # the company's if there is one, minor units; None: not summed up yet
