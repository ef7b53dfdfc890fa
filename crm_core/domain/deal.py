# SPDX-License-Identifier: Apache-2.0
"""A deal: what a client may buy, how far it has come, and how it ended."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from crm_core.domain import clean

FIRST_STAGE: Final = "new"  # of domain.choice, as it comes with us
LONGEST_STAGE: Final = 40


def stage_code(text: str) -> str | None:
    """By which rules and programs know a stage of the house's own: its first words, in small letters."""
    kept = clean.line(text.replace(",", " "), LONGEST_STAGE)
    return kept.lower() if kept else None


class DealState(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """With a contact, or with a company alone; a contact's company comes by the contact."""

    id: UUID
    title: str
    amount: Decimal
    currency: str
    stage: str  # code of a choice
    created_at: datetime
    updated_at: datetime
    state: DealState = DealState.OPEN
    contact_id: UUID | None = None
    company_id: UUID | None = None
    owner_id: UUID | None = None
    expected_on: date | None = None
    closed_at: datetime | None = None
    note: str | None = None
    archived_at: datetime | None = None  # made by mistake, say: counts nowhere, and can be taken back

    @property
    def is_open(self) -> bool:
        return self.state is DealState.OPEN
