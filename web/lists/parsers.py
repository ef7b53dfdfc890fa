# SPDX-License-Identifier: Apache-2.0
"""How the values of filters are read; each raises ValueError for what makes no sense."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, time, timedelta
from uuid import UUID

from web.lists.spec import Reader

Parse = Callable[[str, Reader], Mapping[str, object]]
NOBODY, ME = "none", "me"


def text(name: str) -> Parse:
    return lambda value, _: {name: value}


def one_of(name: str, codes: Collection[str], every: str = "") -> Parse:
    """`every` is the value that narrows nothing."""

    def parse(value: str, _: Reader) -> Mapping[str, object]:
        if value == every:
            return {}
        if value not in codes:
            raise ValueError(value)
        return {name: value}

    return parse


def flag(name: str) -> Parse:
    def parse(value: str, _: Reader) -> Mapping[str, object]:
        if value != "1":
            raise ValueError(value)
        return {name: True}

    return parse


def archived(value: str, _: Reader) -> Mapping[str, object]:
    return {"archived": {"0": False, "1": True}[value]} if value in {"0", "1"} else _nonsense(value)


def record(name: str) -> Parse:
    return lambda value, _: {name: UUID(value)}


def person(name: str) -> Parse:
    """An id, 'me' or 'none'."""

    def parse(value: str, reader: Reader) -> Mapping[str, object]:
        if value == NOBODY:
            return {name: None}
        return {name: reader.user.id if value == ME else UUID(value)}

    return parse


def first_day(value: str, reader: Reader) -> Mapping[str, object]:
    return {"since": _midnight(value, reader)}


def last_day(value: str, reader: Reader) -> Mapping[str, object]:
    return {"until": _midnight(value, reader, days=1)}


def tail(value: str, _: Reader) -> Mapping[str, object]:
    """8 916 ... and +7 916 ... are the same number: only the end of it is compared."""
    digits = "".join(letter for letter in value if letter.isdigit() and letter.isascii())
    return {"tail": digits[-10:]} if digits else _nonsense(value)


def _midnight(value: str, reader: Reader, days: int = 0) -> datetime:
    day = date.fromisoformat(value)
    if not 1 < day.year < 9999:  # noqa: PLR2004 - so that it has a midnight in any zone
        raise ValueError(value)
    return datetime.combine(day + timedelta(days=days), time(), reader.l10n.zone)


def _nonsense(value: str) -> Mapping[str, object]:
    raise ValueError(value)
