# SPDX-License-Identifier: Apache-2.0
"""Lists as files. No cell becomes a formula: in CSV what begins like one is led by an apostrophe, XLSX says 'text'."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO, Protocol
from zoneinfo import ZoneInfo

import xlsxwriter

from crm_core.domain.listing import FileFormat
from web.lists.spec import Cell

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL = 32_767  # Excel's
XLSX_ROWS = 1_048_575  # Excel's, less the heads
MEDIA_TYPES = {
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.CSV: "text/csv",
}


class TableFile(Protocol):
    def add(self, rows: Sequence[Sequence[Cell]]) -> None: ...

    def close(self) -> None: ...


def table_file(kind: FileFormat, into: IO[bytes], zone: ZoneInfo, heads: Sequence[str]) -> TableFile:
    """Times are written in the zone of the reader, whom no spreadsheet asks."""
    if kind is FileFormat.XLSX:
        return _Xlsx(into, zone, heads)
    return _Csv(into, zone, heads)


def neutral(text: str) -> str:
    """What a spreadsheet would run is shown to it as text. Blanks before it do not make it harmless."""
    return f"'{text}" if text.lstrip(" \xa0").startswith(_BEGINS_A_FORMULA) or text[:1] in "\t\r" else text


class _Csv:
    def __init__(self, into: IO[bytes], zone: ZoneInfo, heads: Sequence[str]) -> None:
        self._zone = zone
        self._text = io.TextIOWrapper(into, encoding="utf-8-sig", newline="", write_through=True)
        self._writer = csv.writer(self._text)
        self._writer.writerow([neutral(head) for head in heads])

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        self._writer.writerows([[self._said(cell) for cell in row] for row in rows])

    def close(self) -> None:
        self._text.detach()

    def _said(self, cell: Cell) -> str:
        if cell is None:
            return ""
        if isinstance(cell, datetime):
            return f"{cell.astimezone(self._zone):%Y-%m-%d %H:%M:%S}"
        return neutral(cell) if isinstance(cell, str) else str(cell)


class _Xlsx:
    def __init__(self, into: IO[bytes], zone: ZoneInfo, heads: Sequence[str]) -> None:
        self._zone = zone
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(into, options)
        self._sheet = self._book.add_worksheet()
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._sheet.set_column(0, len(heads) - 1, 20)
        self._sheet.freeze_panes(1, 0)
        bold = self._book.add_format({"bold": True})
        for column, head in enumerate(heads):
            self._sheet.write_string(0, column, head, bold)
        self._row = 0

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        for row in rows:
            self._row += 1
            for column, cell in enumerate(row):
                self._write(column, cell)

    def close(self) -> None:
        self._book.close()

    def _write(self, column: int, cell: Cell) -> None:
        if isinstance(cell, datetime):
            local = cell.astimezone(self._zone).replace(tzinfo=None)
            self._sheet.write_datetime(self._row, column, local, self._time)
        elif isinstance(cell, int | float | Decimal):
            self._sheet.write_number(self._row, column, float(cell))
        elif cell is not None:
            self._sheet.write_string(self._row, column, cell[:_LONGEST_CELL])
