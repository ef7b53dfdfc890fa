# SPDX-License-Identifier: Apache-2.0
"""Contacts, companies or leads as columns: about 100 bytes a row, where objects would take a thousand."""

from array import array
from collections.abc import Collection, Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

NOBODY = -1
_ID = 16
_KEY = f"S{_ID}"
_NONE = bytes(_ID)
Rows = NDArray[np.int32]


class OwnerTable:
    """Rows are never moved: a row's number stays valid. Those loaded are sorted by id, later ones stand in a dict."""

    def __init__(self, windows: int) -> None:
        self.manager = array("i")  # -> position in the roster's list of people
        self.company = array("i")  # -> row in the table of companies; of a company: whom it belongs to
        self.last_operator = array("i")
        self.last_talk = array("q")  # seconds since 1970
        self.status = array("b")  # of a lead
        self.turnover = [array("q") for _ in range(windows)]  # minor units, a column a window
        self.band = array("b")  # -> position in the list of bands, of a contact of no company or of a company
        self.band_since = array("i")  # day; 0: they were never in another, or came back
        self._ids = bytearray()
        self._names = bytearray()
        self._ends = array("Q")
        self._renamed: dict[int, str] = {}
        self._later: dict[bytes, int] = {}
        self._sorted = 0

    def __len__(self) -> int:
        return len(self.manager)

    def append_many(
        self, ids: Sequence[bytes], names: Sequence[str], managers: Sequence[int], companies: Sequence[int]
    ) -> None:
        """Load the next rows; all ids above those before, and no `add` yet."""
        if self._later or (self._ids and ids and ids[0] <= self._ids[-_ID:]):
            raise ValueError("rows must be loaded in the order of their ids, before any is added")
        self._ids += b"".join(ids)
        end = len(self._names)
        for name in names:
            data = name.encode()
            self._names += data
            end += len(data)
            self._ends.append(end)
        self.manager.extend(managers)
        self.company.extend(companies)
        self._fill(len(ids))
        self._sorted = len(self)

    def add(self, identity: UUID, name: str) -> int:
        """Give the row of this id, made now if there is none; the name is set."""
        row = self.find(identity.bytes)
        if row == NOBODY:
            row = len(self)
            self._ids += identity.bytes
            self._ends.append(len(self._names))
            self.manager.append(NOBODY)
            self.company.append(NOBODY)
            self._fill(1)
            self._later[identity.bytes] = row
        if self.name(row) != name:
            self._renamed[row] = name
        return row

    def find(self, identity: bytes) -> int:
        low, high, ids = 0, self._sorted, self._ids
        while low < high:
            middle = (low + high) >> 1
            if ids[middle * _ID : middle * _ID + _ID] < identity:
                low = middle + 1
            else:
                high = middle
        if low < self._sorted and ids[low * _ID : low * _ID + _ID] == identity:
            return low
        return self._later.get(identity, NOBODY)

    def find_many(self, identities: Sequence[bytes | None]) -> Rows:
        """As `find`; None there is nobody's id."""
        wanted = np.array([one or _NONE for one in identities], dtype=_KEY)
        ids = np.frombuffer(self._ids, dtype=_KEY)[: self._sorted]
        rows = np.searchsorted(ids, wanted).astype(np.int32)
        missing = np.ones(len(wanted), dtype=bool)
        inside = rows < self._sorted
        missing[inside] = ids[rows[inside]] != wanted[inside]
        rows[missing] = [self._later.get(bytes(one).ljust(_ID, b"\0"), NOBODY) for one in wanted[missing]]
        return rows

    def note_talks(self, rows: Rows, operators: Rows, seconds: NDArray[np.int64]) -> None:
        """The operator who spoke with each last; an older talk changes nothing."""
        known = rows != NOBODY
        order = np.argsort(seconds[known], kind="stable")
        rows, operators, seconds = rows[known][order], operators[known][order], seconds[known][order]
        last_talk = np.frombuffer(self.last_talk, dtype=np.int64)
        newer = seconds >= last_talk[rows]
        np.frombuffer(self.last_operator, dtype=np.int32)[rows[newer]] = operators[newer]
        last_talk[rows[newer]] = seconds[newer]

    def at_companies(self, companies: Collection[int], of: int) -> list[int]:
        """Rows of those who work at these, `of` so many: one pass, so ask for many companies at once."""
        wanted = np.zeros(of + 1, dtype=bool)  # the last one is NOBODY's
        wanted[list(companies)] = True
        found: list[int] = np.flatnonzero(wanted[np.frombuffer(self.company, dtype=np.int32)]).tolist()
        return found

    def id(self, row: int) -> UUID:
        return UUID(bytes=bytes(self._ids[row * _ID : row * _ID + _ID]))

    def name(self, row: int) -> str:
        if (renamed := self._renamed.get(row)) is not None:
            return renamed
        start = self._ends[row - 1] if row else 0
        return self._names[start : self._ends[row]].decode()

    def empty_turnover(self) -> list["array[int]"]:
        """Columns to be filled and then put in place of the present ones."""
        return [array("q", bytes(8 * len(self))) for _ in self.turnover]

    def _fill(self, rows: int) -> None:
        self.last_operator.extend([NOBODY] * rows)
        self.last_talk.frombytes(bytes(8 * rows))
        self.status.frombytes(bytes(rows))
        self.band.frombytes(bytes(rows))
        self.band_since.frombytes(bytes(4 * rows))
        for column in self.turnover:
            column.frombytes(bytes(8 * rows))
