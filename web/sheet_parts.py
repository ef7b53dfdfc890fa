# SPDX-License-Identifier: Apache-2.0
"""The rows of a sheet, and some of its fields, as the page draws them."""

from collections.abc import Iterable
from dataclasses import dataclass

from web.rule_parts import Look, Part, Shown, fields_shown
from web.sheet_form import rows_of
from web.sheet_registry import Rows, Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsShown:
    label: str
    add: str
    hint: str
    rare: bool
    parts: list[Part]

    @classmethod
    def of(cls, key: str, rows: Rows, look: Look) -> "RowsShown":
        said = look.looks.l10n.gettext
        return cls(
            label=said(rows.label),
            add=said(rows.add),
            hint=said(rows.hint) if rows.hint else "",
            rare=rows.rare,
            parts=[look.part(number, f"t.{key}.{number}", rows.entry) for number in rows_of(look.sent, key)],
        )


def labels_of(sheet: Sheet, look: Look) -> dict[str, str]:
    """What the fields of its form are called."""
    rows = [RowsShown.of(key, one, look) for key, one in sheet.rows.items()]
    listed = [one for shown in rows for part in shown.parts for one in part.fields]
    return {one.name: one.label for one in (*fields_shown("t", sheet.fields, look), *listed)}


def part_of(fields: Iterable[Shown]) -> Part:
    return Part(key="", title="", error="", fields=tuple(fields))
