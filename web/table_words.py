# SPDX-License-Identifier: Apache-2.0
"""What stands in the tables that rules name, in a few lines each: opening hours, lists of numbers, skills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from babel.dates import get_day_names

from crm_core.domain.routing.hours import DAYS, OpeningHours
from crm_core.domain.routing.naming import NAMED, tables_of, used_by
from crm_core.domain.routing.parse_hours import parse_hours, said
from crm_core.domain.routing.reading import Reader, RuleSetError
from crm_core.domain.schedule import Schedule
from crm_core.usecases.edit_tables import tests_of
from web.i18n.l10n import L10n
from web.words import N_

_SHOWN: Final = 5
_NUMBERS: Final = N_("Telephone numbers: %(count)s (%(some)s)")
_BEGINNINGS: Final = N_("Beginnings of numbers: %(some)s")
_NOTHING: Final = N_("Nothing stands in it")


@dataclass(frozen=True, slots=True)
class TableSaid:
    name: str
    lines: list[str]
    used: list[str]  # the rules that name it


@dataclass(frozen=True, slots=True)
class TableChange:
    """One table, or one test, that is not the same; None where it does not stand."""

    kind: str
    name: str
    before: list[str] | None
    after: list[str] | None


def table_changes(before: Mapping[str, Any], after: Mapping[str, Any], l10n: L10n) -> list[TableChange]:
    """By name; of tests of one name, the last."""
    return [
        TableChange(kind, name, _lines_of(kind, old.get(name), l10n), _lines_of(kind, new.get(name), l10n))
        for kind in _LINES
        for old, new in [(_by_name(before, kind), _by_name(after, kind))]
        for name in [*new, *(one for one in old if one not in new)]
        if old.get(name) != new.get(name)
    ]


def _by_name(body: Mapping[str, Any], kind: str) -> dict[str, Any]:
    if kind in NAMED:
        return tables_of(body, kind)
    return {str(one.get("name", "")): one for one in tests_of(body)}


def _lines_of(kind: str, table: Any, l10n: L10n) -> list[str] | None:
    if table is None:
        return None
    lines = table_lines(kind, table, l10n)
    return lines[1:] if kind == "test" else lines


def tables_said(body: Mapping[str, Any], l10n: L10n) -> dict[str, list[TableSaid]]:
    return {
        kind: [
            TableSaid(name, table_lines(kind, table, l10n), used_by(body, kind, name))
            for name, table in tables_of(body, kind).items()
        ]
        for kind in NAMED
    }


def table_lines(kind: str, table: Any, l10n: L10n) -> list[str]:
    """Of a draft, which may say anything: nothing of what cannot be said."""
    try:
        return _LINES[kind](table, l10n)
    except (AttributeError, KeyError, RuleSetError, TypeError, ValueError):
        return []


def day_names(l10n: L10n) -> dict[str, str]:
    names = get_day_names("wide", context="stand-alone", locale=l10n.code)
    return {day: names[index].capitalize() for index, day in enumerate(DAYS)}


def week(hours: OpeningHours | Schedule, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Days with the same hours beside each other become one line."""
    lines: list[tuple[str, str, str]] = []
    for name, spans in zip(names.values(), hours.days, strict=True):
        text = ", ".join(said(spans))
        if lines and lines[-1][2] == text:
            lines[-1] = (lines[-1][0], name, text)
        else:
            lines.append((name, name, text))
    return [(first if first == last else f"{first} – {last}", text) for first, last, text in lines]


def _hours(table: Any, l10n: L10n) -> list[str]:
    hours = parse_hours(Reader({"": table}, ()))[""]
    closed = l10n.gettext(N_("closed"))
    lines = [f"{days}: {text or closed}" for days, text in week(hours, day_names(l10n))]
    count = len(hours.holidays) + len(hours.special)
    few = l10n.ngettext("%(num)s exception", "%(num)s exceptions", count)
    return [*lines, f"{hours.zone} · {few}" if count else hours.zone]


def _list(table: Any, l10n: L10n) -> list[str]:
    numbers, beginnings = _several(table.get("numbers", [])), _several(table.get("beginnings", []))
    lines = []
    if numbers:
        some = _some([l10n.phone(one) for one in numbers])
        lines.append(l10n.gettext(_NUMBERS, count=l10n.number(len(numbers)), some=some))
    if beginnings:
        lines.append(l10n.gettext(_BEGINNINGS, some=_some(beginnings)))
    return lines or [l10n.gettext(_NOTHING)]


def _skill(table: Any, l10n: L10n) -> list[str]:
    best_first = sorted(table.items(), key=lambda item: (-item[1], item[0]))
    return [_some([f"{login} {level}" for login, level in best_first])] if table else [l10n.gettext(_NOTHING)]


def _test(table: Any, _l10n: L10n) -> list[str]:
    wanted = table.get("expect", {})
    road = [wanted.get("rule", ""), *wanted.get("steps", ())]
    return [str(table.get("name", "")), " → ".join(one for one in road if one)]


def _several(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]


def _some(all_of_them: Sequence[str]) -> str:
    return ", ".join(all_of_them[:_SHOWN]) + (", …" if len(all_of_them) > _SHOWN else "")


_LINES: Final = {"hours": _hours, "lists": _list, "skills": _skill, "test": _test}
