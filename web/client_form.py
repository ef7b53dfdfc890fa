# SPDX-License-Identifier: Apache-2.0
"""The form of a contact or a company: read, shown again with what is wrong, and compared with what others saved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from multidict import MultiMapping

from crm_core.domain import clean, tags
from crm_core.domain.client import ClientKind, Company, Contact, PhoneKind
from crm_core.domain.client_field import LONGEST, ClientField
from crm_core.domain.listing import ListKind
from crm_core.usecases.save_client_card import NumberChanges
from web.forms import chosen_id, seen_at, text_field
from web.words import N_

FIELDS: Mapping[ClientKind, Mapping[str, int]] = {  # name -> the longest
    ClientKind.CONTACT: {
        "name": 200,
        "company_id": 40,
        "position": 200,
        "email": 255,
        "manager_id": 40,
        "external_id": 200,
        "tags": 900,
        "note": clean.NOTE_LIMIT,
    },
    ClientKind.COMPANY: {
        "name": 200,
        "tax_id": 200,
        "parent_id": 40,
        "manager_id": 40,
        "external_id": 200,
        "tags": 900,
    },
}
TITLES = {
    "name": N_("Name"),
    "company_id": N_("Company"),
    "position": N_("Position"),
    "email": N_("E-mail"),
    "parent_id": N_("Belongs to"),
    "manager_id": N_("Manager"),
    "external_id": N_("External id"),
    "tax_id": N_("Tax id"),
    "tags": N_("Tags"),
    "note": N_("Note"),
}
WRONG = {
    "name": N_("A name is needed."),
    "email": N_("This is not an e-mail address."),
    "phone": N_("This is not a phone number of a client."),
}
LIST_OF = {ClientKind.CONTACT: ListKind.CONTACTS, ClientKind.COMPANY: ListKind.COMPANIES}
START = "fields."  # of the names of those that the house defines
_IDS = frozenset({"company_id", "parent_id", "manager_id"})
_NEW_NUMBERS = 3


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that somebody else changed while it was being edited here, and not to the same."""

    field: str
    theirs: str
    mine: str


@dataclass(frozen=True, slots=True)
class ClientForm:
    """What was typed, as text; `was` is what stood there when the form was opened."""

    values: Mapping[str, str]
    was: Mapping[str, str]
    seen: datetime | None
    new_numbers: Sequence[tuple[str, str]]  # as typed, kind
    removed: Sequence[str]

    def fields(self) -> dict[str, Any]:
        """For the use case: empty is None, ids are ids."""
        own = {name: _value(name, text) for name, text in self.values.items() if not name.startswith(START)}
        own["fields"] = {
            name.removeprefix(START): text for name, text in self.values.items() if name.startswith(START)
        }
        return own

    def numbers(self) -> NumberChanges:
        kinds = set(PhoneKind)
        add = [
            (raw, PhoneKind(kind) if kind in kinds else PhoneKind.OTHER)
            for raw, kind in self.new_numbers
            if raw
        ]
        return NumberChanges(add, [chosen_id(text) for text in self.removed])

    def against(self, saved: Contact | Company) -> tuple[dict[str, str], list[Conflict]]:
        """What others changed and this editor did not is taken over; what both changed is for a person to choose."""
        theirs, values, conflicts = told(saved, self.values), dict(self.values), []
        for name, mine in self.values.items():
            if theirs[name] == self.was.get(name, theirs[name]) or theirs[name] == mine:
                continue
            if mine == self.was.get(name):
                values[name] = theirs[name]
            else:
                conflicts.append(Conflict(name, theirs[name], mine))
        return values, conflicts


def told(saved: Contact | Company, names: Mapping[str, object]) -> dict[str, str]:
    """A record as its form says it."""
    values = {f"{START}{key}": value for key, value in saved.fields}
    return {
        name: values.get(name, "") if name.startswith(START) else _text(getattr(saved, name))
        for name in names
    }


def _text(value: object) -> str:
    if value is None:
        return ""
    return tags.joined(value) if isinstance(value, tuple) else str(value)


def _names(kind: ClientKind, fields: Iterable[ClientField]) -> dict[str, int]:
    """Those that everybody has, and those of the house; with the longest each may be."""
    return {**FIELDS[kind], **{f"{START}{one.key}": LONGEST for one in fields}}


def read(kind: ClientKind, fields: Iterable[ClientField], form: Mapping[str, object]) -> ClientForm:
    names = _names(kind, fields)
    kinds = [text_field(form, f"phone_kind_{i}", 20) for i in range(_NEW_NUMBERS)]
    typed = [text_field(form, f"phone_{i}", 60).strip() for i in range(_NEW_NUMBERS)]
    removed = form.getall("remove_phone", []) if isinstance(form, MultiMapping) else []
    return ClientForm(
        values={name: text_field(form, name, longest).strip() for name, longest in names.items()},
        was={name: text_field(form, f"was_{name}", longest) for name, longest in names.items()},
        seen=seen_at(text_field(form, "seen", 40)),
        new_numbers=list(zip(typed, kinds, strict=True)),
        removed=[str(one) for one in removed[:100]],
    )


def opened(
    kind: ClientKind,
    fields: Iterable[ClientField],
    saved: Contact | Company | None,
    given: Mapping[str, str],
) -> ClientForm:
    """A form as it is opened; what a link gives beforehand stands in a new one."""
    names = _names(kind, fields)
    values = (
        told(saved, names) if saved else {name: given.get(name, "")[:most] for name, most in names.items()}
    )
    return ClientForm(values, values, saved.updated_at if saved else None, [("", "mobile")], [])


def _value(name: str, text: str) -> object:
    if name in _IDS:
        return chosen_id(text) if text else None
    if name == "tags":
        return tags.split(text)
    return text if name == "name" else text or None
