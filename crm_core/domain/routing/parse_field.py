# SPDX-License-Identifier: Apache-2.0
"""The condition `field` from its stored form, and back; and the values of fields that a test states."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from crm_core.domain.client_field import LONGEST, NAME, NO, YES, day_kept, number_kept
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.routing.field_conditions import EMPTY, FILLED, FieldIs, is_day
from crm_core.domain.routing.reading import Reader

_LIMITS: Final = ("at_least", "at_most")
_PLACES: Final = ("is", *_LIMITS, "state")


def parse_field(table: Reader) -> FieldIs:
    """Fields and their choices are named in the settings, which may change without the rules: any will do."""
    name = table.text("name", NAME, "a field of contacts or companies (as contact.segment)")
    given = [key for key in _PLACES if key in table]
    if not given or (len(given) > 1 and not set(given) <= set(_LIMITS)):
        raise table.fail("name", "one of is, state, or at_least and at_most is wanted")
    state = table.one_of("state", (FILLED, EMPTY)) if "state" in table else ""
    at_least, at_most = (_limit(table, key) for key in _LIMITS)
    found = FieldIs(name, _values(table), at_least, at_most, state)
    table.done()
    return found


def field_as_kept(condition: FieldIs) -> dict[str, Any]:
    said: dict[str, Any] = {"name": condition.field}
    if condition.values:
        values = sorted(condition.values)
        said["is"] = values[0] if len(values) == 1 else values
    for key, limit in zip(_LIMITS, (condition.at_least, condition.at_most), strict=True):
        if limit:
            said[key] = limit if is_day(limit) else _number(limit)
    return said | ({"state": condition.state} if condition.state else {})


class StatedFields(dict[str, str | None]):
    """Of a field that a test does not name, it says that nothing is in it."""

    def __missing__(self, _name: str) -> str:
        return ""


def parse_stated(table: Reader) -> StatedFields:
    """`fields = { "contact.segment" = "Gold" }`."""
    found = StatedFields()
    for name in table.keys():  # noqa: SIM118 - not a mapping
        one = Reader({"name": name}, table.path)
        one.text("name", NAME, "a field of contacts or companies (as contact.segment)")
        found[name] = _value(table, name, table.raw(name))
    return found


def stated(fields: Mapping[str, str | None]) -> dict[str, str]:
    """As a test states them."""
    return {name: value for name, value in sorted(fields.items()) if value}


def _values(table: Reader) -> frozenset[str]:
    if "is" not in table:
        return frozenset()
    value = table.raw("is")
    several = value if isinstance(value, list) else [value]
    if not several:
        raise table.fail("is", "is missing (%(what)s)", what="a value of the field")
    return frozenset(_value(table, "is", one).lower() for one in several)


def _value(table: Reader, key: str, value: Any) -> str:
    """As fields are kept: true is yes, 12.50 is 12.5."""
    if isinstance(value, bool):
        return YES if value else NO
    try:
        text = number_kept(value) if isinstance(value, int | float) else value
    except InvalidInputError:
        text = None
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST or not text.isprintable():
        raise table.fail(
            key,
            "%(what)s, or a list of them, is wanted, not %(value)r",
            what="a value of the field",
            value=value,
        )
    return text


def _limit(table: Reader, key: str) -> str:
    value = table.raw(key)
    if value is None:
        return ""
    try:
        if isinstance(value, str) and "-" in value[1:]:
            return day_kept(value)
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            return number_kept(value)
    except InvalidInputError:
        pass
    raise table.fail(key, "a number, or a day as 2026-11-30, is wanted, not %(value)r", value=value)


def _number(limit: str) -> int | float:
    number = Decimal(limit)
    return int(number) if number == number.to_integral_value() else float(number)
