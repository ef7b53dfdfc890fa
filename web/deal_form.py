# SPDX-License-Identifier: Apache-2.0
"""The form of a deal: read, and shown again with what is wrong or what somebody else saved."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from crm_core.domain import clean
from crm_core.domain.deal import Deal
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.money import exponent, parse_amount
from crm_core.usecases.save_deal import DealFields
from web.forms import chosen_id, day_of, seen_at, text_field
from web.plan_form import client_of, client_text
from web.words import N_

FIELDS: Final = {  # name -> the longest
    "title": clean.NAME_LIMIT,
    "client": 60,
    "amount": 60,
    "currency": 3,
    "stage": 40,
    "owner_id": 40,
    "expected_on": 10,
    "note": clean.NOTE_LIMIT,
}
TITLES: Final = {
    "title": N_("Title"),
    "client": N_("Client"),
    "amount": N_("Sum"),
    "currency": N_("Currency"),
    "stage": N_("Stage"),
    "owner_id": N_("Whose"),
    "expected_on": N_("Expected on"),
    "note": N_("Note"),
}


@dataclass(frozen=True, slots=True)
class DealForm:
    """What was typed, as text."""

    values: Mapping[str, str]
    seen: datetime | None

    def fields(self) -> DealFields:
        """For the use case."""
        said = self.values
        contact_id, company_id = client_of(said["client"])
        return {
            "title": said["title"],
            "contact_id": contact_id,
            "company_id": company_id,
            "owner_id": chosen_id(said["owner_id"], "owner_id") if said["owner_id"] else None,
            "amount": _amount(said["amount"]),
            "currency": _currency(said["currency"]),
            "stage": said["stage"],
            "expected_on": day_of(said["expected_on"], "expected_on") if said["expected_on"] else None,
            "note": said["note"] or None,
        }

    def theirs(self, saved: Deal) -> dict[str, str]:
        """Where what stands there now is not what is typed here."""
        now = told(saved)
        if _same_amount(now["amount"], self.values["amount"]):
            now["amount"] = self.values["amount"]
        return {name: now[name] for name, text in self.values.items() if now[name] != text}

    def on_top_of(self, saved: Deal) -> "DealForm":
        return replace(self, seen=saved.updated_at)


def told(deal: Deal) -> dict[str, str]:
    """A deal as its form says it."""
    said: dict[str, Any] = {
        "title": deal.title,
        "client": client_text(deal.contact_id, deal.company_id),
        "amount": f"{deal.amount:.0f}"
        if deal.amount == deal.amount.to_integral_value()
        else f"{deal.amount:f}",
        "currency": deal.currency,
        "stage": deal.stage,
        "owner_id": deal.owner_id or "",
        "expected_on": deal.expected_on or "",
        "note": deal.note or "",
    }
    return {name: str(value) for name, value in said.items()}


def read(sent: Mapping[str, object]) -> DealForm:
    values = {name: text_field(sent, name, longest).strip() for name, longest in FIELDS.items()}
    seen = text_field(sent, "seen", 40)
    return DealForm(values, seen_at(seen))


def opened(deal: Deal) -> DealForm:
    return DealForm(told(deal), deal.updated_at)


def _amount(text: str) -> Decimal:
    try:
        return parse_amount(text) if text else Decimal(0)
    except InvalidInputError as error:
        raise InvalidInputError(N_("an amount is needed, as 200000"), field="amount") from error


def _same_amount(one: str, other: str) -> bool:
    try:
        return _amount(one) == _amount(other)
    except InvalidInputError:
        return False


def _currency(text: str) -> str:
    code = text.upper()
    try:
        exponent(code)
    except InvalidInputError as error:
        raise InvalidInputError(N_("three letters are needed, as EUR"), field="currency") from error
    return code
