# SPDX-License-Identifier: Apache-2.0
"""A sheet as fields of a form, and back: `t.KEY` are its fields, `t.ROWS` lists the numbers of its rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Final

from multidict import MultiDict

from crm_core.domain.errors import CrmError
from crm_core.domain.routing.given import parse_tests
from crm_core.domain.routing.naming import is_taken
from crm_core.domain.routing.parse_conditions import House
from crm_core.domain.routing.parse_hours import parse_hours
from crm_core.domain.routing.parse_tables import parse_lists, parse_skills
from crm_core.domain.routing.reading import Reader, RuleSetError
from web.rule_acts import order, start
from web.rule_form import Errors, fill, values_of
from web.rule_values import Sent
from web.sheet_registry import Sheet
from web.sheet_tables import Flat, closed, opened, place_of_error
from web.words import N_

MOST_ROWS: Final = 500
LONGEST_NAME: Final = 60
_MOST_ERRORS: Final = 30
_STAND_INS: Final[Mapping[str, Any]] = {  # for what is needed and wrong, so that the rest can be looked at
    "zone": "UTC",
    "at": "2000-01-01T00:00:00+00:00",
    "name": "?",
    "caller": "unknown",
    "expect": {"rule": "x"},
}
Kept = dict[str, Any]


@dataclass(slots=True)
class ReadSheet:
    """What a form says, as far as it can be understood, and what is wrong at which field."""

    name: str
    table: Kept
    errors: Errors = field(default_factory=dict)


def fits(sheet: Sheet, kept: Any, house: House, zone: tzinfo) -> bool:
    """Whether the form shows all of it. What somebody wrote as text may say anything."""
    try:
        said = closed(sheet.table, opened(sheet.table, kept, zone), zone)
        read = read_sheet(form_of_table(sheet, "", kept, zone), sheet, house, zone)
    except (AttributeError, CrmError, KeyError, TypeError, ValueError):
        return False
    return bool(_plain(said) == _plain(read.table))


def _plain(value: Any) -> Any:
    """Without what says nothing."""
    if isinstance(value, dict):
        plain = {key: _plain(one) for key, one in value.items()}
        return {key: one for key, one in plain.items() if one not in ([], "", {}, None)}
    return value


def new_form(sheet: Sheet) -> MultiDict[str]:
    form: MultiDict[str] = MultiDict()
    start(form, "t", sheet.fields)
    return form


def form_of_table(sheet: Sheet, name: str, kept: Kept, zone: tzinfo) -> MultiDict[str]:
    """Of a table that fits."""
    flat = opened(sheet.table, kept, zone)
    form = MultiDict([("id", name)])
    fill(form, "t", sheet.fields, flat)
    for key, rows in sheet.rows.items():
        for number, row in enumerate(flat.get(key, ())):
            form.add(f"t.{key}", str(number))
            fill(form, f"t.{key}.{number}", rows.entry, row)
    return form


def rows_of(sent: Sent, key: str) -> list[str]:
    """The numbers of these rows in the form, in order."""
    numbers = [one for one in sent.getall(f"t.{key}", []) if one.isascii() and one.isdigit() and len(one) < 5]  # noqa: PLR2004
    return list(dict.fromkeys(numbers))[:MOST_ROWS]


def act_on_rows(sent: Sent, sheet: Sheet, do: str) -> tuple[MultiDict[str], str]:
    """A row more or less; the form after it, and the field to go on at. What it does not know it does not do."""
    form = MultiDict(sent.items())
    verb, _, said = do.partition(" ")
    key, _, number = said.partition(" ")
    if key not in sheet.rows:
        return form, ""
    numbers = rows_of(form, key)
    if verb == "row-add" and len(numbers) < MOST_ROWS:
        number = str(max(map(int, numbers), default=-1) + 1)
        start(form, f"t.{key}.{number}", sheet.rows[key].entry)
        order(form, f"t.{key}", [*numbers, number])
        return form, f"t.{key}.{number}.{sheet.rows[key].entry.fields[0].key}"
    if verb == "row-remove":
        order(form, f"t.{key}", [one for one in numbers if one != number])
    return form, f"row-add {key}"


def read_sheet(
    sent: Sent, sheet: Sheet, house: House, zone: tzinfo, others: frozenset[str] = frozenset()
) -> ReadSheet:
    """`others`: names of the other tables of its kind. What the language itself says is said at its field."""
    flat, errors = values_of(sheet.fields, "t", sent)
    numbers = {key: rows_of(sent, key) for key in sheet.rows}
    for key, rows in sheet.rows.items():
        read = [values_of(rows.entry, f"t.{key}.{number}", sent) for number in numbers[key]]
        flat[key] = [row for row, _ in read]
        errors |= {name: error for _, wrong in read for name, error in wrong.items()}
        if rows.once:
            errors |= _twice(key, rows.entry.fields[0].key, flat[key], numbers[key])
    name = sent.get("id", "").strip()
    if sheet.named:
        errors |= _wrong_name(sheet.table, name, others)
    table = closed(sheet.table, flat, zone)
    said = _wrong(sheet, table, house, flat)
    found = {f"t.{_numbered(place, numbers)}": error for place, error in said.items()}
    return ReadSheet(name, table, found | errors)


def parse_sheet(sheet: Sheet, table: Kept, house: House) -> object:
    """Raise RuleSetError, whose path begins in the table."""
    if not sheet.named:
        return parse_tests([Reader(table, ())], house)[0]
    reader, name = Reader({"": table}, ()), ""
    if sheet.table == "hours":
        return parse_hours(reader)[name]
    return parse_lists(reader, house.region)[name] if sheet.table == "lists" else parse_skills(reader)[name]


def _wrong(sheet: Sheet, table: Kept, house: House, flat: Flat) -> Errors:
    """All of it at once: what is wrong is left out, and the rest is looked at again."""
    errors: Errors = {}
    left = dict(table)
    for _ in range(_MOST_ERRORS):
        try:
            parse_sheet(sheet, left, house)
        except RuleSetError as error:
            path = error.path[1:] if sheet.named else error.path
            errors.setdefault(place_of_error(sheet.table, path, flat), error)
            key = str(path[0]) if path else ""
            if key in _STAND_INS and left.get(key) != _STAND_INS[key]:
                left[key] = _STAND_INS[key]
            elif left.pop(key, None) is None:
                break
        else:
            break
    return errors


def _numbered(place: str, numbers: Mapping[str, list[str]]) -> str:
    """A row's place among its like, as its number in the form."""
    key, _, rest = place.partition(".")
    at, _, asked = rest.partition(".")
    if key in numbers and at.isdigit() and int(at) < len(numbers[key]):
        return f"{key}.{numbers[key][int(at)]}.{asked}"
    return place


def _twice(key: str, asked: str, rows: list[Kept], numbers: list[str]) -> Errors:
    seen: set[str] = set()
    errors: Errors = {}
    for number, row in zip(numbers, rows, strict=True):
        name = str(row.get(asked, ""))
        if name and name in seen:
            errors[f"t.{key}.{number}.{asked}"] = RuleSetError((), "%(name)r stands twice", name=name)
        seen.add(name)
    return errors


def _wrong_name(table: str, name: str, others: frozenset[str]) -> Errors:
    if not name:
        return {"id": RuleSetError((), N_("this is needed"))}
    if len(name) > LONGEST_NAME or not name.isprintable() or is_taken(table, name):
        return {
            "id": RuleSetError((), N_("this name cannot be used: it is too long, or a word of the rules"))
        }
    return {"id": RuleSetError((), "%(name)r stands twice", name=name)} if name in others else {}
