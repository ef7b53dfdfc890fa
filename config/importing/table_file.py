# SPDX-License-Identifier: Apache-2.0
"""CSV and XLSX files as tables of text, whatever their charset and delimiter."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from config.importing.zip_bomb import unpacks_within
from crm_core.domain.errors import InvalidInputError

MAX_BYTES: Final = 100 * 2**20
MAX_UNPACKED: Final = 500 * 2**20
MAX_ROWS: Final = 1_000_000
MAX_COLUMNS: Final = 200
MAX_CELL: Final = 10_000
_DELIMITERS: Final = ";,\t|"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_CYRILLIC: Final = ["cp1251", "koi8_r", "cp866", "mac_cyrillic", "cp1252"]


class TableFileError(InvalidInputError):
    """The file cannot be read."""


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` with the number each has in the file (as spreadsheets count, from 1)."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    charset: str = ""
    delimiter: str = ""


def read_table(path: Path, *, charset: str | None = None) -> Table:
    """By content, not by name. Raises TableFileError, which says what is wrong with the file."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise TableFileError(f"{path.name} has {size >> 20} MB; {MAX_BYTES >> 20} MB is the most")
        start = path.read_bytes()[:8]
    except OSError as error:
        raise TableFileError(f"cannot read {path.name}: {error.strerror}") from error
    if not size:
        raise TableFileError(f"{path.name} is empty")
    if start.startswith(b"PK"):
        return _xlsx(path)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableFileError(f"{path.name} is an old .xls file: save it as XLSX or CSV")
    return _csv(path.name, path.read_bytes(), charset)


def _xlsx(path: Path) -> Table:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        if not unpacks_within(path, MAX_UNPACKED):
            raise TableFileError(f"{path.name} unpacks to more than {MAX_UNPACKED >> 20} MB")
        workbook = CalamineWorkbook.from_path(path)
        if not workbook.sheet_names:
            raise TableFileError(f"{path.name} has no sheet")
        sheet = workbook.get_sheet_by_index(0)
        first = (sheet.start or (0, 0))[0] + 1
        cells: Iterable[list[Any]] = sheet.to_python(skip_empty_area=True)
    except (CalamineError, zipfile.BadZipFile, zlib.error, OSError, ValueError, OverflowError) as error:
        raise TableFileError(f"{path.name} is damaged or no XLSX file: {error}") from error
    return _table(path.name, ((n, [_text(cell) for cell in row]) for n, row in enumerate(cells, first)))


def _csv(name: str, data: bytes, charset: str | None) -> Table:
    if b"\x00" in data and not data.startswith(_UTF16):
        raise TableFileError(f"{name} is no text: neither CSV nor XLSX")
    text, found = _decode(name, data, charset)
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        start = 1
        for row in reader:
            rows.append((start, row))
            start = reader.line_num + 1
    except csv.Error as error:
        raise TableFileError(f"{name}, line {reader.line_num}: {error}") from error
    return _table(name, rows, found, delimiter)


def _decode(name: str, data: bytes, charset: str | None) -> tuple[str, str]:
    """UTF-8 if it is; else what the letters say, which people may overrule."""
    bom = "utf-16" if data.startswith(_UTF16) else "utf-8-sig"
    try:
        return data.decode(charset or bom), charset or bom.removesuffix("-sig")
    except (UnicodeDecodeError, LookupError) as error:
        if charset:
            raise TableFileError(f"{name} is not written in {charset}") from error
    from charset_normalizer import from_bytes

    best = from_bytes(data[: 1 << 18], cp_isolation=_CYRILLIC).best()
    guess = best.encoding if best else "cp1251"
    try:
        return data.decode(guess), guess
    except UnicodeDecodeError as error:
        raise TableFileError(f"the charset of {name} is not known: say it with --charset") from error


def _delimiter(text: str) -> str:
    """The one that the first line has most of; ';' when there is none (one column)."""
    line = text.partition("\n")[0]
    return max(_DELIMITERS, key=lambda sign: (line.count(sign), sign == ";"))


def _table(
    name: str, cells: Iterable[tuple[int, list[str]]], charset: str = "", delimiter: str = ""
) -> Table:
    rows = [(number, row) for number, row in cells if any(cell.strip() for cell in row)]
    if not rows:
        raise TableFileError(f"{name} has no rows")
    if len(rows) > MAX_ROWS:
        raise TableFileError(f"{name} has more than {MAX_ROWS} rows")
    _, header = rows[0]
    if len(header) > MAX_COLUMNS:
        raise TableFileError(f"{name} has more than {MAX_COLUMNS} columns")
    return Table([cell.strip() for cell in header], rows[1:], charset, delimiter)


def _text(cell: Any) -> str:
    """A cell as people see it. Spreadsheets keep numbers, telephone numbers too, as floats."""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(round(cell, 6))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)
