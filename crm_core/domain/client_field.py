# SPDX-License-Identifier: Apache-2.0
"""Fields of contacts and companies that the house defines, and their values as they are kept: one text each."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.client import ClientKind
from crm_core.domain.errors import InvalidInputError

MOST: Final = 100  # of contacts, and of companies
LONGEST: Final = 500  # of a value
LONGEST_LABEL: Final = 80
LAST: Final = 10_000  # the place of a new one, until it is known which is the last
KEY: Final = r"[a-z][a-z0-9_]{0,39}"
NAME: Final = rf"(contact|company)\.{KEY}"  # of a field in rules: 'contact.segment'
YES: Final = "yes"
NO: Final = "no"
_DIGITS: Final = 15  # a program may take it for a floating-point number, and it is still the same
_DECIMALS: Final = 6
_TYPED_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]00:00(?::00)?", re.ASCII)  # of a cell that is a day
_FLAGS: Final = {
    word: said
    for said, words in (
        (YES, "yes true 1 + да так ya"),
        (NO, "no false 0 - нет ні tidak"),
    )
    for word in words.split()
}
Pairs = tuple[tuple[str, str], ...]  # key and value, in the order of the keys
Given = str | int | float | bool | None  # None and '' empty it


class FieldKind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    FLAG = "yes_no"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientField:
    """`key` is what rules, programs and files know it by; it never changes."""

    id: UUID
    of: ClientKind
    key: str
    label: str
    kind: FieldKind
    choices: tuple[str, ...] = ()
    position: int
    archived_at: datetime | None = None  # not offered any more; values that are there stay

    @property
    def name(self) -> str:
        return f"{self.of.value}.{self.key}"

    def kept(self, given: Given) -> str | None:
        """The value as it is kept; None when it is empty."""
        if given is None or (isinstance(given, str) and clean.line(given) is None):
            return None
        try:
            return _KEPT[self.kind](self, given)
        except InvalidInputError as error:
            raise InvalidInputError(str(error), field=f"fields/{self.key}", label=self.label) from error


def is_key(text: str) -> bool:
    return re.fullmatch(KEY, text, re.ASCII) is not None


def said(kind: FieldKind, value: str) -> str | int | float | bool:
    """A kept value, as programs get it."""
    match kind:
        case FieldKind.NUMBER:
            number = Decimal(value)
            return int(number) if number == number.to_integral_value() else float(number)
        case FieldKind.FLAG:
            return value == YES
        case _:
            return value


def merged(fields: Iterable[ClientField], before: Pairs, given: Mapping[str, Given]) -> Pairs:
    """What is given takes the place of what was there; of other fields all stays, of those that are archived too."""
    known = {one.key: one for one in fields if one.archived_at is None}
    values = dict(before)
    for key, value in given.items():
        if key not in known:
            raise InvalidInputError("there is no such field", field=f"fields/{key}")
        kept = known[key].kept(value)
        values.pop(key, None)
        if kept is not None:
            values[key] = kept
    return tuple(sorted(values.items()))


def number_kept(given: object) -> str:
    """'12.5', without what says nothing."""
    text = "".join(str(given).split())
    if isinstance(given, str) and not _TYPED_NUMBER.fullmatch(text):
        raise InvalidInputError("a number is wanted, as 12.5")
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation as error:
        raise InvalidInputError("a number is wanted, as 12.5") from error
    if not number.is_finite() or abs(number) >= 10**_DIGITS or round(number, _DECIMALS) != number:
        raise InvalidInputError("a number of 15 digits at most, 6 of them behind the point, is wanted")
    if len(number.normalize().as_tuple().digits) > _DIGITS:
        raise InvalidInputError("a number of 15 digits at most, 6 of them behind the point, is wanted")
    return f"{number.normalize() + 0:f}"


def day_kept(given: object) -> str:
    """'2026-11-30'; people and files may write 30.11.2026."""
    text = str(given).strip()
    if found := _DAY_FIRST.fullmatch(text):
        text = f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}"
    elif found := _MIDNIGHT.fullmatch(text):
        text = found[1]
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise InvalidInputError("a day is wanted, as 2026-11-30") from error


def choices_kept(texts: Sequence[str]) -> tuple[str, ...]:
    """In the order they were written in, each once."""
    found: dict[str, str] = {}
    for text in texts:
        choice = clean.line(text, LONGEST + 1)
        if choice is None:
            continue
        if len(choice) > LONGEST_LABEL or "," in choice:
            raise InvalidInputError("a choice has 80 characters at most, and no comma in it", field="choices")
        found.setdefault(choice.casefold(), choice)
    if len(found) > MOST:
        raise InvalidInputError("a field has 100 choices at most", field="choices")
    return tuple(found.values())


def _text(_field: ClientField, given: Given) -> str:
    kept = clean.line(str(given), LONGEST + 1)
    if kept is None or len(kept) > LONGEST:
        raise InvalidInputError("a text of 500 characters at most is wanted")
    return kept


def _choice(field: ClientField, given: Given) -> str:
    wanted = (clean.line(str(given)) or "").casefold()
    for one in field.choices:
        if one.casefold() == wanted:
            return one
    raise InvalidInputError("this is none of its choices")


def _number(_field: ClientField, given: Given) -> str:
    if isinstance(given, bool):
        raise InvalidInputError("a number is wanted, as 12.5")
    return number_kept(given)


def _flag(_field: ClientField, given: Given) -> str:
    if isinstance(given, bool):
        return YES if given else NO
    found = _FLAGS.get(str(given).strip().casefold())
    if found is None:
        raise InvalidInputError("yes or no is wanted")
    return found


_KEPT: Final = {
    FieldKind.TEXT: _text,
    FieldKind.CHOICE: _choice,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: lambda _field, given: day_kept(given),
    FieldKind.FLAG: _flag,
}
